#!/bin/sh
# zim.sh - what sheaf-import makes of ZIM files. Prints TAP.

. "$(dirname "$0")/import.inc"

if ! command -v zimwriterfs > /dev/null; then
    echo "1..0 # SKIP there is no zimwriterfs"
    exit 0
fi
mkdir -p site/a
python3 - << 'END'
import struct, zlib
def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))
rows = b"".join(b"\0" + b"\xff\0\0" * 48 for _ in range(48))
open("site/icon.png", "wb").write(
    b"\x89PNG\r\n\x1a\n" +
    chunk(b"IHDR", struct.pack(">IIBBBBB", 48, 48, 8, 2, 0, 0, 0)) +
    chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
page = "<html%s><head><title>%s</title>%s</head><body><p>%s</p></body></html>"
def put(name, lang, title, head, text):
    open("site/" + name, "w").write(page % (lang, title, head, text))
put("index.html", ' lang="de"', "Vale News", "", '<a href="a/one.html">one</a>')
put("a/one.html", "", "Sluice gate", '<meta name="description" content="A gate.">'
    '<meta property="article:published_time" content="2024-03-11T10:00:00Z">',
    "Text.")
put("a/long.html", "", "Long", "", "y " * (9 << 20))
END
zimwriterfs --welcome=index.html --illustration=icon.png --language=eng \
    --name=vale --title=Vale --description=d --creator=c --publisher=p \
    site vale.zim > log 2>&1
"$SHEAF_IMPORT" vale.zim > stream
if python3 decode.py show < stream | grep -q 'built without libzim'; then
    is "without libzim it is left out" "$(python3 decode.py end < stream)" 'Z 0'
    echo "1..$n"
    exit $bad
fi
is "pages are articles; others are left out by their types" \
    "$(python3 decode.py show < stream |
        sed 's/"retrieved":"20..-..-.."/"retrieved":"DAY"/' | sort)" \
'A vale.zim: a/one.html {"headline":"Sluice gate","id":"a/one.html","lang":"eng","published":"2024-03-11T10:00:00Z","retrieved":"DAY","source":{"file":"vale.zim","member":"a/one.html"},"summary":"A gate."} text/html 191
A vale.zim: index.html {"headline":"Vale News","id":"index.html","lang":"de","retrieved":"DAY","source":{"file":"vale.zim","member":"index.html"}} text/html 108
R 7 vale.zim: a/long.html: more than 16 MiB
S image/png
Z 2'
is "a pipe" "$(see id - < vale.zim | sort)" 'a/one.html
index.html'
cp vale.zim other.zim
is "several files: IDs begin with their names" \
    "$(see id vale.zim other.zim | sort)" \
'other.zim/a/one.html
other.zim/index.html
vale.zim/a/one.html
vale.zim/index.html'
is "--exclude" "$(see id --exclude 'a/*' vale.zim)" index.html
is "--limit-expand" "$(see end --limit-expand 1000,1 vale.zim)" \
'R 7 vale.zim: it expands to more than 1 bytes (--limit-expand)
Z 0'
python3 - << 'END'
import hashlib
b = bytearray(open("vale.zim", "rb").read())
def put(name, data):
    open(name, "wb").write(data)
put("cut.zim", b[:-100])
put("head.zim", b[:100])
c = bytearray(b)
c[len(c) // 2] ^= 1
put("bit.zim", c)
def seal(c):
    at = int.from_bytes(c[72:80], "little")
    c[at:at + 16] = hashlib.md5(c[:at]).digest()
    return c
# Whatever is changed, with a good checksum: an error, and no crash.
for i in range(40):
    c = bytearray(b)
    c[24 + i] ^= 0xFF
    put("x%d.zim" % i, seal(c))
END
is "damage: cut off, and a changed bit" \
    "$(for f in cut head bit; do see end $f.zim; done)" \
'R 1 cut.zim: damaged ZIM file: it is cut short
Z 0
R 1 head.zim: damaged ZIM file: it is cut short
Z 0
R 1 bit.zim: damaged ZIM file: its checksum is wrong
Z 0'
i=0
while [ $i -lt 40 ]; do
    see end x$i.zim
    i=$((i + 1))
done > out
is "a header that lies: the stream is whole" "$(grep -c '^Z' out)" 40

echo "1..$n"
[ $bad = 0 ]
