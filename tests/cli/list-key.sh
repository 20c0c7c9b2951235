# With a key, lines come from articles under the signature, and none is left
# out: not when the columns and the tables that lead to them are gone.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf --unsigned more.jsonl
both sheaf list a.sheaf -p "$CLI/key.pub" --no-pins
both sheaf list a.sheaf -p "$CLI/key.pub" --no-pins --revisions
both sheaf list a.sheaf -p "$CLI/other.pub" --no-pins
# One that is not there does not keep others from being printed.
both sheaf get a.sheaf none a1
