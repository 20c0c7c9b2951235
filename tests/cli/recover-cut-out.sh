# Who cuts an article out, and the redaction off, leaves a record: it is lost.
articles
sheaf pack -q -o a.sheaf $TIME news.jsonl
sheaf redact -q a.sheaf a1 -o b.sheaf --reason r $TIME --unsigned
"$PYTHON" -c '
d = open("b.sheaf", "rb").read()
a = open("a.sheaf", "rb").read()
at = len(d)
while d.rfind(b"END\1", 0, at) > 0:
    at = d.rfind(b"END\1", 0, at)
    first = at
    if d.rfind(b"END\1", 0, at) < 0:
        break
open("cut.sheaf", "wb").write(d[:first - 8 + 176])'
both sheaf verify -q cut.sheaf | sed 's/ at [0-9]*/ at N/'
both sheaf recover cut.sheaf -o c.sheaf | sed 's/ at [0-9]*/ at N/'
both sheaf recover -q cut.sheaf -o c.sheaf -f --json | grep -o '"missing":[0-9]*'
# Not if the redaction is there, or the article is, elsewhere in the file.
both sheaf recover b.sheaf -o c.sheaf -f
cat cut.sheaf a.sheaf > both.sheaf
both sheaf recover both.sheaf -o c.sheaf -f
