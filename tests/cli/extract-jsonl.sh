# Lines of JSON come back as equal values; the newest of each ID.
cat > in.jsonl << 'END'
{"id": 17, "text": "A number as ID", "score": 1.50, "tags": ["a", "b"], "none": null}
{"url": "https://example.org/é", "title": "Ünï \ud83d\ude00\u0007", "date": "2025-02-08 03:17:28", "content": "x\u2028y\n\"q\"\\"}
{"id": "n", "author": {"name": "J", "größe": 2}, "$json": 1, "schlüssel": [1, {"$json": "x"}], "body": ""}
{"id": "o", "text": "one", "body": "two", "big": 12345678901234567890, "category": "", "lang": "de"}
{"id": "p", "headline": "no body", "text": ""}
END
sheaf pack -q -o a.sheaf in.jsonl
sheaf extract a.sheaf --format jsonl -o out.jsonl
"$PYTHON" - << 'END'
import json
a = [json.loads(l) for l in open("in.jsonl")]
b = [json.loads(l) for l in open("out.jsonl")]
print(len(a), len(b))
for x, y in zip(a, b):
    print(x == y or (x, y))
END
# Lists, also within lists and objects, come back as they were.
printf '%s\n' '{"id":"lists","title":"T","authors":["J. Doe","A. Roe"],"tags":[{"name":"eels"},[]],"o":{"n":[1,[2,"x"]]},"text":["One.","Two."]}' > lists.jsonl
sheaf pack -q -o lists.sheaf lists.jsonl
sheaf extract lists.sheaf --format jsonl
sheaf extract -q lists.sheaf --format jsonl | sheaf pack -q -o again.sheaf --from jsonl -
sheaf get again.sheaf lists
echo
