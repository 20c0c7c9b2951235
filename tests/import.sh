#!/bin/sh
# import.sh - what sheaf-import makes of each kind of input. Prints TAP.
#
# The program is $SHEAF_IMPORT. Its stream is decoded by the Python script
# below, which knows nothing but the stream's layout, one line a record:
#
#   A PLACE META TYPE SIZE     S TEXT (or KIND)     W TEXT     R CODE TEXT
#   F CODE TEXT     Z COUNT

: "${SHEAF_IMPORT:?set it to the program to test}"
case $SHEAF_IMPORT in
*/*) SHEAF_IMPORT=$(cd "$(dirname "$SHEAF_IMPORT")" && pwd)/${SHEAF_IMPORT##*/} ;;
esac
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 2
LC_ALL=C.UTF-8
export LC_ALL

cat > decode.py << 'EOF'
import json
import sys


def records(f):
    def num(n):
        return int.from_bytes(f.read(n), "big")

    assert f.read(8) == b"SHFIMP1\n", "no magic"
    while True:
        kind = f.read(1)
        if kind == b"A":
            place = f.read(num(2)).decode()
            meta = f.read(num(4))
            heads = []
            for _ in range(num(1)):
                role = num(1)
                heads.append((role, f.read(num(1)).decode(), num(8)))
            parts = [(r, t, f.read(n)) for r, t, n in heads]
            assert [len(p[2]) for p in parts] == [h[2] for h in heads]
            yield "A", place, meta, parts
        elif kind == b"S":
            kind = f.read(num(1)).decode()
            yield "S", f.read(num(4)).decode() or kind
        elif kind in b"WI":
            yield kind.decode(), f.read(num(4)).decode()
        elif kind == b"R":
            code, text = num(1), f.read(num(4)).decode()
            yield "R", code, text, f.read(num(4))
        elif kind == b"F":
            yield "F", num(1), f.read(num(4)).decode()
            break
        elif kind == b"Z":
            yield "Z", num(8)
            break
        else:
            sys.exit("stream broken off")
    assert f.read(1) == b"", "more after the end"


def unwrap(v):
    if isinstance(v, dict):
        if set(v) == {"$json"}:
            return json.loads(v["$json"])
        return {k: unwrap(x) for k, x in v.items()}
    return [unwrap(x) for x in v] if isinstance(v, list) else v


def rebuild(meta, body):
    out = {}
    for key, field in meta["source"].get("keys", {}).items():
        out[key] = body.decode() if field == "body" else meta[field]
    for key, v in meta.get("ext", {}).items():
        out.update({key: unwrap(v)} if key != "$members" else unwrap(v))
    return out


def main():
    what = sys.argv[1]
    articles = []
    for r in records(sys.stdin.buffer):
        if r[0] == "A":
            meta = json.loads(r[2])
            again = json.dumps(meta, sort_keys=True, ensure_ascii=False,
                               separators=(",", ":"))
            assert again.encode() == r[2], "not canonical"
            assert len(r[3]) == 1 and r[3][0][0] == 2
            articles.append((meta, r[3][0][2]))
        if what == "show" and r[0] == "A":
            print("A", r[1], r[2].decode(), r[3][0][1], len(r[3][0][2]))
        elif r[0] == "R" and what in ("show", "end"):
            print(*r[:3])
        elif what == "show" or (what == "end" and r[0] in "FZ"):
            print(*r)
        elif r[0] in "WI" and what == r[0]:
            print(r[1])
        elif what == "kinds" and r[0] == "A":
            print(json.loads(r[2])["id"], r[3][0][1])
        elif what == "meta" and r[0] == "A":
            print(r[2].decode())
        elif what == "headline" and r[0] == "A":
            print(meta.get("headline", ""))
        elif what == "id" and r[0] == "A":
            print(meta["id"])
    if what == "body":
        sys.stdout.buffer.write(articles[0][1])
    if what == "same-json":
        want = [json.loads(line) for line in open(sys.argv[2]) if line.strip()]
        print("same" if [rebuild(*a) for a in articles] == want else "other")


main()
EOF

