# Absence is proven of IDs. The URL of an article that is there is no such ID.
line '{"id":"desk/1","title":"Ferry","text":"Late.\n","url":"http://x.example/ferry"}' > news.jsonl
sheaf pack -q -o a.sheaf $TIME -n example.org/log -s "$CLI/key.sec" news.jsonl
both sheaf prove a.sheaf --absent http://x.example/ferry -o no.proof
both sheaf prove a.sheaf --absent http://x.example/bus http://x.example/ferry -o no.proof
both sheaf prove a.sheaf --absent http://x.example/bus -o no.proof
both sheaf check no.proof --absent --id http://x.example/bus -p "$CLI/key.pub"
