# An article that was redacted and put in again stays there when the archive is
# split, also if the first text came after an article of another section.
say() {
    line '{"id":"'$1'","title":"'"$1 $3"'","section":"'$2'","text":"'"$3"'\n"}'
}
{
    say a politics first
    say z sport first
    say ferry local "with a name"
    say y sport last
} > one.jsonl
say ferry local "without the name" > two.jsonl
sheaf pack -q -o a.sheaf $TIME -n example.org/log -s "$CLI/key.sec" one.jsonl
sheaf redact -q a.sheaf ferry -o b.sheaf $TIME -s "$CLI/key.sec" --reason "court order"
sheaf append -q b.sheaf $TIME -s "$CLI/key.sec" two.jsonl
both sheaf split -q b.sheaf -C parts --by section -p "$CLI/key.pub" --no-pins -s "$CLI/key.sec"
for key in "" "-p $CLI/key.pub --no-pins"; do
    both sheaf get parts ferry $key
    both sheaf list parts $key
done
both sheaf list --redacted parts
both sheaf list --redacted parts/local.sheaf
for f in parts/*; do sheaf verify -q --no-pins "$f" -p "$CLI/key.pub" && echo good; done