n=0
bad=0
# is WHAT GOT WANT
is()
{
    n=$((n + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $n - $1"
    else
        bad=$((bad + 1))
        echo "not ok $n - $1"
        printf '%s\n' "$2" | sed 's/^/# got:  /'
        printf '%s\n' "$3" | sed 's/^/# want: /'
    fi
}

# see HOW INPUT...
see()
{
    how=$1
    shift
    "$SHEAF_IMPORT" "$@" | python3 decode.py "$how"
}

# ---- Plain text ----

printf 'A first line\nA second\n' > a.txt
is "text: the first line is the headline" "$(see show a.txt)" \
'A a.txt {"headline":"A first line","id":"a.txt"} text/plain; charset=utf-8 22
Z 1'
see body a.txt > body
is "text: the body is the file" "$(cmp body a.txt && echo same)" same
mkdir sub
cp a.txt sub/b.txt
is "a file given by name has its base name as ID" "$(see id sub/b.txt)" b.txt
printf '\r\n  \r\n\tIndented\r\nmore\r\n' > crlf.txt
is "text: blank lines and white space don't count" \
    "$(see headline crlf.txt)" Indented
python3 -c 'print("x" * 299 + "\u00e9" * 20)' > long.txt
is "text: a long first line is cut between characters" \
    "$(see headline long.txt)" "$(python3 -c 'print("x" * 299)')"
printf 'K\366ln\n' > latin.txt
printf 'a\0b' > nul.txt
is "text: not UTF-8, or with NUL, is bytes without a headline" \
    "$(see show latin.txt nul.txt)" \
'A latin.txt {"id":"latin.txt"} application/octet-stream 5
A nul.txt {"id":"nul.txt"} application/octet-stream 3
Z 2'
: > empty.txt
is "text: an empty file is an article" "$(see show empty.txt)" \
'A empty.txt {"id":"empty.txt"} text/plain; charset=utf-8 0
Z 1'
printf 'Tab\there "quoted" back\\slash \001\n' > esc.txt
is "metadata has the escapes of RFC 8785" "$(see meta esc.txt)" \
    '{"headline":"Tab\there \"quoted\" back\\slash \u0001","id":"esc.txt"}'

# ---- The layout of news extractors ----

cat > seed.txt << 'EOF'
 date 2024-02-29 WORLD NEWS
A headline — with a dash
What it is about, in one sentence.
A harbour at dawn on May 1, 2023. / Some Agency
February 29, 2024

The first paragraph / with a slash.

Related matters were discussed, he said.

RelatedExample News - Another headline
RelatedA third one
EOF
is "seed layout: all that it says" "$(see meta seed.txt)" \
'{"headline":"A headline — with a dash","id":"seed.txt","media":[{"caption":"A harbour at dawn on May 1, 2023.","credit":"Some Agency"}],"published":"2024-02-29","related":["Example News - Another headline","A third one"],"section":"WORLD NEWS","summary":"What it is about, in one sentence."}'
see body seed.txt > body
is "seed layout: the body is the file" "$(cmp body seed.txt && echo same)" same
printf ' date 2024-02-29\nOnly a headline\n\nBody.\n\nRelatedOneRelatedTwo\n' \
    > short.txt
is "seed layout: what is missing is left out, what runs together parted" \
    "$(see meta short.txt)" \
    '{"headline":"Only a headline","id":"short.txt","published":"2024-02-29","related":["One","Two"]}'
printf ' date 2024-02-29 X\r\nHead\r\nSummary.\r\n\r\nBody.\r\n' > seedcr.txt
is "seed layout: with CRLF" "$(see meta seedcr.txt)" \
    '{"headline":"Head","id":"seedcr.txt","published":"2024-02-29","section":"X","summary":"Summary."}'
printf ' date 2024-02-30 X\nHead\n\nBody.\n' > nodate.txt
is "seed layout: only with a day that exists" "$(see meta nodate.txt)" \
    '{"headline":"date 2024-02-30 X","id":"nodate.txt"}'

# ---- Markdown and HTML ----

printf -- '---\ntitle: "Front"\n---\n```\n# code\n```\ntext\n# Real #\n' > h.md
printf 'Under\nlined\n=====\n' > s.md
printf -- '---\ntitle: "Front: matter"\n---\ntext\n' > f.md
is "Markdown: heading, underlined heading, front matter" \
    "$(see headline h.md s.md f.md)" 'Real
lined
Front: matter'
is "Markdown: its type" "$(see kinds s.md)" 's.md text/markdown'

cat > p.html << 'EOF'
<!DOCTYPE html><html lang="en-GB"><head>
<svg><title>Logo</title></svg>
<title> A page
   &amp; more </title>
<meta name="Description" content="About it.">
<meta property="article:published_time" content="2024-02-29T10:00:00+0100">
<link rel="canonical" href="https://news.example/a?b=1">
</head><body><h1>Other</h1></body></html>
EOF
is "HTML: title, description, time, address, language" "$(see meta p.html)" \
'{"headline":"A page & more","id":"p.html","lang":"en-GB","published":"2024-02-29T10:00:00+01:00","summary":"About it.","url":"https://news.example/a?b=1"}'
printf '<html lang="x y"><meta property="og:title" content="OG"><link rel=canonical href="/a"><meta property="og:url" content="javascript:x">' > q.htm
is "HTML: what makes no sense is left out" "$(see meta q.htm)" \
    '{"headline":"OG","id":"q.htm"}'
printf '<html><meta charset=iso-8859-1><h1>K\366ln</h1>' > latin.html
printf '<html><title>Köln</title>' > utf8.html
is "HTML: labelled Latin-1, and UTF-8 without a label" \
    "$(see headline latin.html utf8.html)" 'Köln
Köln'
printf '\n<!doctype HTML><title>By its start</title>' > start
is "HTML: known by its start" "$(see kinds start)" 'start text/html'

# ---- JSONL ----

cat > r.jsonl << 'EOF'
{"id": "r1", "title": "T", "date": "2024-02-29", "text": "B\u00f6dy\n", "n": 7, "f": 1.50, "z": null}

{"link": "http://x.example/1", "date": "2024-02-29 03:04:05", "tags": ["a", "b"], "category": "", "text": ""}
{"id": 12, "published": "Thu, 29 Feb 2024 03:04:05 GMT", "content": "", "author": ["x"]}
{"body": "x", "o": {"$json": 1, "k": [1e3]}, "é": 1, "$members": 2, "headline": "", "title": "t"}
{"id": "r5", "text": "", "big": 9007199254740992, "bigger": 123456789012345678901, "fits": -9007199254740991, "half": "\ud800", "minus": -0, "esc\u0061pe": {"b": 1, "a": [{"c": 0.1}]}}
EOF
is "JSONL: fields, keys and the rest" "$(see meta r.jsonl)" \
'{"ext":{"f":{"$json":"1.50"},"n":7,"z":{"$json":"null"}},"headline":"T","id":"r1","published":"2024-02-29","source":{"file":"r.jsonl","keys":{"date":"published","id":"id","text":"body","title":"headline"},"line":1}}
{"ext":{"category":"","date":"2024-02-29 03:04:05"},"id":"http://x.example/1","keywords":["a","b"],"published":"2024-02-29T03:04:05","source":{"file":"r.jsonl","keys":{"link":"url","tags":"keywords","text":"body"},"line":3},"url":"http://x.example/1"}
{"byline":"x","ext":{"author":["x"],"id":12,"published":"Thu, 29 Feb 2024 03:04:05 GMT"},"id":"12","published":"2024-02-29T03:04:05Z","source":{"file":"r.jsonl","keys":{"content":"body"},"line":4}}
{"ext":{"$members":{"$json":"{\"$members\":2,\"é\":1}"},"headline":"","o":{"$json":"{\"$json\": 1, \"k\": [1e3]}"}},"headline":"t","id":"r.jsonl:5","source":{"file":"r.jsonl","keys":{"body":"body","title":"headline"},"line":5}}
{"ext":{"big":{"$json":"9007199254740992"},"bigger":{"$json":"123456789012345678901"},"escape":{"a":[{"c":{"$json":"0.1"}}],"b":1},"fits":-9007199254740991,"half":{"$json":"\"\\ud800\""},"minus":{"$json":"-0"}},"id":"r5","source":{"file":"r.jsonl","keys":{"id":"id","text":"body"},"line":6}}'
is "JSONL: an equal record can be made again" \
    "$("$SHEAF_IMPORT" r.jsonl | python3 decode.py same-json r.jsonl)" same
printf '{"id":"a","body":"Text\\n"}\n' > b.jsonl
see body b.jsonl > body
is "JSONL: the body is the string's text" "$(cat body)" Text
is "JSONL: known by its first line" \
    "$(cp b.jsonl lines.log && see id lines.log)" a
printf '{"id":"i","text":"","deep":%s1%s}\n' \
    "$(printf '%040d' 0 | tr 0 '[')" "$(printf '%040d' 0 | tr 0 ']')" > deep.jsonl
is "JSONL: what is nested too deep is kept as text" \
    "$("$SHEAF_IMPORT" deep.jsonl | python3 decode.py same-json deep.jsonl)" same

# fails WHAT LINE FAILURE
fails()
{
    printf '%b' "$2" > x.jsonl
    is "JSONL: $1" "$(see end x.jsonl | sed '$d')" "R $3"
}
fails "a missing brace" '{"id":"a","text":""}\n{"id":"b"\n' \
    '1 x.jsonl:2:10: expected a comma or a brace'
fails "a key that is there twice" '{"id":"a","i\\u0064":1}' \
    '1 x.jsonl:1:11: key occurs twice'
fails "bytes that are not UTF-8" '{"id":"\0303("}' '1 x.jsonl:1:8: text is not UTF-8'
fails "no object" '[1]\n' '1 x.jsonl:1:1: expected an object'
fails "more after the object" '{"id":"a"} x' \
    '1 x.jsonl:1:12: more after the value'
fails "a control character in an ID" '{"id":"a\\u0085","text":""}' \
    '1 x.jsonl:1: the ID has a control character in it'
fails "no number" '{"id":"a","n":01}' '1 x.jsonl:1:16: expected a comma or a brace'
python3 -c 'print("{\"text\":\"\",\"id\":\"%s\"}\n" * 2 % ("x" * 1024, "x" * 1025))' \
    > ids.jsonl
is "an ID of 1024 bytes is allowed, and no more" "$(see end ids.jsonl)" \
    'R 1 ids.jsonl:2: the ID has 1025 bytes, more than 1024
Z 1'
python3 -c 'print("{\"id\":\"a\",\"text\":\"\",\"x\":\"%s\"}" % ("x" * 983000))' > meta.jsonl
is "too much metadata is over a limit" \
    "$(see end meta.jsonl | sed 's/: .*//; $d')" 'R 7 meta.jsonl:1'

# ---- Dates ----

for d in 2024 2024-02 2024-02-29T01:02:03Z 2024-02-29T01:02:03.5+01:00 \
    2024-02-29T01:02:03 "2024-02-29 01:02:03" "2024-02-29 01:02" 20240229 \
    2024-02-29T01:02:03+0100 "2024-02-29 01:02:03 UTC" \
    "29 Feb 2024 01:02:03 EST" "Thu, 29 Feb 2024 01:02 +0530" \
    2023-02-29 2024-13 "29 Foo 2024 01:02:03 GMT" 2024-02-29T24:00:00Z; do
    printf '{"id":"a","text":"","date":"%s"}\n' "$d"
done > dates.jsonl
is "dates: kept, converted, or left alone" \
    "$(see meta dates.jsonl | sed 's/.*"published":"\([^"]*\)".*/\1/; t
        s/.*/-/')" \
'2024
2024-02
2024-02-29T01:02:03Z
2024-02-29T01:02:03.5+01:00
2024-02-29T01:02:03
2024-02-29T01:02:03
2024-02-29T01:02:00
2024-02-29
2024-02-29T01:02:03+01:00
2024-02-29T01:02:03Z
2024-02-29T01:02:03-05:00
2024-02-29T01:02:00+05:30
-
-
-
2024-02-29'

# ---- Folders ----

mkdir -p dir/a dir/none
printf x > dir/a/z
printf x > dir/a-b
printf x > dir/a.txt
printf x > dir/b
cp b.jsonl dir/c.jsonl
gzip -c b.jsonl > dir/d.ndjson.gz
gzip -c a.txt > dir/e.txt.gz
ln -s a.txt dir/link
mkfifo dir/pipe
is "folder: order of whole paths, regular files only, JSONL opened" \
    "$(see show dir | sed 's/ {.*"file":\("[^"]*"\).*/ \1/; s/ {.*//')" \
'A dir/a-b
A dir/a.txt
A dir/a/z
A dir/b
A dir/c.jsonl:1 "c.jsonl"
A dir/d.ndjson.gz:1 "d.ndjson.gz"
A dir/e.txt.gz "e.txt.gz"
S dir/link: symbolic link
S dir/pipe: named pipe
Z 7'
is "folder: IDs are paths below it" "$(see id dir/ | sed -n 3p)" a/z
"$SHEAF_IMPORT" dir > one
"$SHEAF_IMPORT" dir > two
is "the same input gives the same bytes" "$(cmp one two && echo same)" same
ln -s dir todir
is "a link given by name is followed" "$(see id todir | sed -n 1p)" a-b
mkdir ctl
printf x > "ctl/$(printf 'a\tb')"
is "folder: a control character in a name is escaped" "$(see id ctl)" a%09b
mkdir raw
if printf x > "raw/$(printf 'a\377')" 2> /dev/null; then
    is "folder: and so are bytes that are not UTF-8" "$(see id raw)" a%FF
fi

# ---- Archives and compressed files ----

python3 - << 'EOF'
import bz2, gzip, io, lzma, os, tarfile, zipfile

def tar(name, mode):
    with tarfile.open(name, mode, format=tarfile.GNU_FORMAT) as t:
        t.add("a.txt", "./d/a.txt")
        t.add("b.jsonl", "b.jsonl")
        t.add("dir/d.ndjson.gz", "d.ndjson.gz")
        t.add("dir", "folder", recursive=False)
        for kind, path in ((tarfile.SYMTYPE, "sym"), (tarfile.LNKTYPE, "hard"),
                           (tarfile.FIFOTYPE, "fifo")):
            info = tarfile.TarInfo(path)
            info.type = kind
            info.linkname = "./d/a.txt"
            t.addfile(info)

tar("t.tar", "w")
tar("t.tgz", "w:gz")
tar("t.tar.xz", "w:xz")
with zipfile.ZipFile("t.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.write("a.txt", "é/a.txt")
    z.write("b.jsonl", "b.jsonl")
data = bytearray(open("t.zip", "rb").read())
for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
    data[data.find(magic) + flags] |= 1
open("locked.zip", "wb").write(data)

text = open("a.txt", "rb").read()
open("n.txt.gz", "wb").write(gzip.compress(text))
open("n.txt.bz2", "wb").write(bz2.compress(text))
open("n.txt.xz", "wb").write(lzma.compress(text))
open("e.txt.gz", "wb").write(gzip.compress(b""))
open("b.jsonl.xz", "wb").write(lzma.compress(open("b.jsonl", "rb").read()))
with open("big.txt", "wb") as f:
    f.write(b"Big\n" + bytes(range(32, 127)) * 190000)
open("big.txt.gz", "wb").write(gzip.compress(open("big.txt", "rb").read(), 1))
with tarfile.open("big.tar", "w") as t:
    t.add("big.txt")
cut = open("big.tar", "rb").read()
open("cut.tar", "wb").write(cut[:9000000])
noise = gzip.compress(os.urandom(5000))
open("cut.txt.gz", "wb").write(noise[:3000])
EOF
is "tar: members, records of members, and what was left out" \
    "$(see show t.tar)" \
'A t.tar: d/a.txt {"headline":"A first line","id":"d/a.txt","source":{"file":"t.tar"}} text/plain; charset=utf-8 22
A t.tar: b.jsonl:1 {"id":"a","source":{"file":"t.tar","keys":{"body":"body","id":"id"},"line":1,"member":"b.jsonl"}} text/plain; charset=utf-8 5
A t.tar: d.ndjson.gz:1 {"id":"a","source":{"file":"t.tar","keys":{"body":"body","id":"id"},"line":1,"member":"d.ndjson.gz"}} text/plain; charset=utf-8 5
S t.tar: sym: symbolic link
S t.tar: hard: hard link
S t.tar: fifo: named pipe
Z 3'
is "compressed tar: the same; of two, with the archive's name" \
    "$(see id t.tgz | sed -n 1p; see id t.tgz t.tar.xz | sort -u)" 'd/a.txt
a
t.tar.xz/d/a.txt
t.tgz/d/a.txt'
is "zip: the same, with other names" "$(see id t.zip)" 'é/a.txt
a'
is "zip: an encrypted member is a failure" "$(see end locked.zip | sed '$d')" \
    'R 1 locked.zip: é/a.txt: encrypted'
is "a compressed file goes by its name without the suffix" \
    "$(see meta n.txt.gz n.txt.bz2 n.txt.xz e.txt.gz)" \
'{"headline":"A first line","id":"n.txt","source":{"file":"n.txt.gz"}}
{"headline":"A first line","id":"n.txt","source":{"file":"n.txt.bz2"}}
{"headline":"A first line","id":"n.txt","source":{"file":"n.txt.xz"}}
{"id":"e.txt","source":{"file":"e.txt.gz"}}'
is "compressed JSONL: records" "$(see id b.jsonl.xz)" a
is "a compressed file cut short is a failure" "$(see end cut.txt.gz)" \
    'R 1 cut.txt.gz: truncated gzip data
Z 0'
is "an archive cut short within a member streamed through, too" \
    "$(see end cut.tar)" 'R 1 cut.tar: big.txt: Truncated tar archive
Z 0'
for f in big.txt big.txt.gz big.tar; do
    see body $f > body
    is "$f: more than is held in memory comes through" \
        "$(cmp body big.txt && echo same)" same
done
mkdir notmp
is "without a folder for temporary files, only what needs one fails" \
    "$(TMPDIR=$tmp/nowhere see end a.txt
       TMPDIR=$tmp/nowhere see end big.txt.gz)" \
'Z 1
R 1 big.txt.gz: temporary file: No such file or directory
Z 0'
TMPDIR=$tmp/notmp see end big.txt.gz > out
is "no temporary file stays behind" "$(ls notmp)" ""

# ---- Standard input, and what can't be ----

is "standard input: JSONL" "$(see meta - < b.jsonl)" \
    '{"id":"a","source":{"keys":{"body":"body","id":"id"},"line":1}}'
is "standard input: an archive, through a pipe" \
    "$(cat t.tgz | see id - | sed -n 1p)" d/a.txt
is "standard input: nothing" "$(see show - < /dev/null)" 'Z 0'
is "standard input: text has no name to go by" "$(see show - < a.txt)" \
    'R 1 standard input: there is nothing to make an ID of
Z 0'
is "standard input: only once" "$(see end - - < b.jsonl)" \
    'R 1 standard input: given twice
Z 1'
is "inputs come in the order given" "$(see id h.md - a.txt < b.jsonl)" 'h.md
a
a.txt'
is "a file that isn't there" "$(see end a.txt nothing.txt)" \
    'F 1 nothing.txt: No such file or directory'
is "with --strict, the first thing that is wrong is the end" \
    "$(see end --strict cut.txt.gz a.txt)" \
    'F 1 cut.txt.gz: truncated gzip data'
"$SHEAF_IMPORT" nothing.txt > out 2> err
is "a failure: exit 1, and nothing on standard error" "$? $(cat err)" '1 '
"$SHEAF_IMPORT" > out 2> err
is "no input: exit 2 and no stream" "$? $(cat out err)" \
    '2 usage: sheaf-import [OPTION...] [--] INPUT...'
"$SHEAF_IMPORT" --what a.txt > out 2> err
is "an option: exit 2" "$?" 2
printf x > ./-x
is "after --, names may begin with a dash" "$(see id -- -x)" '-x'
{ "$SHEAF_IMPORT" big.txt 2> err; echo $? > code; } | head -c 9 > out
is "a reader that goes away: exit 1 without a word" "$(cat code err)" 1
if [ "$(id -u)" != 0 ]; then
    cp a.txt locked.txt
    chmod 0 locked.txt
    is "a file that may not be read" "$(see end locked.txt)" \
        'F 1 locked.txt: Permission denied'
fi

echo "1..$n"
[ $bad = 0 ]
