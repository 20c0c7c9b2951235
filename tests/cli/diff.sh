# What changed between two revisions: fields and lines; and made visible.
"$PYTHON" - << 'END'
import json
a = "".join("Line %d of the article.\n" % i for i in range(1, 30))
b = a.replace("Line 12 of", "Line twelve of")
b = b.replace("Line 3 of", "Line\t\u202e3 of").replace("Line 28 of the article.\n", "")
rows = [dict(id="a", title="One", text=a, author="Bob"),
        dict(id="a", title="Two\x1b[0m", text=b + "End", section="S"),
        dict(id="a", title="Three", text=b + "End", section="S"),
        dict(id="b", text="x")]
open("news.jsonl", "w").write("".join(json.dumps(r) + "\n" for r in rows))
END
sheaf pack -q -o a.sheaf -s "$CLI/key.sec" news.jsonl
t sheaf diff a.sheaf a
t sheaf diff a.sheaf a --rev 1..2
t sheaf diff a.sheaf a --rev 1..2 -p "$CLI/key.pub" | grep '^+Line'
t sheaf diff a.sheaf a --rev ..2 --json | sed 's/"field":"source"[^}]*}[^}]*}[^}]*}[^}]*}/SOURCE/'
t sheaf diff a.sheaf a --rev 2..1 | head -n 4
both sheaf diff a.sheaf b
both sheaf diff a.sheaf a --rev 1..7
both sheaf diff a.sheaf a --rev x..
both sheaf diff a.sheaf a --rev ..
# Bytes that look like what diff prints, no line feed, nothing at all.
"$PYTHON" - << 'END'
import json
rows = [dict(id="a", text=t) for t in (
    "", "x", "@@ -1 +1 @@\n\\ No newline\n--- x\n+++ y", "-\n+\n \n", "\r\n\x00\n")]
open("odd.jsonl", "w").write("".join(json.dumps(r) + "\n" for r in rows))
END
sheaf pack -q -o odd.sheaf odd.jsonl
for rev in 2 3 4 5; do
    t sheaf diff odd.sheaf a --rev ..$rev | grep -v '^---\|^+++ a'
    sheaf diff odd.sheaf a --rev ..$rev --json | sed 's/.*"body"/"body"/'
done
env PATH=/nowhere "$SHEAF" diff a.sheaf a --rev 1..2 2>&1 > /dev/null
echo "= $?"
