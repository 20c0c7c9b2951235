# IDs that are no safe paths get names that are.
"$PYTHON" - << 'END' > news.jsonl
import json
for i in ("/etc/passwd", "../up", "a/../../b", "x//y", "dir/", ".", "%41",
          "https://example.org/?q=1", "sp ace", "é" * 300):
    print(json.dumps({"id": i, "text": i}))
END
sheaf pack -q -o a.sheaf news.jsonl
sheaf extract a.sheaf -C out
ls -A
ls -A out | sed 's/\(é\{5\}\)é*/\1.../'
sheaf extract a.sheaf -C out 2>&1 | sed 's/é*//'
