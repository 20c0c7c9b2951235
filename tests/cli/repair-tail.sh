# One sector can lie over both copies of the end of a small generation. Then
# nothing is said to be absent, nothing is appended, and repair names what it
# leaves out. Where an append was interrupted, there is a mark: the next one
# keeps what was there, and goes on.
packed -s "$CLI/key.sec"
n=$(wc -c < a.sheaf)
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
end=$(wc -c < a.sheaf)
head -c $((end - 1500)) a.sheaf > b.sheaf
head -c 1500 /dev/zero | tr '\0' '\245' >> b.sheaf
both sheaf get b.sheaf c1 --no-pins -p "$CLI/key.pub"
both sheaf get b.sheaf a1 --rev 1 --no-pins -p "$CLI/key.pub" 2>/dev/null
both sheaf merge -q b.sheaf -o m.sheaf
cp b.sheaf d.sheaf
both sheaf append -q $TIME d.sheaf -s "$CLI/key.sec" more.jsonl 2>&1 | sed 's/warning: [0-9]*/warning: N/'
both sheaf append -q $TIME d.sheaf -s "$CLI/key.sec" --new-log more.jsonl 2>&1 | sed 's/warning: [0-9]*/warning: N/'
ls d.sheaf*
echo "append from byte $n" > d.sheaf.appending
both sheaf append -q $TIME d.sheaf -s "$CLI/key.sec" --new-log more.jsonl 2>&1 | sed 's/warning: [0-9]*/warning: N/'
ls d.sheaf*
rm d.sheaf d.sheaf.tail
both sheaf repair b.sheaf -o c.sheaf | sizes
both sheaf repair --json b.sheaf -o d.sheaf 2>&1 | sizes | sed 's/"\(bytes\|tail_bytes\)":[0-9]*/"\1":N/g'
both sheaf get c.sheaf a1
both sheaf recover -q b.sheaf -o e.sheaf 2>&1 | sizes | sed 's,at [0-9]*,at N,'
both sheaf get e.sheaf c1
# An append that ended within an article.
head -c $((n + 40)) a.sheaf > b.sheaf
both sheaf repair b.sheaf -o f.sheaf | sizes
cmp -n "$n" a.sheaf f.sheaf
# It is cut off once, even if nothing is added.
both sheaf sign -q --new-log b.sheaf -s "$CLI/key.sec" | sizes
both sheaf sign -q b.sheaf -s "$CLI/key.sec" | sizes
ls b.sheaf*
cmp f.sheaf b.sheaf
