#!/bin/sh
# mail.sh - what sheaf-import makes of mails and mailboxes. Prints TAP.

. "$(dirname "$0")/import.inc"

# ---- Mails by Python's email and mailbox ----

command "${PYTHON:-python3}" -S - << 'END'
import mailbox
from email.message import EmailMessage

m = EmailMessage()
m["From"] = "Vale Näws <news@vale.example>, S <s@vale.example>"
m["To"] = "reader@vale.example"
m["Subject"] = "Die Schleuse öffnet – heute früh um zehn Uhr, mit vielen Worten"
m["Date"] = "Mon, 11 Mar 2024 10:00:00 +0100"
m["Message-ID"] = "<1@vale.example>"
m["List-Id"] = '"Vale News" <news.vale.example>'
m["Archived-At"] = "<https://vale.example/n/1>"
m["Keywords"] = "Wasser, Tor"
m["X-Thing"] = "a"
m["X-Thing"] = "b"
m.set_content("Text ä.\nFrom here on\n")
m.add_alternative('<p>HTML ä.</p><img src="cid:x@y">\n', subtype="html")
m.get_payload()[1].add_related(b"PNG", "image", "png", cid="<x@y>")
m.add_attachment(b"%PDF", "application", "pdf",
                 filename="Eine Übersicht, deren Name sehr lang ist, damit er geteilt wird.pdf")
m["Content-Language"] = "de"
open("letter.eml", "wb").write(bytes(m))
box = mailbox.mbox("box")
box.add(m)
n = EmailMessage()
n["From"] = "x@y.example"
n["Subject"] = "two"
n["Message-ID"] = "<2@v>"
n.set_content("From the start\n>From quoted\nFrom x@y.example Mon Mar 11 10:00:00 2024\nend\n")
box.add(n)
box.close()
folder = mailbox.Maildir("folder")
folder.add(m)
folder.add(n)
folder.close()
for charset, name in (("iso-8859-1", "latin"), ("iso-2022-jp", "jp"), ("koi8-r", "koi")):
    m = EmailMessage()
    m["From"] = "x@y.example"
    m["Date"] = "Mon, 11 Mar 2024 10:00:00 +0000"
    text = {"latin": "Größe\n", "jp": "水門\n", "koi": "Шлюз\n"}[name]
    m.set_content(text, charset=charset)
    open(name + ".eml", "wb").write(bytes(m))
END
is "a newsletter: all that it has" \
    "$("$SHEAF_IMPORT" letter.eml | python3 decode.py parts)" \
'{"authors":[{"name":"Vale Näws","uri":"mailto:news@vale.example"},{"name":"S","uri":"mailto:s@vale.example"}],"byline":"Vale Näws, S","ext":{"List-Id":"\"Vale News\" <news.vale.example>","To":"reader@vale.example","X-Thing":["a","b"]},"headline":"Die Schleuse öffnet – heute früh um zehn Uhr, mit vielen Worten","id":"1@vale.example","keywords":["Wasser","Tor"],"lang":"de","media":[{"length":3,"part":2,"type":"image/png","url":"cid:x@y"},{"length":4,"name":"Eine Übersicht, deren Name sehr lang ist, damit er geteilt wird.pdf","part":3,"type":"application/pdf"}],"published":"2024-03-11T10:00:00+01:00","section":"Vale News","source":{"file":"letter.eml"},"url":"https://vale.example/n/1"}
2 text/html 35
3 text/plain; charset=utf-8 22
6 image/png 3
6 application/pdf 4'
# A letter that is a picture, and one that is nothing; and its text.
for what in '<img src="cid:x@y">' '<br>' '<p>&nbsp;&#847;&zwnj;</p>' '<p>Words</p>'; do
    for part in 'Text of it.' ' '; do
        printf 'Subject: s\nContent-Type: multipart/alternative; boundary=q\n\n'
        printf -- '--q\nContent-Type: text/plain\n\n%s\n' "$part"
        printf -- '--q\nContent-Type: text/html\n\n%s\n--q--\n' "$what"
    done
done | awk '/^Subject:/ { n++ } { print > ("seen" n ".eml") }'
is "the text beside a picture is shown below it" \
    "$(for i in 1 3 5 7; do see body seen$i.eml; echo; done)" \
'<img src="cid:x@y">
<pre>Text of it.</pre>
<br>
<pre>Text of it.</pre>
<p>&nbsp;&#847;&zwnj;</p>
<pre>Text of it.</pre>
<p>Words</p>'
is "mails that show no text are named" \
    "$(for i in 1 2 3 4 5 6 7 8; do see W seen$i.eml; done)" \
