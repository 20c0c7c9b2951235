#!/bin/sh
# media.sh - pack --media, get --part, and files beside articles in extract.
# Prints TAP.
. "$(dirname "$0")/import.inc"
: "${SHEAF:?set it to the program to test}"
case $SHEAF in
*/*) SHEAF=$(cd "$here/.." && cd "$(dirname "$SHEAF")" && pwd)/${SHEAF##*/} ;;
esac
XDG_STATE_HOME=$tmp/state
export XDG_STATE_HOME
unset SHEAF_PASSPHRASE

png() {
    printf '\211PNG\r\n\032\n%s' "$1"
}
page() {
    printf '<!doctype html><title>Page</title><p>Words.%s</p>\n' "$1"
}
warnings() {
    see W --media "$@" | sed 's/.*media: //'
}

mkdir -p site/img site/sub/deep
png one > site/img/a.png
png two > site/img/b.png
png six > 'site/img/c d.png'
printf '%%PDF-1.4 plan' > site/sub/plan.pdf
page '<img src="img/a.png"><img src="./img//a.png?w=1"><img src="img/c%20d.png">
    <a href="sub/plan.pdf">plan</a><a href="sub/two.html">two</a>
    <a href="none.pdf">gone</a><a href="sub">folder</a>
    <img src="http://x.example/x.png"><img src="//x.example/x.png">
    <img src="data:image/png,x"><a href="mailto:x">x</a><a href="#top">x</a>' \
    > site/one.html
page '<img src="../img/a.png"><video src="deep/film.mp4" poster="../img/b.png">' \
    > site/sub/two.html
printf '\0\0\0\030ftypisom' > site/sub/deep/film.mp4
printf '# Three\n\n![a](img/a.png "A") [plan](<sub/plan.pdf>) [x](one.html)\n' \
    > site/three.md

is "without --media, nothing changes" "$(see parts site/one.html | sed 1d)" \
    "2 text/html $(wc -c < site/one.html | tr -d ' ')"
is "pictures and attachments that a page names are parts" \
    "$(see parts --media site/one.html | sed 1,2d)" '6 image/png 11
6 image/png 11
6 application/pdf 13'
is "metadata says which" \
    "$(see meta --media site/one.html | sed 's/.*"media":\(.*]\).*/\1/')" \
    '[{"part":1,"url":"img/a.png"},{"part":2,"url":"img/c%20d.png"},{"part":3,"url":"sub/plan.pdf"}]'
is "in a folder, also above the page" \
    "$(see meta --media site | sed -n '/two.html/s/.*"media":\(.*]\).*/\1/p')" \
    '[{"part":1,"url":"../img/a.png"},{"part":2,"url":"deep/film.mp4"},{"part":3,"url":"../img/b.png"}]'
is "of a file alone, only in its folder" "$(warnings site/sub/two.html)" \
    '../img/a.png: outside of the folder
../img/b.png: outside of the folder'
is "of Markdown" "$(see parts --media site/three.md | sed 1d)" \
    "2 text/markdown $(wc -c < site/three.md | tr -d ' ')
6 image/png 11
6 application/pdf 13"
is "of a record that is a page" "$(printf '%s\n' '{"id":"r","content_html":"<p><img src=img/a.png>"}' \
    > site/r.jsonl; see parts --media site/r.jsonl | sed 1d; rm site/r.jsonl)" \
'2 text/html 22
6 image/png 11'
is "of srcset, the largest that is there" "$(page '<img srcset="none.png 9w, img/b.png 2w,
    img/a.png 1w" src="img/c%20d.png">' > site/s.html; see meta --media site/s.html |
    sed 's/.*"media":\(.*]\).*/\1/'; warnings site/s.html; rm site/s.html)" \
    '[{"part":1,"url":"img/b.png"}]'

# ---- Out of the folder, and what is no file ----

mkdir -p evil/in
png secret > secret.png
png fine > evil/in/fine.png
ln -s ../../secret.png evil/in/link.png
ln -s ../.. evil/in/up
ln -s in evil/inner
mkfifo evil/in/pipe.png
mkdir evil/in/dir.png
page "<img src='../secret.png'><img src='in/../../secret.png'>
    <img src='%2e%2e/secret.png'><img src='..%2Fsecret.png'>
    <img src='$tmp/secret.png'><img src='file://$tmp/secret.png'>
    <img src='in/link.png'><img src='in/up/secret.png'>
    <img src='inner/fine.png'><img src='in/pipe.png'><img src='in/dir.png'>
    <img src='in/none.png'><img src='in/%00.png'><img src='page.html'>
    <img src='in/fine.png'>" > evil/page.html
is "nothing from outside, through links, or from what is no file" \
    "$(see parts --media evil | grep '^6'; warnings evil)" '6 image/png 12
../secret.png: outside of the folder
in/../../secret.png: outside of the folder
%2e%2e/secret.png: outside of the folder
..%2Fsecret.png: outside of the folder
in/link.png: a link
in/up/secret.png: Not a directory
inner/fine.png: Not a directory
in/pipe.png: not a file
in/dir.png: not a file
in/none.png: No such file or directory
in/%00.png: outside of the folder'
mkdir hidden hidden/.git
png secret > hidden/.git/a.png
png secret > hidden/.a.png
png out > hidden/out.png
page '<img src=.git/a.png><img src=.a.png><img src=./.a.png><img src=out.png>' \
    > hidden/a.html
is "hidden and excluded files are not taken" \
    "$(warnings --exclude out.png hidden)" '.git/a.png: hidden or excluded
.a.png: hidden or excluded
./.a.png: hidden or excluded
out.png: hidden or excluded'
is "unless they are wanted" \
    "$(see parts --media --hidden hidden/a.html | grep -c '^6')" 3
