# What came in and what did not: in the summary, in files, without an archive.
mkdir -p in/sub
line 'A headline' > in/a.txt
printf '\211PNG\r\n\032\n' > in/p.png
printf '\211PNG\r\n\032\n' > in/sub/q.png
printf 'body{}' > in/s.css
printf '%%PDF-1.4\n' > in/d.pdf
line '{"id":"j","title":"T","text":"x","date":"02/03/2024"}' > in/j.jsonl
line '{"id":"k","title":"no body"}' >> in/j.jsonl
both sheaf pack --dry-run --report report.jsonl in
cat report.jsonl
both sheaf pack --dry-run --json -q in
sheaf pack -q --json -o b.sheaf in 2> bad.txt | grep -o '"skipped.*,"wrong"'
both sheaf pack -o a.sheaf $TIME --rejects bad.jsonl --exclude '*.pdf' in | sizes
cat bad.jsonl
sheaf list a.sheaf | cut -f1
# What was rejected can be mended and added.
"$PYTHON" - << 'END' > more.jsonl
import json
for line in open("bad.jsonl"):
    record = json.loads(json.loads(line)["record"])
    record["text"] = "here it is"
    print(json.dumps(record))
END
both sheaf append -q a.sheaf more.jsonl
sheaf get a.sheaf k
# Bytes that are no text are kept too.
printf '{"id":"\377"}\n' > raw.jsonl
both sheaf pack -q -f -o b.sheaf --rejects bad.jsonl raw.jsonl
cat bad.jsonl
# What the importer does not know is its usage, and an article nobody's.
both sheaf pack -q -o b.sheaf --from nothing in
both sheaf pack -o b.sheaf --dry-run
ls -A