'seen2.eml: it has no text
seen4.eml: it has no text
seen6.eml: it has no text'
is "the body is the HTML in UTF-8" "$(see body letter.eml)" \
    '<p>HTML ä.</p><img src="cid:x@y">'
mkdir -p half/cur half/new half/tmp
printf 'From: a@b\nMessage-ID: <1@v>\nDate: 11/03/2024 10:00\n\nx\n' > half/cur/1
printf 'From: a@b\nMessage-ID: <2@v>\n\nx' > half/tmp/2
is "a maildir with a mail that is not delivered, and a day in no known order" \
    "$(see show half | sed 's/^A.*"id":"\([^"]*\)".*/\1/')" \
'W half/cur/1: '"'11/03/2024 10:00'"' is not certainly a date; it is kept as text
1@v
S folder of mails that are not delivered
Z 1'
is "a mailbox, with quoted lines that are not separators" \
    "$(see id box; see end box; "$SHEAF_IMPORT" box | python3 decode.py parts | tail -n 1)" \
'1@vale.example
2@v
Z 2
2 text/plain; charset=utf-8 73'
is "a maildir" "$(see id folder | sort)" '1@vale.example
2@v'
is "charsets of parts" "$(for f in latin jp koi; do see body $f.eml; done)" \
'Größe
水門
Шлюз'
python3 - << 'END'
for name, charset, text in (("utf7", "UTF-7", b"Gr+APYA3w-e"), ("hebrew", "windows-1255",
        "\u05e9\u05dc\u05d5\u05dd".encode("cp1255")), ("viet", "windows-1258", b"Xin ch\xe0o ban"),
        ("korea", "iso-2022-kr", "\uc218\ubb38".encode("iso2022_kr")),
        ("dos", "cp437", "Gr\u00f6\u00dfe".encode("cp437")),
        ("wide", "utf-16be", "Gr\u00f6\u00dfe".encode("utf-16-be")), ("hz", "hz-gb-2312", b"~{VPND~}")):
    open(name + ".eml", "wb").write(b"From: x@y.example\nDate: Mon, 11 Mar 2024 10:00:00 +0000\n"
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n" + text)
END
is "charsets that look like ASCII, or keep the last letter back" \
    "$(for f in utf7 hebrew viet korea dos wide; do see body $f.eml; echo; done)" \
'Größe
שלום
Xin chào ban
수문
Größe
Größe'
python3 - << 'END'
import base64
def words(charset, *pieces):
    return b"\r\n ".join(b"=?%s?%s?%s?=" % (charset, kind, data) for kind, data in pieces)
def b(data):
    return b"B", base64.b64encode(data)
size = "Gr\u00f6\u00dfe".encode()
jis = b"\x1b$B-!?eLg|b\x1b(B"
nec = "\u2460\u6c34\u9580\u9ad9"
bodies = {"jis": (b"iso-2022-jp", jis + b", \x1b$B-j;3!\x1b(B!"),
          "euc": (b"euc-jp", b"\xad\xa1\xbf\xe5\xcc\xe7\xfc\xe2\x8e\xb1\xff!"),
          "jis0212": (b"euc-jp", b"\x8f\xb0\xa1\xbf\xe5")}
heads = {
    "padded": words(b"UTF-8", b(size[:3]), b(size[3:5]), b(size[5:]), b(b" am Morgen")),
    "mixed": words(b"utf-8", b(size[:4]), (b"q", b"=C3=9Fe_am"), b(b" Morgen")) + b" " +
             words(b"iso-8859-1", b(b" \xfc"), (b"Q", b"=FCx")),
    "jis": words(b"ISO-2022-JP", b(jis), b(jis)),
    "jis-cut": words(b"ISO-2022-JP", b(jis[:7]), b(jis[7:])),
    "jis-raw": b"Re: " + jis,
    "no-end": words(b"utf-8", (b"b", b"R3LDtg"), (b"B", b"w59l")),
    "none": b"=?utf-8?X?YQ==?= and",
    "long": words(b"utf-8", *[b(size[:4])] * 3000)}
def put(name, header, body):
    open(name + ".eml", "wb").write(b"Message-ID: <" + name.encode() + b"@x>\nFrom: " +
        words(b"utf-8", b(size[:4]), b(size[4:])) + b" <c@x.example>\n" +
        header.replace(b"\r", b"") + b"\n\n" + body)
for name, subject in heads.items():
    put("words-" + name, b"Subject: " + subject, b"x")
for name, (charset, text) in bodies.items():
    put("body-" + name, b"Content-Type: text/plain; charset=" + charset, text)
put("words-file", b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b", b"""--b

=?utf-8?B?R3LDtg==?=
 =?utf-8?B?w59l?=
-- 
=?utf-8?B?R3LDtg==?=
--b
Content-Type: application/pdf
Content-Disposition: attachment;
 filename="=?utf-8?B?R3LDtg==?=
 =?utf-8?B?w59lLnBkZg==?="

x
--b--
""")
END
meta_of()
{
    "$SHEAF_IMPORT" "$1".eml | python3 decode.py parts |
        python3 -c 'import json, sys; m = json.loads(sys.stdin.readline())
print(m["byline"], m.get("headline", "")[:60], *(f["name"] for f in m.get("media", [])))'
}
is "encoded words that follow each other" \
    "$(for f in padded mixed jis jis-cut jis-raw no-end none long file; do
        meta_of words-$f; done; see body words-file.eml)" \
"Größe Größe am Morgen
Größe Größe am Morgen üüx
Größe ①水門髙①水門髙
Größe ①水門髙
Größe Re: ①水門髙
Größe Größe
Größe =?utf-8?X?YQ==?= and
$(python3 -c 'print("Größe", ("Grö" * 30)[:60])')
Größe  Größe.pdf
=?utf-8?B?R3LDtg==?=
 =?utf-8?B?w59l?=
-- 
=?utf-8?B?R3LDtg==?="
is "Japanese, with the characters of Windows" \
    "$(for f in jis euc jis0212; do see body body-$f.eml; echo; done)" \
'①水門髙, ㈱山�!
①水門髙ｱ�!
丂水'
python3 - << 'END'
for name, label, meta, text, charset in (
        ("koi", "", '<meta charset="koi8-r">', "Шлюз открыт", "koi8-r"),
        ("east", "", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">',
         "Śluza", "iso8859-2"),
        ("ascii", "; charset=us-ascii", '<meta charset="shift_jis">', "水門", "cp932"),
        ("both", "; charset=iso-8859-1", '<meta charset="koi8-r">', "Größe", "latin1"),
        ("none", "", "", "Größe", "latin1"),
        ("said", "; charset=unknown-8bit", "", "Größe", "latin1")):
    open("page-%s.eml" % name, "wb").write(
        ("From: x@y.example\nDate: Mon, 11 Mar 2024 10:00:00 +0000\nContent-Type: text/html" +
         label + "\n\n" + meta + "<p>" + text).encode(charset))
END
is "charsets that only the page in the mail names" \
    "$(for f in koi east ascii both none said; do see body page-$f.eml; echo; done)" \
'<meta charset="koi8-r"><p>Шлюз открыт
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2"><p>Śluza
<meta charset="shift_jis"><p>水門
<meta charset="koi8-r"><p>Größe
<p>Größe
<p>Größe'
is "the type says UTF-8 where the page names another charset" \
    "$(see kinds page-east.eml page-both.eml page-none.eml)" \
'page-east.eml text/html; charset=utf-8
page-both.eml text/html; charset=utf-8
page-none.eml text/html'
head="From: x@y.example
Date: Mon, 11 Mar 2024 10:00:00 +0000
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64
"
printf '%s\nSGVsbG8gd29y\nbGQhIQ' "$head" > cut.eml
printf '%s\nSGVsbG8gd28=\ncmxkLCB0aGUg\nZW5kLg==\n' "$head" > pieces.eml
printf '%s\nSGVsbG8=\n______\nTo leave the list: nowhere\n' "$head" > footer.eml
is "base64 without its end, in pieces, with a footer behind it" \
    "$(for f in cut pieces footer; do see body $f.eml; echo; done; see W footer.eml)" \
'Hello world!!
Hello world, the end.
Hello
footer.eml: 33 bytes after the end of its base64 are left out'
is "an unknown charset is said" "$(see W hz.eml)" \
    "hz.eml: its character set 'hz-gb-2312' is not known; its text may be wrong"
"$SHEAF_IMPORT" --keep raw letter.eml > stream
is "--keep raw keeps the mail" "$(python3 decode.py parts < stream | tail -n 1)" \
    "4 message/rfc822 $(wc -c < letter.eml)"

if command -v git > /dev/null; then
    (git init -q repo && cd repo && git config user.email a@b.example &&
        git config user.name 'Ä Example' && for i in 1 2; do
        echo "From line $i" > f && git add f &&
            git commit -q -m "Änderung $i

From the start."
    done) > /dev/null 2>&1
    (cd repo && git format-patch --stdout --root) > patches
    is "git format-patch" "$(see headline patches; see end patches)" \
'[PATCH 1/2] Änderung 1
[PATCH 2/2] Änderung 2
Z 2'
    is "git format-patch: the text is whole" \
        "$(see body patches | head -n 1)" 'From the start.'
fi

# ---- Headers that are not as the standard has them ----

python3 - << 'END'
def put(name, header, more=b""):
    open(name + ".eml", "wb").write(header + b"\nMessage-ID: <%s@v>\nDate: Mon, 11 Mar 2024 10:00:00"
                                    b" +0000\n%s\nx\n" % (name.encode(), more))
put("w1", b"From: =?iso-8859-1?Q?=93M=FC=94?= <m@v.example>\nSubject: =?ISO-8859-1*en?Q?It=85_=96_so?=")
put("w2", b"From: x@v.example\nSubject: =?us-ascii?B?SXSF?= =?ks_c_5601-1987?B?jeg=?= =?x-no?q?=FC?=")
put("w3", b"From: =?utf-8?B?SsO8cmdlbg?= <j@v.example>\nSubject: =?utf-8?B?R3LDvMOf?=\n =?utf-8?B?ZQ?=")
put("w4", b"From: x@v.example\nSubject: =? =?utf-8 ?q?a?= =?utf-8?q?=C3=BC")
put("raw1", "From: Mü <m@v.example>\nSubject: It… “raw”".encode("cp1252"))
put("raw2", "From: x@v.example\nSubject: Шлюз".encode("koi8-r"),
    b"Content-Type: text/plain; charset=koi8-r\n")
put("raw3", "From: x@v.example\nSubject: Grün".encode() + "\nX-A: grün".encode("latin1"))
for i, author in enumerate(("jo at v.example (Jo Doe)", 'jo at v.example ("Jo (the) Doe")',
        "Jo Doe <jo at v.example>", "jo at v.example", "Jo Doe at home", "jo@v.example (Jo Doe)")):
    put("from%d" % i, b"Received: x\nFrom: " + author.encode())
END
is "encoded words as they are meant" "$(for i in 1 2 3 4; do see headline w$i.eml; done
    see meta w1.eml w3.eml | sed 's/.*"byline":"\([^"]*\)".*/\1/')" \
'It… – so
It…띹ü
Grüße
=? =?utf-8 ?q?a?= =?utf-8?q?=C3=BC
“Mü”
Jürgen'
is "bytes that nothing encodes" "$(for i in 1 2 3; do see headline raw$i.eml; done
    see meta raw3.eml | grep -o '"X-A":"[^"]*"')" \
'It… “raw”
Шлюз
Grün
"X-A":"grün"'
printf 'From: x@v.example\nSubject: \214luza\nMessage-ID: <east@v>\nDate: Mon, 11 Mar 2024 10:00:00 +0000\n\nBrama: \277\363\263w\n' > east.eml
is "a charset that nothing names, and that --charset does" \
    "$(see W east.eml raw2.eml; see end --charset windows-1250 east.eml
    see headline --charset windows-1250 east.eml; see body --charset windows-1250 east.eml)" \
'east.eml: its text is not UTF-8, and is read as windows-1252 (--charset)
east.eml: its header is not UTF-8, and names no charset (--charset)
Z 1
Śluza
Brama: żółw'
is "authors without an address as the standard has it" \
    "$(for i in 0 1 2 3 4 5; do see meta from$i.eml | sed 's/"byline.*//'; done)" \
'{"authors":[{"name":"Jo Doe","uri":"mailto:jo@v.example"}],
{"authors":[{"name":"Jo (the) Doe","uri":"mailto:jo@v.example"}],
{"authors":[{"name":"Jo Doe","uri":"mailto:jo@v.example"}],
{"authors":[{"name":"jo@v.example","uri":"mailto:jo@v.example"}],
{"authors":[{"name":"Jo Doe at home"}],
{"authors":[{"name":"Jo Doe","uri":"mailto:jo@v.example"}],'

# dated MAIL...: a mailbox; the date of each mail
dated() {
    printf '%b' "$@" > dated.mbox
    see meta dated.mbox | sed 's/.*"published":"\([^"]*\)".*/\1/; t
        s/.*/-/'
}
r='Received: from a by b; Mon, 11 Mar 2024 12:00:00 +0100\nReceived: from c\n by a; Mon, 11 Mar 2024 11:59:00 +0100 (CET)\n'
is "without a date: received, delivered" \
    "$(dated 'From jo at v.example  Mon Mar 11 10:00:00 2024\nFrom: x@v\n\nx\n\n' \
        "From a@v Tue Mar 12 10:00:00 2024\n${r}From: x@v\n\nx\n\n" \
        'From - Tue Mar 12 10:00:00 2024\nFrom: x@v\n\nx\n\n' \
        'From 0123456789 Mon Sep 17 00:00:00 2001\nFrom: x@v\n\nx\n\n' \
        'From a@v Thu Jan  1 00:00:00 1970\nFrom: x@v\n\nx\n\n' \
        'From a@v Tue Mar 12 10:00:00 2024\nFrom: x@v\nDate: never\n\nx\n')" \
'2024-03-11T10:00:00
2024-03-11T11:59:00+01:00
-
-
-
2024-03-12T10:00:00'
{ printf '\357\273\277'; cat box; } > mark
{ printf '\357\273\277'; cat letter.eml; } > mark.eml
is "a byte order mark before a mail and a mailbox" "$(see id mark.eml; see id mark)" \
'1@vale.example
1@vale.example
2@v'

# ---- Structures ----

head='From: R <r@vale.example>
Date: Mon, 11 Mar 2024 10:00:00 +0000
MIME-Version: 1.0'
cat > mixed.eml << END
$head
Message-ID: <mixed@v>
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/signed; boundary=y; micalg=pgp-sha1; protocol="application/pgp-signature"

--y
Content-Type: text/plain

Signed text.
--y
Content-Type: application/pgp-signature

sig
--y--
--x
Content-Type: text/plain

Footer of the list.
--x
Content-Type: text/plain
Content-Disposition: attachment; filename*0*=utf-8''%C3%BC; filename*1=.txt

Attached.
--x
Content-Type: message/rfc822

From: inner@v
Subject: inner

Inner text.
--x--
END
part() {
    printf -- '--%s\nContent-Type: %s\n\n%s\n' "$1" "$2" "$3"
}
mixed() {
    printf 'From: R <r@vale.example>\nMessage-ID: <%s@v>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n' "$1"
}
alternative() {
    printf -- '--x\nContent-Type: multipart/alternative; boundary=y\n\n'
    part y text/plain 'The text.'
    part y text/html '<p>The text.</p>'
    printf -- '--y--\n'
}
{ mixed a; part x text/plain 'It is <open>.'; part x image/png PNG; part x text/html '<p>Legal.</p>'; echo --x--; } > order1.eml
{ mixed b; alternative; part x text/plain 'Footer & list.'; echo --x--; } > order2.eml
{ mixed c; part x text/plain 'Before.'; alternative; echo --x--; } > order3.eml
{ mixed d; part x text/html '<p>One.</p>'; part x text/html '<p>Two.</p>'; echo --x--; } > order4.eml
is "parts that follow each other are the body, whatever their types" \
    "$(see bodies order1.eml order2.eml order3.eml order4.eml
    for i in 1 2 3 4; do "$SHEAF_IMPORT" order$i.eml | python3 decode.py parts | grep '^[0-9]'; done)" \
'"<pre>It is &lt;open&gt;.</pre>\n<p>Legal.</p>"
"<p>The text.</p>\n<pre>Footer &amp; list.</pre>"
"<pre>Before.</pre>\n<p>The text.</p>"
"<p>One.</p>\n<p>Two.</p>"
2 text/html 44
6 image/png 3
3 text/plain; charset=utf-8 13
2 text/html 46
3 text/plain; charset=utf-8 9
3 text/plain; charset=utf-8 14
2 text/html 35
3 text/plain; charset=utf-8 9
3 text/plain; charset=utf-8 7
2 text/html 23'
is "signed, with a footer, an attachment, a mail inside" \
    "$("$SHEAF_IMPORT" mixed.eml | python3 decode.py parts; see body mixed.eml)" \
'{"authors":[{"name":"R","uri":"mailto:r@vale.example"}],"byline":"R","id":"mixed@v","media":[{"length":3,"part":1,"type":"application/pgp-signature"},{"length":9,"name":"ü.txt","part":2,"type":"text/plain"},{"length":41,"part":3,"type":"message/rfc822"}],"published":"2024-03-11T10:00:00+00:00","source":{"file":"mixed.eml"}}
2 text/plain; charset=utf-8 32
6 application/pgp-signature 3
6 text/plain 9
6 message/rfc822 41
Signed text.
Footer of the list.'
cat > forward.eml << END
$head
Message-ID: <fwd@v>
Content-Type: message/rfc822

From: inner@v
Content-Type: text/html; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

<p>=80 5</p>
END
is "forwarded without a word: its text is the body" \
    "$(see body forward.eml; "$SHEAF_IMPORT" forward.eml | python3 decode.py parts | tail -n 1)" \
'<p>€ 5</p>
6 message/rfc822 118'
printf '%s\nSubject: none\n\n' "$head" > none.eml
printf '%s\nMessage-ID: <d@v>\n\nx\n' "$head" | sed 's/^Date:.*/Date: whenever/' > date.eml
cat > secret.eml << END
$head
Content-Type: multipart/encrypted; boundary=x; protocol="application/pgp-encrypted"

--x
Content-Type: application/pgp-encrypted

Version: 1
--x
Content-Type: application/octet-stream

...
--x--
END
is "without a body, without a date, encrypted" \
    "$(for f in none date secret; do see show $f.eml; done)" \
'W none.eml: it has no text
A none.eml {"authors":[{"name":"R","uri":"mailto:r@vale.example"}],"byline":"R","headline":"none","id":"none.eml","published":"2024-03-11T10:00:00+00:00","source":{"file":"none.eml"}} text/plain; charset=utf-8 0
Z 1
W date.eml: '"'whenever'"' is not certainly a date; it is kept as text
A date.eml {"authors":[{"name":"R","uri":"mailto:r@vale.example"}],"byline":"R","ext":{"Date":"whenever"},"id":"d@v","source":{"file":"date.eml"}} text/plain; charset=utf-8 2
Z 1
W secret.eml: it is encrypted; its text cannot be read
A secret.eml {"authors":[{"name":"R","uri":"mailto:r@vale.example"}],"byline":"R","id":"secret.eml","media":[{"length":10,"part":1,"type":"application/pgp-encrypted"},{"length":3,"part":2,"type":"application/octet-stream"}],"published":"2024-03-11T10:00:00+00:00","source":{"file":"secret.eml"}} text/plain; charset=utf-8 0
Z 1'

# ---- Mailboxes ----

sep='From r@vale.example Mon Mar 11 10:00:00 2024'
printf '%s\nMessage-ID: <1@v>\nFrom: a@b\nDate: Mon, 11 Mar 2024 10:00:00 +0000\nContent-Length: 62\n\n%s\nFrom: not@a.mail\n\n\n%s\nMessage-ID: <2@v>\nContent-Length: 5000\n\nwrong length\n\n%s\nMessage-ID: <3@v>\n\n>>From twice\n' \
    "$sep" "$sep" "$sep" "$sep" > length
is "Content-Length counts where it is right" \
    "$(see id length; see body length; "$SHEAF_IMPORT" length | python3 decode.py parts | tail -n 1)" \
"1@v
2@v
3@v
$sep
From: not@a.mail
2 text/plain; charset=utf-8 12"
sed 's/$/\r/' box > crlf
is "lines that end with CR LF" "$(see id crlf)" '1@vale.example
2@v'
printf 'From here on Mon Mar 11 10:00:00 2024\nthe river is open.\n' > text1
printf 'From: the editor\nTo: all\n\nText.\n' > text2
printf 'From me to you 12:34 2024\n\nDate: never\n' > text3
printf 'From: The press office\nDate: 11 March 2024\n\nText.\n' > text6
printf -- '---\nDate: 2024-03-11\nFrom: x\n---\n\nText.\n' > text4.md
printf 'Date: Mon\nFrom: x\n\nText.\n' > text5.txt
is "text that only looks like mail" "$(see kinds text1 text2 text3 text4.md text5.txt text6)" \
'text1 text/plain; charset=utf-8
text2 text/plain; charset=utf-8
text3 text/plain; charset=utf-8
text4.md text/markdown
text5.txt text/plain; charset=utf-8
text6 text/plain; charset=utf-8'
printf '%b' 'From a@b Wed Jan  1 00:00:00 2020\nSubject: s\n\nx\n\nFrom a@b Wed Jan  1 00:00:00 2020\n\ny\n' > bare
{ printf 'From a@b 1 Jan 2020 00:00:00\n'; sed 1d bare; } > named.mbox
cp named.mbox named
is "a mailbox whose first mail has no sender: by its date, or its name" \
    "$(see end bare; see end named.mbox; see kinds named)" 'Z 2
Z 2
named text/plain; charset=utf-8'
is "--from mbox of something else" "$(see end --from mbox text2)" \
'R 1 text2: a mailbox begins with a line "From SENDER DATE"
Z 0'

# ---- Cut off and hostile ----

python3 - << 'END'
head = b"From: a@b.example\nDate: Mon, 11 Mar 2024 10:00:00 +0000\nMIME-Version: 1.0\nMessage-ID: <h@v>\n"
sep = b"From a@b.example Mon Mar 11 10:00:00 2024\n"
def put(name, data):
    open(name, "wb").write(data)
put("deep.eml", head + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(500)))
put("deeper.eml", head + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(3000)))
put("inner.eml", head + b"Content-Type: message/rfc822\n\nFrom: x\n" * 3000)
put("dashes.eml", head + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' * 400 + b"--\n" * 1000000)
put("many.eml", head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: image/png\n\nx\n" * 300)
put("heads.eml", head + b"X-A: b\n" * 100000 + b"\nx\n")
put("nul.eml", head + b"Subject: a\0b\n\nx\0y\n")
put("long.eml", head.replace(b"<h@v>", b"<" + b"h" * 5000 + b">") + b"Subject: " + b"s" * 1000000 + b"\n\nx\n")
put("groups.eml", head + b"To: " + b"g: " * 300000 + b"\n\nx\n")
put("names.eml", head + b"To: " + b"a@b.example, " * 1000000 + b"\n\nx\n")
put("parts.eml", head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 3000000)
put("mails.eml", head + b"Content-Type: multipart/digest; boundary=b\n\n" + (b"--b\n\n" + b"X: y\n" * 100000) * 30)
put("huge", sep + head + b"\n" + b"x" * (65 << 20) + b"\n\n" + sep + head.replace(b"h@v", b"next@v") + b"\ny\n")
END
is "hostile: depth, number, NUL, long values" \
    "$(for f in deep deeper inner dashes many heads nul long; do
        see show $f.eml | grep -v '^A'; done)" \
'W deep.eml: 1 of its parts are too many or too deep; they are in the original
W deep.eml: it has no text
Z 1
R 7 deeper.eml: it has too many parts
Z 0
R 7 inner.eml: it has too many parts
Z 0
R 7 dashes.eml: it has too many parts
Z 0
W many.eml: 100 of its parts are too many or too deep; they are in the original
W many.eml: it has no text
Z 1
Z 1
Z 1
W long.eml: its ID has more than 1024 bytes; it has another one here
Z 1'
is "what would be too much for the parser is rejected" \
    "$(for f in groups names parts mails; do see end $f.eml; done)" \
'R 7 groups.eml: its header is too large
Z 0
R 7 names.eml: its header is too large
Z 0
R 7 parts.eml: it has too many parts
Z 0
R 7 mails.eml: its header is too large
Z 0'
is "a huge mail does not hide the next one" "$(see end huge; see id huge)" \
'R 7 huge: mail 1: more than 64 MiB
Z 1
next@v'
for cut in 10 45 100 300 700 1000 1500; do
    head -c $cut box > torn
    see end --from mbox torn
    head -c $cut letter.eml > cut.eml
    see end cut.eml
done > out
is "cut at many places: the stream is whole" "$(grep -c ^Z out) $(grep -vc '^[ZR]' out)" '14 0'

# ---- Pages that browsers save ----

cat > page.mhtml << 'END'
From: <Saved by Blink>
Snapshot-Content-Location: https://vale.example/2024/ferry.html
Subject: =?utf-8?Q?The=20Ferry=20=E2=80=93=20Vale=20Post?=
Date: Mon, 2 Dec 2024 10:00:00 -0000
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----b"

------b
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable
Content-Location: https://vale.example/2024/ferry.html

<!DOCTYPE html><html lang=3D"en"><head><meta charset=3D"windows-1252">
<meta property=3D"article:published_time" content=3D"2024-03-11T10:00:00Z">
<meta name=3D"keywords" content=3D"ferries, rivers"></head><body>
<h1>The Ferry Runs in M=FCnchen</h1><p class=3D"author">By Rita Example<p>It runs.</body></html>
------b
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
------b--
END
is "MHTML: what the page states, and when it was saved" \
    "$(see meta page.mhtml)" \
'{"byline":"Rita Example","ext":{"Snapshot-Content-Location":"https://vale.example/2024/ferry.html"},"headline":"The Ferry Runs in München","id":"page.mhtml","keywords":["ferries","rivers"],"lang":"en","media":[{"length":8,"part":1,"type":"image/png"}],"published":"2024-03-11T10:00:00Z","retrieved":"2024-12-02T10:00:00-00:00","source":{"file":"page.mhtml"},"url":"https://vale.example/2024/ferry.html"}'
sed 's/<Saved by Blink>/"Saved by Internet Explorer 11"/; /^Snapshot/d; /article:/d; s/<h1>.*<p>/<p>/' \
    page.mhtml > old.mht
is "MHTML: its subject, and the address of its first part" \
    "$(see meta old.mht | sed 's/,"media".*,"retrieved"/,"retrieved"/')" \
'{"headline":"The Ferry – Vale Post","id":"old.mht","keywords":["ferries","rivers"],"lang":"en","retrieved":"2024-12-02T10:00:00-00:00","source":{"file":"old.mht"},"url":"https://vale.example/2024/ferry.html"}'

# page NAME FIELDS... - a page with a picture, as a program saves it
page()
{
    name=$1
    shift
    {
        printf '%s\n' "$@"
        cat << 'END'
Content-Type: multipart/related; type="text/html";
 start="<page@v>"; boundary="b"

A Single File Web Page.

--b
Content-Type: text/html
Content-Location: https://ads.example/frame.htm

<title>Ad</title><p>Buy it.
--b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
Content-ID: <page@v>
Content-Location: file:///C:/1A2B3C/story.htm

<html><head><title>Harbour reopens</title></head><body><p>It is gr=C3=BCn.</p></body></html>
--b--
END
    } > "$name"
}
page word.mht 'MIME-Version: 1.0' 'X-Document-Type: Workbook'
page word.txt 'X-Document-Type: Worksheet' 'MIME-Version: 1.0'
page ie.mht 'From: "Gespeichert von Windows Internet Explorer 8"' 'Subject: Hafen' \
    'Date: Mon, 2 Dec 2024 10:00:00 -0000' 'MIME-Version: 1.0'
page short.mhtml 'X-Written-By: hand'
page letter.mht 'Received: from v; Mon, 2 Dec 2024 10:00:00 -0000' 'Subject: Hafen' \
    'Message-ID: <h@v>' 'MIME-Version: 1.0'
sed 's/<body>.*/<frameset><frame src=3D"x"><\/frameset>/' word.mht > sheets.mht
printf 'Content-Type: text/plain\nMIME-Version: 1.0\n\nIt runs.\n' > bare
is "pages without a sender, and what is a mail" \
    "$(for f in word.mht word.txt ie.mht short.mhtml letter.mht bare; do
        see meta $f | sed 's/"ext":{[^}]*},//; s/"media":[^]]*],//'
    done)" \
'{"headline":"Harbour reopens","id":"word.mht","source":{"file":"word.mht"}}
{"headline":"Harbour reopens","id":"word.txt","source":{"file":"word.txt"}}
{"headline":"Harbour reopens","id":"ie.mht","retrieved":"2024-12-02T10:00:00-00:00","source":{"file":"ie.mht"}}
{"headline":"Harbour reopens","id":"short.mhtml","source":{"file":"short.mhtml"}}
{"headline":"Hafen","id":"h@v","published":"2024-12-02T10:00:00-00:00","source":{"file":"letter.mht"}}
{"id":"bare","source":{"file":"bare"}}'
is "MHTML: the page that it names, and others only if it shows them as frames" \
    "$(see body word.mht; see body sheets.mht | grep -c Buy; see body bare
    "$SHEAF_IMPORT" word.mht | python3 decode.py parts | tail -n 1)" \
'<html><head><title>Harbour reopens</title></head><body><p>It is grün.</p></body></html>1
It runs.
6 text/html 27'
python3 - << 'END'
def put(name, what, text=""):
    mails = "".join("--d\n\nSubject: %s\n\n%s text.\n" % (i, i) for i in ("One", "Two"))
    digest = 'Content-Type: multipart/digest; boundary="d"\n\n%s--d--\n' % mails
    if text:
        digest = ('Content-Type: multipart/mixed; boundary="m"\n\n--m\n\nTopics: 2\n'
                  "--m\n%s--m\n\nThe end.\n--m--\n" % digest)
    with open(name, "w") as f:
        f.write("From: l@v.example\nMessage-ID: <%s@v>\n%s" % (name, digest))
put("digest.eml", "")
put("mailman.eml", "", "Topics")
with open("empty.eml", "w") as f:
    f.write("From: l@v.example\nMessage-ID: <empty@v>\n"
            'Content-Type: multipart/mixed; boundary="m"\n\n--m\n\n\n'
            "--m\nContent-Type: message/rfc822\n\nSubject: A\n\nInner.\n--m--\n")
END
is "a digest: the texts of all its mails; a mail forwarded without a word" \
    "$(for f in digest mailman empty; do see body $f.eml; echo; done |
        grep -v '^$'; see W mailman.eml empty.eml)" \
'One text.
Two text.
Topics: 2
One text.
Two text.
The end.
Inner.'

echo "1..$n"
[ $bad = 0 ]