is "in an archive, names are not those of the folder" \
    "$(cd site && tar -cf t.tar one.html && cd .. &&
        see parts --media site/t.tar | grep -c '^6'; rm site/t.tar)" 0
{
    printf '<!doctype html><title>Many</title><p>All of them.</p>'
    for i in $(seq 300); do
        png "$i" > "site/img/$i.png"
        printf '<img src=img/%s.png>' "$i"
    done
} > site/many.html
is "not more parts than an article can have" \
    "$(see parts --media site/many.html | grep -c '^6'
        warnings site/many.html | sed -n '1p;$=')" '253
img/254.png: the article has too many parts
47'
rm site/many.html site/img/[0-9]*.png
mkdir large
truncate -s 65M large/a.png
page '<img src=a.png>' > large/a.html
is "a file over the limit is named" "$(warnings large/a.html)" \
    'a.png: too large'
rm -r large

# ---- In the archive ----

"$SHEAF" pack -q --media -o x.sheaf site 2> log
is "pack: no warnings" "$(cat log)" ''
"$SHEAF" get x.sheaf one.html --part 1 > out
is "get --part" "$(cmp out site/img/a.png && echo same)" same
"$SHEAF" get x.sheaf one.html --part 0 > out
is "get --part 0 is the body" "$(cmp out site/one.html && echo same)" same
"$SHEAF" get x.sheaf one.html --part 4 > out 2> err
is "get --part of what is not there" "$? $(cat out err)" \
    '3 sheaf: x.sheaf: one.html: no part 4: it has 4, the body among them'
"$SHEAF" get x.sheaf one.html --part x > out 2> err
is "get --part x" "$? $(cat out)" '2 '
"$SHEAF" get x.sheaf one.html --part 1 --text > out 2> err
is "get --part and --text" "$? $(cat out)" '2 '
is "verify" "$("$SHEAF" verify x.sheaf | grep -c intact)" 1
"$SHEAF" extract -q x.sheaf -C all
is "extract gives everything back; a picture of two articles once" \
    "$(diff -r site all && echo same)" same
is "extract --format tar" "$("$SHEAF" extract -q x.sheaf --format tar |
    tar -tf - | sort | uniq -c | sed 's/^ *//')" '1 img/a.png
1 img/b.png
1 img/c d.png
1 one.html
1 sub/deep/film.mp4
1 sub/plan.pdf
1 sub/two.html
1 three.md'
"$SHEAF" extract -q x.sheaf -C text --text
is "extract --text writes texts only" "$(find text -name '*.png')" ''
mkdir other && mkdir other/img && png other > other/img/a.png
"$SHEAF" extract -q x.sheaf -C other one.html
is "what is there already is not replaced" \
    "$(cmp other/one.html.part1 site/img/a.png && tail -c 5 other/img/a.png)" \
    other
png new > site/img/a.png
"$SHEAF" append -q --media x.sheaf site 2> log
is "another picture makes a revision" \
    "$("$SHEAF" list x.sheaf --revisions | cut -f 1,2 | sort | tr '\t' ' ')" \
    'one.html 1
one.html 2
sub/two.html 1
sub/two.html 2
three.md 1
three.md 2'

# Attachments of a mail are parts without --media, too.
cat > m.eml << 'END'
From: a@x.example
Message-ID: <m1@x.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Words.
--b
Content-Type: image/png
Content-Disposition: attachment; filename="gate.png"

one
--b
Content-Type: image/png
Content-Disposition: attachment; filename="../../evil.png"

two
--b--
END
"$SHEAF" pack -q -o m.sheaf m.eml && "$SHEAF" extract -q m.sheaf -C mail
is "attachments of a mail have their names, if these are safe" \
    "$(cd mail && grep -H . gate.png ./*.part2)" 'gate.png:one
./m1@x.example.part2:two'

# ---- An archive by somebody else ----

mkdir bin
cat > bin/sheaf-import << 'END'
#!/usr/bin/env python3
import json, sys
out = sys.stdout.buffer
names = ["../evil.png", "/tmp/evil.png", "a/../../evil.png", "%2e%2e/evil.png", "x/\u0001",
         "con/ok.png", "", "http://x.example/p.png", "own.html", "own.html/x.png"]
meta = json.dumps({"id": "own.html", "media": [{"part": i + 1, "url": n}
                  for i, n in enumerate(names)] + [7, {"part": -1}, {"part": 99}]},
                  sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
out.write(b"SHFIMP1\nA" + (1).to_bytes(2, "big") + b"x" + len(meta).to_bytes(4, "big") + meta)
out.write(bytes([len(names) + 1]))
for i in range(len(names) + 1):
    kind = b"text/html" if i == 0 else b"image/png"
    out.write(bytes([6 if i else 2, len(kind)]) + kind + (1).to_bytes(8, "big"))
out.write(b"0123456789" + b"X" + b"Z" + (1).to_bytes(8, "big"))
END
chmod +x bin/sheaf-import
SHEAF_LIBEXEC=$PWD/bin "$SHEAF" pack -q -o evil.sheaf x 2> log
mkdir -p safe/in
"$SHEAF" extract -q evil.sheaf -C safe/in 2> err
is "names that lead out of the target are not used" \
    "$(cat err; cd safe && find . -type f | sort)" './in/con/ok.png
./in/own.html
./in/own.html.part1
./in/own.html.part10
./in/own.html.part2
./in/own.html.part3
./in/own.html.part4
./in/own.html.part5
./in/own.html.part7
./in/own.html.part8
./in/own.html.part9'

echo "1..$n"
[ $bad = 0 ]
