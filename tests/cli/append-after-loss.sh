# Damage that costs an article, or the second copy of the top on which others
# are based, does not end an archive.
"$PYTHON" -c '
import hashlib
def text(n):
    return " ".join(hashlib.sha256(b"%d.%d" % (n, k)).hexdigest() for k in range(40))
for n in range(20):
    print("{\"id\":\"n%02d\",\"title\":\"%d\",\"text\":\"%s\"}" % (n, n, text(n)))' > news.jsonl
sheaf pack -q -o a.sheaf $TIME --dict none --plain news.jsonl
line '{"id":"b1","title":"Once","text":"One.\n"}' > more.jsonl
sheaf append -q a.sheaf $TIME more.jsonl
cp a.sheaf good.sheaf
# The second copies of the first generation: top and end.
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
tops = [i - 8 for i in range(len(data)) if data[i:i + 4] == b"TOP\1"]
ends = [i - 8 for i in range(len(data)) if data[i:i + 4] == b"END\1"]
assert len(tops) == 4 and tops[1] < ends[1] < tops[2]
data[tops[1]:ends[1] + 40] = bytes(ends[1] + 40 - tops[1])
open("a.sheaf", "wb").write(data)'
line '{"id":"b2","title":"Twice","text":"Two.\n"}' > two.jsonl
both sheaf append -q a.sheaf $TIME two.jsonl
both sheaf list a.sheaf 'b*'
# The new top needs no other: without the first copy, too, all is there.
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
top = data.index(b"TOP\1") - 8
end = data.index(b"END\1") - 8
data[top:end] = bytes(end - top)
open("b.sheaf", "wb").write(data)'
both sheaf list b.sheaf 'b*'
both sheaf repair a.sheaf -o c.sheaf
both sheaf verify c.sheaf | sizes

# The newest revision of an article is lost: another one follows it.
cp good.sheaf a.sheaf
flip 6 300 a.sheaf
both sheaf get a.sheaf n05 | sed 's/: [a-z ]*: .*\[/: WHY [/; s/zstd: .*/WHY/'
line '{"id":"n05","title":"Found again","text":"Its text.\n"}' > again.jsonl
both sheaf append a.sheaf $TIME again.jsonl | sizes
both sheaf get a.sheaf n05
both sheaf list --revisions a.sheaf n05
# The revision has the right number and hash of the one before: with that one
# back, all is sound.
"$PYTHON" -c '
good = open("good.sheaf", "rb").read()
data = open("a.sheaf", "rb").read()
open("back.sheaf", "wb").write(good + data[len(good):])'
both sheaf verify back.sheaf | sizes
# Which article was lost, nobody has signed: none follows it in what is signed.
# Others are added.
sheaf pack -q -o s.sheaf $TIME --dict none --plain -n example.org/log \
    -s "$CLI/key.sec" news.jsonl
cat again.jsonl more.jsonl > both.jsonl
flip 6 300 s.sheaf
both sheaf append s.sheaf $TIME -s "$CLI/key.sec" both.jsonl | sizes
both sheaf list -p "$CLI/key.pub" --no-pins s.sheaf b1
# Its columns are lost as well: it is rejected.
cp good.sheaf a.sheaf
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
columns = data.index(b"GRP\1") - 8
data[columns - 900:columns + 60] = bytes(960)
open("a.sheaf", "wb").write(data)'
line '{"id":"n19","title":"Found again","text":"Its text.\n"}' > last.jsonl
cat two.jsonl >> last.jsonl
both sheaf append a.sheaf $TIME last.jsonl | sizes
