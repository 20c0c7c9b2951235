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
# The newest revision of an article is redacted, in another section than the one
# before; and all of one, whose revisions are in two.
{
    say a local first
    say y sport first
} > three.jsonl
{
    say b alpha first
    say a alpha "with a name"
    say x local first
    say y local again
} > four.jsonl
sheaf pack -q -o c.sheaf $TIME -n example.org/newest -s "$CLI/key.sec" three.jsonl
sheaf append -q c.sheaf $TIME -s "$CLI/key.sec" four.jsonl
sheaf redact -q c.sheaf a --rev 2 -o d.sheaf $TIME -s "$CLI/key.sec" --reason "a name"
sheaf redact -q d.sheaf y -o e.sheaf $TIME -s "$CLI/key.sec" --reason "all of it"
both sheaf split -q e.sheaf -C rest --by section -p "$CLI/key.pub" --no-pins -s "$CLI/key.sec"
for id in a y; do
    both sheaf get e.sheaf "$id" -p "$CLI/key.pub" --no-pins
    both sheaf get rest "$id" -p "$CLI/key.pub" --no-pins
done
both sheaf list rest
both sheaf list --redacted rest
# Of an article of which something was redacted, all is in one archive: the last
# redaction needs each revision before it. A section that has nothing else has
# none.
i=0
for section in alpha beta gamma delta; do
    i=$((i + 1))
    say desk $section "text $i" > in.jsonl
    [ $section = beta ] || say "n$i" $section between >> in.jsonl
    if [ $i = 1 ]; then
        sheaf pack -q -o f.sheaf $TIME -n example.org/between -s "$CLI/key.sec" in.jsonl
    else
        sheaf append -q f.sheaf $TIME -s "$CLI/key.sec" in.jsonl
    fi
done
sheaf redact -q f.sheaf desk --rev 1 -o g.sheaf $TIME -s "$CLI/key.sec" --reason first
sheaf redact -q g.sheaf desk --rev 4 -o h.sheaf $TIME -s "$CLI/key.sec" --reason last
both sheaf split -q h.sheaf -C between --by section -p "$CLI/key.pub" --no-pins -s "$CLI/key.sec"
ls between
both sheaf list --redacted between/gamma.sheaf
both sheaf list --revisions between/gamma.sheaf
for of in h.sheaf between; do
    both sheaf get $of desk -p "$CLI/key.pub" --no-pins
    both sheaf get $of desk --rev 2 -p "$CLI/key.pub" --no-pins
done
