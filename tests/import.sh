#!/bin/sh
# import.sh - what sheaf-import makes of each kind of input. Prints TAP.

. "$(dirname "$0")/import.inc"

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
python3 - << 'END'
def put(name, data):
    open(name, "wb").write(data)
put("nul.txt", b"a\0b")
put("nuls.txt", "Шлюз открыт".encode() * 9 + b"\0 a\0")
put("asciis.txt", b"A line of text with\0 a NUL\n")
put("ended.txt", b"A text\n\0")
put("padded", b"A text\n" + b"\0" * 99999)
put("padded.md", b"---\ntitle: Padded\ndate: 2024-03-11\n---\nx\n" + b"\0" * 99999)
put("block.txt", b"x" * 99999 + b"\0" * 99999 + b"y")
put("zeros.txt", b"\0" * 99)
put("strings", "Шлюз\0открыт\n".encode() * 9999)
put("half", b"Text\0\xff" * 9)
put("noise.txt", bytes(range(256)))
put("numbers", bytes(range(1, 200)) * 9)
put("latin.txt", "Köln – “oder” nicht\n".encode("cp1252"))
put("latin.md", "# Köln\n".encode("cp1252"))
put("latin", "Köln liegt am Rhein, und nicht an der Elbe.\n".encode("cp1252"))
put("mixed.txt", "Köln für große\n".encode() + b"K\xf6ln\n")
put("wide.txt", "Köln\n".encode("utf-16"))
put("wide.md", "# Köln\n".encode("utf-16-be"))
put("little", "Шлюз открыт.\n".encode("utf-16-le"))
put("big.txt", "水門が一つ開いた。\n".encode("utf-16-be"))
put("jis.txt", "水門\n".encode("iso-2022-jp"))
put("koi.txt", "Шлюз\n".encode("koi8-r"))
put("more.txt", "Шлюз открыт, вода поднялась за ночь на метр.\n".encode("cp1251"))
put("bare.jsonl", '{"id":"a","text":"ü"}\n'.encode("utf-16-le"))
put("bare.csv", 'id,text\nb,ü\n'.encode("utf-16-be"))
END
is "text: in other charsets; with NULs and the like it is bytes" \
    "$(see show nul.txt nuls.txt asciis.txt noise.txt numbers latin.txt latin.md latin mixed.txt \
        wide.txt wide.md little big.txt jis.txt koi.txt more.txt)" \
'W nul.txt: it is kept as bytes: byte 2 is no character of text (0x00)
A nul.txt {"id":"nul.txt"} application/octet-stream 3
W nuls.txt: it is kept as bytes: byte 190 is no character of text (0x00)
A nuls.txt {"id":"nuls.txt"} application/octet-stream 193
W asciis.txt: it is kept as bytes: byte 20 is no character of text (0x00)
A asciis.txt {"id":"asciis.txt"} application/octet-stream 27
W noise.txt: it is kept as bytes: byte 1 is no character of text (0x00)
A noise.txt {"id":"noise.txt"} application/octet-stream 256
W numbers: its format is not known: it is kept as bytes, without a text
A numbers {"id":"numbers"} application/octet-stream 1791
W latin.txt: it is not UTF-8, and is read as windows-1252 (--charset)
A latin.txt {"headline":"Köln – “oder” nicht","id":"latin.txt"} text/plain; charset=windows-1252 20
W latin.md: it is not UTF-8, and is read as windows-1252 (--charset)
A latin.md {"headline":"Köln","id":"latin.md"} text/markdown; charset=windows-1252 7
W latin: it is not UTF-8, and is read as windows-1252 (--charset)
A latin {"headline":"Köln liegt am Rhein, und nicht an der Elbe.","id":"latin"} text/plain; charset=windows-1252 44
W mixed.txt: some of its bytes are not UTF-8
A mixed.txt {"headline":"Köln für große","id":"mixed.txt"} text/plain; charset=unknown-8bit 23
A wide.txt {"headline":"Köln","id":"wide.txt"} text/plain; charset=utf-16le 12
A wide.md {"headline":"Köln","id":"wide.md"} text/markdown; charset=utf-16be 14
A little {"headline":"Шлюз открыт.","id":"little"} text/plain; charset=utf-16le 26
A big.txt {"headline":"水門が一つ開いた。","id":"big.txt"} text/plain; charset=utf-16be 20
A jis.txt {"headline":"水門","id":"jis.txt"} text/plain; charset=iso-2022-jp 11
W koi.txt: its character set is not known (--charset)
A koi.txt {"id":"koi.txt"} application/octet-stream 5
W more.txt: it is not UTF-8, and is read as windows-1251 (--charset)
A more.txt {"headline":"Шлюз открыт, вода поднялась за ночь на метр.","id":"more.txt"} text/plain; charset=windows-1251 45
Z 16'
is "text: NULs at its end are padding; with others it is bytes, with a warning" \
    "$(see show ended.txt padded padded.md block.txt zeros.txt strings half)" \
'A ended.txt {"headline":"A text","id":"ended.txt"} text/plain; charset=utf-8 8
A padded {"headline":"A text","id":"padded"} text/plain; charset=utf-8 100006
A padded.md {"headline":"Padded","id":"padded.md","published":"2024-03-11"} text/markdown 100040
W block.txt: it is kept as bytes: byte 100000 is no character of text (0x00)
A block.txt {"id":"block.txt"} application/octet-stream 199999
W zeros.txt: it is kept as bytes: byte 1 is no character of text (0x00)
A zeros.txt {"id":"zeros.txt"} application/octet-stream 99
W strings: it is kept as bytes: byte 9 is no character of text (0x00)
A strings {"id":"strings"} application/octet-stream 219978
W half: its format is not known: it is kept as bytes, without a text
A half {"id":"half"} application/octet-stream 54
Z 7'
see body ended.txt > body
is "text: its NULs stay" "$(cmp body ended.txt && echo same)" same
is "text: in the charset that --charset says" "$(see show --charset koi8-r koi.txt)" \
'A koi.txt {"headline":"Шлюз","id":"koi.txt"} text/plain; charset=koi8-r 5
Z 1'
is "text: its bytes stay" "$(see body wide.txt | cmp - wide.txt && echo same)" same
is "records in UTF-16 without a mark" "$(see id bare.jsonl bare.csv)" 'a
b'
: > empty.txt
is "text: an empty file is an article" "$(see show empty.txt)" \
'W empty.txt: it is empty
A empty.txt {"id":"empty.txt"} text/plain; charset=utf-8 0
Z 1'
printf '<html><head><title>T</title></head><body><noscript>On!</noscript>%s</body>' \
    '<script>show("x")</script><div> </div>' > app.html
is "a page whose text comes from a script has a warning" "$(see show app.html)" \
'W app.html: it has no text
A app.html {"headline":"T","id":"app.html"} text/html 110
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
is "Markdown: front matter goes first, heading, underlined heading" \
    "$(see headline h.md s.md f.md)" 'Front
lined
Front: matter'
cat > y.md << 'EOF'
---
title: >-
  The gate,
  at last
date: 2024-03-11 10:00:00 +0100
lastmod: 2024-03-12
author: [Rita Example, {name: "Sam Example"}]
authors:
  - name: Nobody
tags: &t [sluice, "tide: high"]
categories: *t
section: Harbour
description: 'Nine ''years'' late'
lang: en-GB
slug: gate
draft: true
url: https://news.example/gate
---
# Other
EOF
cat > t.md << 'EOF'
+++
title = "The \"gate\" \u2013 at last" # not this
date = 2024-03-11T10:00:00Z
tags = [
  "sluice", 'tide',
]
weight = 3
[extra]
author = """Rita
Example"""
[taxonomies]
categories = ["Harbour"]
+++
Words.
EOF
printf -- '---\ntitle: Gate: open\ndate: 2024-03-11\nbad: [\n---\nx\n' > b.md
printf -- '---\ntitle: never closed\n\n# Gate\n' > n.md
is "Markdown: YAML" "$(see meta y.md)" \
'{"byline":"Rita Example, Sam Example","ext":{"draft":true,"slug":"gate"},"headline":"The gate, at last","id":"y.md","keywords":["sluice","tide: high"],"lang":"en-GB","published":"2024-03-11T10:00:00+01:00","section":"Harbour","summary":"Nine '"'years'"' late","updated":"2024-03-12","url":"https://news.example/gate"}'
is "Markdown: TOML" "$(see meta t.md)" \
'{"byline":"Rita\nExample","headline":"The \"gate\" – at last","id":"t.md","keywords":["sluice","tide"],"published":"2024-03-11T10:00:00Z","section":"Harbour"}'
is "Markdown: front matter that is no YAML" "$(see meta b.md)" \
'{"headline":"Gate: open","id":"b.md","published":"2024-03-11"}'
printf '{\n  "title": "Of JSON",\n  "date": "2024-03-11",\n  "tags": ["a", "b"]\n}\nText.\n' > j.md
printf 'Title: Of Pelican\nDate: 2024-03-11 10:00\nAuthor: Rita\n\nText.\n' > l.md
printf 'Title: and a text\nthat goes on.\n\nText.\n' > l2.md
printf -- '---\ntitle: Of MDX\n---\nText.\n' > x.mdx
is "Markdown: front matter in JSON, of Pelican, in MDX" "$(see meta j.md l.md l2.md x.mdx)" \
'{"headline":"Of JSON","id":"j.md","keywords":["a","b"],"published":"2024-03-11"}
{"byline":"Rita","headline":"Of Pelican","id":"l.md","published":"2024-03-11T10:00:00"}
{"headline":"Title: and a text","id":"l2.md"}
{"headline":"Of MDX","id":"x.mdx"}'
is "Markdown: no front matter" "$(see headline n.md)" Gate
is "Markdown: its type" "$(see kinds s.md)" 's.md text/markdown'
mkdir names
for end in qmd Rmd mkd mkdn mdown mdwn; do
    printf -- '---\ntitle: Gate\n---\nText.\n' > names/a.$end
done
is "Markdown: its other names" "$(see kinds names | grep -c markdown
    see headline names | sort -u)" '6
Gate'
printf -- '---\ndate:\n  created: 2024-03-11\n  updated: 2024-04-01\n---\n# T\n' > mk.md
printf -- '---\ntitle: T\ndate: soon\nlastmod: 2024-03-11\n---\nx\n' > soon.md
printf 'Title: T\nTags: a, b\nStatus: draft\n\nText.\n' > tags.md
printf -- '---\ntitle: T\ntags: a, b\n---\nText.\n' > tag.md
is "Markdown: dates of Material, a date that is none, tags of Pelican" \
    "$(see meta mk.md; see show soon.md; see meta tags.md tag.md)" \
'{"headline":"T","id":"mk.md","published":"2024-03-11","updated":"2024-04-01"}
W soon.md: '"'soon'"' is not certainly a date
A soon.md {"headline":"T","id":"soon.md","updated":"2024-03-11"} text/markdown 50
Z 1
{"ext":{"draft":true},"headline":"T","id":"tags.md","keywords":["a","b"]}
{"headline":"T","id":"tag.md","keywords":["a, b"]}'
printf -- '---\ntitel: Tor\ndatum: 2024-03-11\nautor:\n  - name: Rita\n  - name: Sam\nschlagworte: [a, b]\nRubrik: Lokales\n---\n# Other\n' > german.md
printf -- '+++\n"título" = "Puerta"\nfecha = 2024-03-11\nidioma = "es"\n+++\nText.\n' > es.md
printf '{\n"标题": "门",\n"日期": "2024-03-11",\n"name": "x.md"\n}\nText.\n' > zh.md
printf 'Title: T\nIssue_Date: 2024-03-11\nTopics: a, b\n\nText.\n' > lines.md
printf -- '---\nname: x\nposted: 1710151200\n---\n# T\n' > posted.md
is "Markdown: names that records have" \
    "$(see meta german.md es.md zh.md lines.md posted.md)" \
'{"byline":"Rita, Sam","headline":"Tor","id":"german.md","keywords":["a","b"],"published":"2024-03-11","section":"Lokales"}
{"headline":"Puerta","id":"es.md","lang":"es","published":"2024-03-11"}
{"headline":"门","id":"zh.md","published":"2024-03-11"}
{"headline":"T","id":"lines.md","keywords":["a","b"],"published":"2024-03-11"}
{"headline":"T","id":"posted.md","published":"2024-03-11T10:00:00Z"}'
printf -- '---\ntitel: Tor\ntitle: Gate\ndatum: 2024-03-10\ndate: 2024-03-11\n---\nx\n' > own.md
printf -- '---\ntitle: T\ndate: soon\nposted: 2024-03-11\n---\nx\n' > late.md
printf -- '---\ntitle: T\ndatum: bald\n---\nx\n' > bald.md
is "Markdown: its own names go first, and a date that is one" \
    "$(see meta own.md; see show late.md bald.md)" \
'{"headline":"Gate","id":"own.md","published":"2024-03-11"}
A late.md {"headline":"T","id":"late.md","published":"2024-03-11"} text/markdown 49
W bald.md: '"'bald'"' is not certainly a date
A bald.md {"headline":"T","id":"bald.md"} text/markdown 31
Z 2'
# fronts SUFFIX FORMAT: what is said of two files, of the days 11 and 12
fronts()
{
    rm -rf fronts
    mkdir fronts
    for i in 11 12; do
        # shellcheck disable=SC2059
        printf -- "$2" $i > fronts/$i.$1
    done
    see W fronts
}
is "Markdown: articles without a date, of which something looks like it" \
    "$(fronts md '---\ntitle: T\nwritten: 2024-03-%s\n---\nx\n'
    fronts md '+++\ntitle = "T"\n[extra]\nwritten = 2024-03-%s\n+++\nx\n'
    fronts html '---\ntitle: T\nms.date: 03/%s/2024\n---\n<p>x</p>\n'
    fronts rst 'The gate\n====\n\n:written: March %s, 2024\n\nx\n'
    fronts org '#+title: T\n#+written: [2024-03-%s Mon]\n\nx\n')" \
"fronts/12.md: the articles of these files have no date, but 'written' looks like one
fronts/12.md: the articles of these files have no date, but 'extra.written' looks like one
fronts/12.html: the articles of these files have no date, but 'ms.date' looks like one
fronts/12.rst: the articles of these files have no date, but 'written' looks like one
fronts/12.org: the articles of these files have no date, but 'written' looks like one"
is "Markdown: one of another day, beside a date, or of one file" \
    "$(fronts md '---\ntitle: T\naccessed: 2024-03-%s\n---\nx\n'
    fronts md '---\ntitle: T\nexpiryDate: 2024-03-%s\n---\nx\n'
    fronts md '---\ntitle: T\nwritten: 2024-03-%s\ndate: 2024-03-11\n---\nx\n'
    fronts md '---\ntitle: T\nwritten%s: 2024-03-11\n---\nx\n')" ''
printf -- '---\nslug: gate\n---\n# T\n' > crawled
{
    printf 'WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: %s\r\n' \
        https://a.example/gate.md
    printf 'WARC-Date: 2024-03-11T10:00:00Z\r\nContent-Type: text/markdown\r\n'
    printf 'Content-Length: %d\r\n\r\n' "$(($(wc -c < crawled)))"
    cat crawled
    printf '\r\n\r\n'
} > md.warc
is "Markdown: in a crawl, what has no field is beside what the crawl says" \
    "$(see meta md.warc | grep -o '"front":{[^}]*}\|"headline":"[^"]*"')" \
'"front":{"slug":"gate"}
"headline":"T"'

# ---- Pages with front matter ----

mkdir -p static/_posts static/posts
cat > static/posts/gate.html << 'EOF'
---
layout: post
title: The gate opens
date: 2024-03-11 10:00:00 +0100
author: Ann Bee
tags: [a, b]
slug: gate
---
<html lang="en"><meta name="description" content="It is open."><p>Text.</p>
EOF
{
    printf '\357\273\277+++\ntitle = "Gate"\ndate = 2024-03-11\n+++\n'
    printf '<title>Other</title><p>Text.\n'
} > static/posts/toml.htm
is "pages: front matter goes first, what it does not say is of the page" \
    "$(see show static/posts/gate.html static/posts/toml.htm)" \
'A static/posts/gate.html {"byline":"Ann Bee","ext":{"slug":"gate"},"headline":"The gate opens","id":"gate.html","keywords":["a","b"],"lang":"en","published":"2024-03-11T10:00:00+01:00","summary":"It is open."} text/html '"$(($(wc -c < static/posts/gate.html)))"'
A static/posts/toml.htm {"headline":"Gate","id":"toml.htm","published":"2024-03-11"} text/html '"$(($(wc -c < static/posts/toml.htm)))"'
Z 2'
is "pages: with front matter, their bytes stay" \
    "$(see body static/posts/gate.html | cmp - static/posts/gate.html && echo same)" same
printf -- '---\ntitle: A\n---\n<p>On 12 March 1987.</p>\n' > static/_posts/2024-03-11-a.html
printf '<title>B</title><p>Text.</p>\n' > static/_posts/2024-03-12-b.html
printf -- '---\ntitle: C\ndate: 2024-03-01\n---\nx\n' > static/_posts/2024-03-13-c.html
printf -- '---\ntitle: D\n---\n<p>Text.</p>\n' > static/posts/2024-03-14-d.html
printf '<title>E</title><p>Text.</p>\n' > static/posts/2024-03-15-e.html
is "pages: a day in the name, of posts and beside front matter" \
    "$(see meta static/_posts static/posts/2024* | grep -o '"headline.*' |
        sed 's/"id":[^,}]*,*//')" \
'"headline":"A","published":"2024-03-11"}
"headline":"B","published":"2024-03-12"}
"headline":"C","published":"2024-03-01"}
"headline":"D","published":"2024-03-14"}
"headline":"E",}'
is "pages: that day is a guess outside of posts" \
    "$(see I --report static/posts/2024-03-14-d.html static/_posts |
        grep -c '"guessed":\["published"')" 1
printf -- '---\n<p>Rule: it rains</p>\n---\n<p>Text.</p>\n' > rule.html
printf -- '---\nNo pairs.\n---\n<title>T</title><p>Text.</p>\n' > pairs.html
printf -- '---\ntitle: Never closed\n<p>Text.</p>\n' > open.html
is "pages: lines of dashes are no front matter" \
    "$(see headline rule.html pairs.html open.html)" '
T'

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

# ---- reStructuredText, Org, AsciiDoc, Textile ----

mkdir markup
cat > markup/a.rst << 'EOF'
.. _gate:

The gate opens
##############

:date: 2024-03-11 10:20
:modified: 2024-03-12
:authors: Bee, Ann; Sam Two
:tags: a, b
:category: news
:slug: gate
:lang: en
:status: draft
:summary: It is
   open.

The bridge.
EOF
cat > markup/b.rst << 'EOF'
.. title: Gate
.. slug: gate
.. date: 2024-03-11 10:00:00 UTC
.. tags: a, b
.. author: Ann

Text here.
EOF
cat > markup/c.rst << 'EOF'
====
Gäte
====

Sub
---

:Author: Ann
:Date: $Date: 2006$

Text.
EOF
printf 'A paragraph.\n\nIts title\n=========\n\n----\n\nx\n' > markup/d.rest
printf 'Gate\n====\n\nA text: :date: 2024-03-11\n' > markup/e.rst
is "reST: a title, fields as of Pelican, comments as of Nikola" \
    "$(see show markup/a.rst; see meta markup/b.rst markup/d.rest markup/e.rst)" \
'A markup/a.rst {"byline":"Bee, Ann, Sam Two","ext":{"draft":true,"slug":"gate"},"headline":"The gate opens","id":"a.rst","keywords":["a","b"],"lang":"en","published":"2024-03-11T10:20:00","section":"news","summary":"It is open.","updated":"2024-03-12"} text/plain; charset=utf-8 '"$(($(wc -c < markup/a.rst)))"'
Z 1
{"byline":"Ann","ext":{"slug":"gate"},"headline":"Gate","id":"b.rst","keywords":["a","b"],"published":"2024-03-11T10:00:00Z"}
{"headline":"Its title","id":"d.rest"}
{"headline":"Gate","id":"e.rst"}'
printf 'Tor\n===\n\n:Autor: Ann\n:Datum: 2024-03-11\n:Schlagworte: a, b\n\nx\n' > markup/g.rst
printf '#+TITEL: Tor\n#+DATUM: <2024-03-11 Mo 10:20>\n#+SUMMARY: [2024-03-11] x\n\n* Head\n' > markup/g.org
printf '= Tor\n:datum: 2024-03-11\n:rubrik: Lokales\n\nx\n' > markup/g.adoc
is "reST, Org, AsciiDoc: names that records have" \
    "$(see meta markup/g.rst markup/g.org markup/g.adoc)" \
'{"byline":"Ann","headline":"Tor","id":"g.rst","keywords":["a","b"],"published":"2024-03-11"}
{"headline":"Tor","id":"g.org","published":"2024-03-11T10:20:00","summary":"[2024-03-11] x"}
{"headline":"Tor","id":"g.adoc","published":"2024-03-11","section":"Lokales"}'
rm markup/g.*
is "reST: a subtitle, a date that is none" "$(see show markup/c.rst)" \
"W markup/c.rst: '\$Date: 2006\$' is not certainly a date
A markup/c.rst {\"byline\":\"Ann\",\"headline\":\"Gäte\",\"id\":\"c.rst\"} text/plain; charset=utf-8 66
Z 1"
cat > markup/a.org << 'EOF'
# -*- mode: org -*-
:PROPERTIES:
:ID: x
:END:
#+TITLE: The gate
#+DATE: <2024-03-11 Mon 10:20>
#+AUTHOR: Ann Bee
#+FILETAGS: :a:b:
#+LANGUAGE: en
#+DESCRIPTION: It opens

* Head
EOF
printf -- '#+title: G\n#+date: [2024-03-11 lun.]\n#+tags[]: a b\n#+draft: true\n\nx' > markup/b.org
printf -- '* Only a heading\nx\n#+date: 2024-03-11\n' > markup/c.org
is "Org: keywords, dates in brackets, a heading" \
    "$(see meta markup/a.org markup/b.org markup/c.org)" \
'{"byline":"Ann Bee","headline":"The gate","id":"a.org","keywords":["a","b"],"lang":"en","published":"2024-03-11T10:20:00","summary":"It opens"}
{"ext":{"draft":true},"headline":"G","id":"b.org","keywords":["a","b"],"published":"2024-03-11"}
{"headline":"Only a heading","id":"c.org"}'
cat > markup/a.adoc << 'EOF'
// comment
= The gate: it opens
Ann A. Bee <ann@x.example>; Sam_Two Sample
v1.0, 2024-03-11: first
:keywords: a, b
:description: It +
:lang: en
:url-x: foo
:summary: long \
  more

Text.
EOF
printf -- ':page-tags: [a, b]\n= T\n:author: Ann\n:revdate: March 11, 2024\n\nx\n' > markup/b.asciidoc
printf -- '= T\nAnn Bee\nv2, March 11, 2024\n\nx\n' > markup/c.asc
printf -- '-----BEGIN PGP MESSAGE-----\n\nx\n' > markup/d.asc
printf -- '= T\n:revdate: {docdate}\n\n:date: 2024-03-11\n' > markup/e.adoc
printf -- '---\ntitle: T\ndate: 2024-03-11\n---\n= Other\n' > markup/f.adoc
is "AsciiDoc: its head, attributes of Jekyll, front matter" \
    "$(see meta markup/*.a*)" \
'{"byline":"Ann A. Bee, Sam Two Sample","headline":"The gate: it opens","id":"a.adoc","keywords":["a","b"],"lang":"en","published":"2024-03-11","summary":"long more"}
{"byline":"Ann","headline":"T","id":"b.asciidoc","keywords":["a","b"],"published":"2024-03-11"}
{"byline":"Ann Bee","headline":"T","id":"c.asc","published":"2024-03-11"}
{"headline":"-----BEGIN PGP MESSAGE-----","id":"d.asc"}
{"headline":"T","id":"e.adoc"}
{"headline":"T","id":"f.adoc","published":"2024-03-11"}'
printf -- '---\ntitle: T\ndate: 2024-03-10\n---\nh1. X\n' > markup/a.textile
printf 'p. x\n\nh1. X\n' > markup/2024-03-11-b.textile
is "Textile: front matter, a heading, a day in the name" \
    "$(see meta markup/*.textile)" \
'{"headline":"X","id":"2024-03-11-b.textile","published":"2024-03-11"}
{"headline":"T","id":"a.textile","published":"2024-03-10"}'
is "markup: their bytes stay" "$(for f in a.rst a.org a.adoc; do
    see body markup/$f | cmp - markup/$f && echo same; done)" 'same
same
same'

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
cat > named.jsonl << 'EOF'
{"заголовок": "Шлюз", "текст": "Шлюз открыт", "дата": "2024-03-11", "\u00e9": 1, "id": "ru"}
{"title": "T", "título": "x", "body": "", "id": "pt"}
EOF
echo '{"主題": "水闸", "詳細": "水闸开了", "id": "zh"}' > mapped.jsonl
printf 'headline = 主題\nbody = 詳細\nid = id\n' > named.map
is "JSONL: fields whose names are not ASCII" \
    "$(see meta named.jsonl; see meta --map named.map mapped.jsonl)" \
'{"ext":{"$members":{"$json":"{\"\\u00e9\":1}"}},"headline":"Шлюз","id":"ru","published":"2024-03-11","source":{"file":"named.jsonl","keys":{"$json":"{\"id\":\"id\",\"дата\":\"published\",\"заголовок\":\"headline\",\"текст\":\"body\"}"},"line":1}}
{"ext":{"$members":{"$json":"{\"título\":\"x\"}"}},"headline":"T","id":"pt","source":{"file":"named.jsonl","keys":{"body":"body","id":"id","title":"headline"},"line":2}}
{"headline":"水闸","id":"zh","source":{"file":"mapped.jsonl","keys":{"$json":"{\"id\":\"id\",\"主題\":\"headline\",\"詳細\":\"body\"}"},"line":1}}'
is "JSONL: equal records of those" \
    "$("$SHEAF_IMPORT" named.jsonl | python3 decode.py same-json named.jsonl)" same
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
fails "bytes that are not UTF-8" '{"id":"\0303("}' '1 x.jsonl:1:8: text is not UTF-8 (--charset)'
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

# ---- Names of dates ----

# dates NAME...: the date in a column of each name
dates()
{
    for name in "$@"; do
        printf 'title;text;%s\nT;x;2024-03-11\n' "$name" > named.csv
        see meta named.csv | grep -c '"published":"2024-03-11"'
    done | sort | uniq -c | tr -s ' '
}
printf '{"id":"a","text":" \\n ","html":"<p>Words</p>"}\n' > blank.jsonl
is "a text of white space is none" "$(see body blank.jsonl)" "<p>Words</p>"
is "dates: names of them" "$(dates 'Authored on' 'Published on' publish_on \
    'Posted on' postedDate CreatedOn 'Document Date' LOAD-DATE news_date \
    StoryDate publicationDateTime article_published_date publish_timestamp \
    publishedTimestamp providerPublishTime createTime created_time \
    taken_at_timestamp SQLDATE)" ' 19 1'
is "dates: names in other languages, whatever their case" \
    "$(dates 'Veröffentlicht am' 'VERÖFFENTLICHT AM' veroeffentlicht_am \
    'Date de publication' data_pubblicazione 'Data di pubblicazione' \
    'Fecha de publicación' fecha_de_publicacion 'FECHA PUBLICACIÓN' \
    'Data de publicação' data_de_publicacao Publicatiedatum Publiceringsdatum \
    'Data publikacji' 'Дата публикации' 'ДАТА ПУБЛИКАЦИИ' ДАТА 公開日 掲載日 \
    発行日 作成日 发布日期 發布日期 出版日期 发表时间 게시일 등록일 작성일)" ' 28 1'
is "dates: names in archives of the press" \
    "$(dates 일자 발행일 발행일자 기사일자 보도일자 입력일 입력일시 게시일자 등록일자 \
    掲載日時 公開日時 配信日 発行年月日 掲載年月日 刊登日期 见报日期 Tarih 'Yayın tarihi' \
    Tanggal dato Udgivelsesdato Publiseringsdato Päivämäärä Julkaisupäivä 'Datum vydání' \
    Dátum 'Ngày đăng' Ημερομηνία วันที่ תאריך التاريخ 'تاريخ النشر')" ' 32 1'
is "headlines: names of them" \
    "$(for name in news_title 'News Headline' article_headline story_title doc_title \
        headline_text 見出し 题目 Başlık Otsikko Overskrift Nagłówek Judul 'Tiêu đề' العنوان; do
        printf '%s;text;date\nGate;x;2024-03-11\n' "$name" > named.csv
        see headline named.csv
    done | uniq -c | tr -s ' ')" ' 15 Gate'
is "bylines: names of them" \
    "$(for name in author_name reporter Journalist; do
        printf '{"id":"a","text":"x","%s":"Jane"}\n' $name
    done | "$SHEAF_IMPORT" --from jsonl - | python3 decode.py meta |
        grep -c '"byline":"Jane"')" 3
# undated NAME VALUE VALUE: what is said of such a column
undated()
{
    printf 'url;text;%s\na://b/1;x;%s\na://b/2;y;%s\n' "$@" > undated.csv
    see W undated.csv
}
is "dates: articles without one, of which a column looks like it" \
    "$(undated Freigabe 2024-03-11T10:00:00 2024-03-12T10:00:00
    undated 'Out at' 'March 11, 2024' '03/12/2024')" \
"undated.csv: its articles have no date, but 'Freigabe' looks like one (--map)
undated.csv: its articles have no date, but 'Out at' looks like one (--map)"
is "dates: columns that are none, or of another day" \
    "$(undated Nr 20240311 20240312; undated Year 2024 2025
    undated Freigabe 2024-03-11 yes; undated 'Crawled at' 2024-03-11 2024-03-12
    undated end 2024-03-11 2024-03-12; undated date 2024-03-11 '')" ''
is "dates: digits, where the name says that they are one" \
    "$(undated Systemtime 1710151200 1710151300; undated Zeitstempel 20240311 20240312
    undated Nummer 1710151200 1710151300; undated readtime 12 14)" \
"undated.csv: its articles have no date, but 'Systemtime' looks like one (--map)
undated.csv: its articles have no date, but 'Zeitstempel' looks like one (--map)"
is "dates: digits under more names that say so" \
    "$(for name in published_ts publishedAtMs CREATED_AT_MS pub_ts REG_DT regDt epoch \
        ymd 등록일시간 'Unix-Zeit' dateline; do
        for v in 20240311 1710151200 1710151200.5 1710151200000; do
            undated $name $v $v | grep -c "but '$name' looks"
        done
    done | uniq -c | tr -s ' ')" ' 44 1'
is "dates: digits that are none" \
    "$(for name in chat stats chat_id created_by posts items comments phone formats; do
        undated $name 1710151200 1710151201
    done; for v in 99991231 12345678 20241311 5555555555 1234567890123456789012; do
        undated pub_ts $v $v
    done; undated pub_ts 1.7.1.0.1.5.1.2.0.0 2.0.2.4.0.3.1.1)" ''
mkdir -p lone
for i in 1 2 3; do
    printf '{"id":"%s","text":"x","freigabe":"2024-03-1%s"}\n' $i $i > lone/$i.json
done
is "dates: files of one article each" "$(see W lone)" \
"lone/2.json: the articles of these files have no date, but 'freigabe' looks like one (--map)"
printf '{"id":"%s","text":"x","freigabe":%s}\n' 1a '"2024-03-11"' 2a null \
    3a '""' 4a '"2024-03-14"' 5a '"2024-03-15"' > undated.jsonl
is "dates: once for a source, with gaps" "$(see W undated.jsonl)" \
"undated.jsonl: its articles have no date, but 'freigabe' looks like one (--map)"
printf 'published = freigabe\n' > undated.map
is "dates: not with --map" "$(see W --map undated.map undated.jsonl
    sed 1q undated.jsonl > one.jsonl; see W one.jsonl)" ''
for i in 1 2; do
    printf '{"id":"%s","text":"x","crawl":{"day":"2024-03-1%s"},"info":{"a/b":"2024-03-1%s","when":"2024-03-1%s"}}\n' \
        $i $i $i $i
done > inner.jsonl
is "dates: one that an object in the record has" "$(see W inner.jsonl)" \
"inner.jsonl: its articles have no date, but '/info/when' looks like one (--map)"
printf 'published = /info/when\n' > inner.map
is "dates: its name is what --map takes" \
    "$(see meta --map inner.map inner.jsonl | grep -o '"published":"[^"]*"')" \
'"published":"2024-03-11"
"published":"2024-03-12"'
is "dates: not if they have one" "$(see W --from jsonl - << 'EOF'
{"id":"a","text":"x","updated":"2024-03-11","freigabe":"2024-03-11"}
{"id":"b","text":"x","freigabe":"2024-03-11"}
{"id":"c","text":"x","freigabe":"2024-03-11"}
EOF
)" ''

# ---- Members beside what a record is wrapped in ----

cat > beside.jsonl << 'EOF'
{"_id":"h1","_score":1.5,"keep":"me","title":"outer","ä":1,"sort":[3],"_source":{"title":"T","text":"one"}}
{"id":"h2","type":"articles","attributes":{"title":"T","body":"two"},"links":{"self":"/2"}}
{"id":12,"_source":{"id":null,"title":"T","text":"three"},"found":true}
{"id":"h4","_source":{"id":"own","text":"four"},"zone":"z"}
EOF
"$SHEAF" pack -q -f -o beside.sheaf beside.jsonl
"$SHEAF" extract -q --format jsonl -o beside.out.jsonl beside.sheaf
"$SHEAF" pack -q -f -o again.sheaf beside.out.jsonl
is "what is beside a wrapped record is kept, but for what a search says" \
    "$(cat beside.out.jsonl; "$SHEAF" list again.sheaf | cut -f1)" \
    '{"_id":"h1","title":"T","ä":1,"keep":"me","text":"one"}
{"id":"h2","title":"T","links":{"self":"/2"},"type":"articles","body":"two"}
{"title":"T","id":null,"text":"three"}
{"id":"own","zone":"z","text":"four"}
h1
h2
beside.out.jsonl:3
own'

# ---- Bodies that are no UTF-8 ----

printf 'k\366ln und die stra\337e\n' > latin.txt
printf '\377\376b\0a\0d\0' > wide.txt
printf '\0\1\2\377\376' > bytes.bin
"$SHEAF" pack -q -f -o bytes.sheaf latin.txt wide.txt bytes.bin 2> /dev/null
"$SHEAF" extract -q --format jsonl -o - bytes.sheaf > bytes.jsonl
printf '%s\n' '{"id":"bad","body_base64":"not/base64","title":"T"}' >> bytes.jsonl
"$SHEAF" pack -q -f -o again.sheaf bytes.jsonl 2> log
is "base64: what extract writes is read, with its type" \
    "$(for f in latin.txt wide.txt bytes.bin; do
        "$SHEAF" get again.sheaf $f | cmp - $f
        "$SHEAF" get again.sheaf $f --meta |
            grep -o '"type":"[^"]*"\|"ext":{"body_base64' | sort -u
    done; grep -o 'bytes.jsonl:4: no member.*body;' log)" \
    '"type":"text/plain; charset=windows-1252"
"type":"text/plain; charset=utf-16le"
"type":"application/octet-stream"
bytes.jsonl:4: no member is a known body;'
printf '%s\n' '{"id":"c","bodyBase64":"aGVsbG8K","title":"T"}' \
    '{"id":"d","ö":1,"body_base64":"//8=","title":"T"}' > more.jsonl
sed '$d' bytes.jsonl >> more.jsonl
"$SHEAF" pack -q -f -o again.sheaf more.jsonl 2> log
is "base64: what was read so is written so" \
    "$("$SHEAF" extract -q --format jsonl -o - again.sheaf > again.jsonl
    python3 -c 'import json
a, b = ([json.loads(line) for line in open(f)] for f in ("more.jsonl", "again.jsonl"))
print(len(a), a == b)'; "$SHEAF" get again.sheaf c)" '5 True
hello'

# ---- An object beside the text ----

# beside NAME: what is read from such an object
beside()
{
    for name in "$@"; do
        printf '{"id":"a","text":"x","%s":{"title":"T","date":"March 11, 2024","url":"a://b/c","author":"A","language":"en","tags":["k"],"id":"no","text":"no"}}\n' \
            "$name" > beside.jsonl
        see meta beside.jsonl | sed 's/"ext":{.*}},//; s/"file".*//'
    done | sort | uniq -c | tr -s ' '
}
is "beside: metadata as data sets and others have it" \
    "$(beside metadata meta properties frontmatter front_matter structData \
    payload extra_info)" \
' 8 {"byline":"A","headline":"T","id":"a","keywords":["k"],"lang":"en","published":"2024-03-11","source":{'
printf '{"id":"a","page_content":"x","title":"Own","date":"2024","metadata":{"title":"T","date":"2025","name":"n","author":"A"}}' \
    > beside.json
is "beside: what the record says itself comes first, and all stays" \
    "$(see meta beside.json)" \
'{"byline":"A","ext":{"metadata":{"author":"A","date":"2025","name":"n","title":"T"}},"headline":"Own","id":"a","published":"2024","source":{"file":"beside.json","keys":{"date":"published","id":"id","page_content":"body","title":"headline"},"line":1}}'
# When a row was made is no date of an article that has one beside it.
printf '{"id":"%s","text":"x",%s}\n' \
    a '"created_at":"2024-05-10","metadata":{"date":"2001"}' \
    b '"createdAt":"2024-05-10","meta":{"published_at":"2002","created":"2003"}' \
    c '"created":"2024-05-10","meta":{"created":"2003"}' \
    d '"date":"2024-05-10","meta":{"published_at":"2003"}' \
    e '"created":"2024-05-10","meta":{"author":"A"}' > beside.jsonl
days() { see meta "$@" | sed 's/.*"id":"\(.\)".*"published":"\([^"]*\)".*/\1 \2/'; }
is "beside: a date before the day on which the record was made" \
    "$(days beside.jsonl)" \
    "a 2001
b 2002
c 2024-05-10
d 2024-05-10
e 2024-05-10"
# The first day of publication, and not that on which it was published again.
printf '{"id":"%s","body":"x",%s}\n' \
    a '"created_date":"2001","publish_date":"2024","display_date":"2002","first_publish_date":"2002"' \
    b '"published_at":"2024","first_published_at":"2002","created_at":"2001"' \
    c '"_publishedAt":"2024","_firstPublishedAt":"2002","_createdAt":"2001"' \
    d '"publicationDate":"2024","firstPublicationDate":"2002"' \
    e '"publish_date":"2024","display_date":"2002"' \
    f '"created":1710180000,"created_utc":1710151200' > again.jsonl
printf '{"id":"%s","sys":{"createdAt":"2001",%s},"fields":{"body":"x"%s}}\n' \
    g '"firstPublishedAt":"2002","publishedAt":"2024"' '' h '"publishedAt":"2024"' '' \
    i '"firstPublishedAt":"2003","publishedAt":"2024"' ',"date":"2002"' >> again.jsonl
is "records: of several days of publication, the first" "$(days again.jsonl)" "a 2002
b 2002
c 2002
d 2002
e 2002
f 2024-03-11T10:00:00Z
g 2002
h 2024
i 2002"
# Years of other calendars. Without a language, one of 1402 may be Persian or
# Islamic.
printf '{"id":"%s","body":"x",%s}\n' \
    a '"date":"1402/12/21","language":"fa"' b '"language":"fa-IR","date":"1402-12-21"' \
    c '"language":"fa","date":"1402-02-31"' d '"language":"fa","date":"1402-12-21T10:00:00+03:30"' \
    e '"language":"fa","year":1402,"month":12,"day":21' f '"language":"fa","date":[1402,12,21]' \
    g '"language":"fa","date":14021221' h '"language":"fa","date":"2024-03-11"' \
    i '"date":"2567-03-11"' j '"date":"1402/12/21"' k '"date":"1402-12-21"' \
    l '"date":"03/04/2024","language":"de"' > years.jsonl
printf 'lang = sprog\npublished = dag\n' > years.map
printf '{"id":"m","body":"x","dag":"1402/12/21","sprog":"fa"}\n' > mapped.jsonl
is "records: years of other calendars" \
    "$(days years.jsonl | sed 's/"keys":{[^}]*},//'; see W years.jsonl; days --map years.map mapped.jsonl)" \
    "a 2024-03-11
b 2024-03-11
c 2023-05-21
d 2024-03-11T10:00:00+03:30
e 2024-03-11
f 2024-03-11
g 2024-03-11
h 2024-03-11
i 2024-03-11
{\"ext\":{\"date\":\"1402/12/21\"},\"id\":\"j\",\"source\":{\"file\":\"years.jsonl\",\"line\":10}}
k 1402-12-21
{\"ext\":{\"date\":\"03/04/2024\"},\"id\":\"l\",\"lang\":\"de\",\"source\":{\"file\":\"years.jsonl\",\"line\":12}}
years.jsonl:10: '1402/12/21' is not certainly a date; it is kept as text
years.jsonl:12: '03/04/2024' is not certainly a date; it is kept as text
m 2024-03-11"
printf '{"id":"%s","text":"x","authors":%s}\n' \
    a '[{"firstName":"Jane","lastName":"Doe","title":"Reporter"},{"first_name":"Jo","last_name":"Ex"}]' \
    b '{"node":{"name":"Jane","slug":"j"}}' c '{"data":{"id":3,"attributes":{"name":"Jane"}}}' \
    d '{"edges":[{"node":{"name":"Jane"}},{"node":{"name":"Jo"}}]}' e '{"id":4}' \
    f '[{"family":"Doe","given":"Jane"},{"literal":"AP"}]' g '{"displayName":"Jane","slug":"j"}' \
    h '[{"fields":{"name":"Jane"},"sys":{"id":"x"}}]' i '{"name":"","first_name":"Jane","last_name":""}' \
    j '{"data":null}' > authors.jsonl
is "records: authors in pieces, and further in" \
    "$(see meta authors.jsonl | sed 's/.*"byline":\("[^"]*"\).*"id":\("."\).*/\2 \1/; s/.*"id":\("."\).*/\1/')" \
    '"a" "Jane Doe, Jo Ex"
"b" "Jane"
"c" "Jane"
"d" "Jane, Jo"
"e"
"f" "Jane Doe, AP"
"g" "Jane"
"h" "Jane"
"i" "Jane"
"j"'
printf '{"id":"%s","text":"x",%s,"body":"y"}\n' \
    a '"section":{"data":{"attributes":{"name":"News"}}},"tags":{"nodes":[{"name":"p"},{"name":"q"}]}' \
    b '"section":{"nodes":[{"name":"News"},{"name":"Ports"}]}' > nodes.jsonl
is "records: a section and keywords further in" \
    "$(see meta nodes.jsonl | grep -o '"section":"[^"]*"\|"keywords":[^]]*')" \
    '"keywords":["p","q"
"section":"News"'
printf '{"id":"%s","text":"x",%s}\n' \
    a '"info":{"title":"T","date":"2024"},"user":{"name":"U","url":"a://b"}' \
    b '"info":{"title":"T","date":"2024"},"more":{"title":"T","date":"2024"}' \
    c '"parent":{"title":"T","date":"2024","text":"of another"}' \
    d '"title":"Own","info":{"title":"T","date":"2024"}' \
    e '"meta":{"name":"n"}' f '"meta":"T"' g '"meta":[{"title":"T"}]' > beside.jsonl
is "beside: any one with a headline and a date, if the record has none" \
    "$(see meta beside.jsonl | sed 's/"ext":{.*},"h/"h/; s/"ext":.*,"id/"id/; s/"source.*//')" \
'{"headline":"T","id":"a","published":"2024",
{"id":"b",
{"id":"c",
{"headline":"Own","id":"d",
{"id":"e",
{"id":"f",
{"id":"g",'
printf 'id;text;metadata\na;x;"{""title"":""T"",""date"":""2024-03-11""}"\nb;x;{no}\nc;x;{}\n' > beside.csv
is "beside: as JSON in a column of a table" \
    "$(see meta beside.csv | sed 's/"source.*//')" \
'{"ext":{"metadata":"{\"title\":\"T\",\"date\":\"2024-03-11\"}"},"headline":"T","id":"a","published":"2024-03-11",
{"ext":{"metadata":"{no}"},"id":"b",
{"ext":{"metadata":"{}"},"id":"c",'
printf '{"text":"%s","metadata":{"url":"a://b/%s"}}\n' x c y c z c w d > pieces.jsonl
is "beside: pieces of one text" "$(see W pieces.jsonl; see id pieces.jsonl)" \
'pieces.jsonl:2: its URL is that of the record before it, so it has another ID; so may others (--map)
pieces.jsonl: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
a://b/c
pieces.jsonl:2
pieces.jsonl:3
a://b/d'
printf 'published = day\n' > beside.map
is "beside: not in place of what --map names" \
    "$(see meta --map beside.map beside.json | grep -o '"published[^,]*,')" ''

# ---- Dates in pieces ----

printf '{"id":"a","text":"x",%s}\n' '"year":1924,"month":3,"day":"1"' \
    '"year":"1924","month":"March","day":null' '"Year":1924,"Month":"12"' \
    '"pub_year":1924,"pub_month":"Mar","pub_day":31' '"jahr":1924,"monat":"März","tag":2' \
    '"year":1924' '"year":1924,"month":2,"day":30' '"month":3,"day":1' \
    '"year":1924,"month":3,"day":1,"date":"2024"' \
    '"published_parsed":[2024,3,11,10,0,0,0,71,0]' '"date":[2024,3,11]' \
    '"date":[2024,3,11,10,5]' '"date":[2024,3,11,10,5,7,123456789]' \
    '"date":[2024,13,11]' '"date":[1,2,3,4]' '"date":"March 11, 2024, Monday"' \
    '"date":"March 11, 2024, page 3"' > parts.jsonl
is "dates: year, month and day, lists of numbers, a day of the week behind" \
    "$(see meta parts.jsonl | sed 's/.*"published":"\([^"]*\)".*/\1/; t
        s/.*/-/')" \
'1924-03-01
1924-03
1924-12
1924-03-31
1924-03-02
-
-
-
2024
2024-03-11T10:00:00Z
2024-03-11
2024-03-11T10:05:00
2024-03-11T10:05:07
-
-
2024-03-11
-'

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
2024-03-01T00:00:00Z'
for d in '["2024-03-11T10:00:00Z"]' '{"$date":{"$numberLong":"1710151200000"}}' \
    '{"$date":{"$numberLong":"-86400000"}}' '{"$date":"2024-03-11T10:00:00Z"}' -862185600 \
    -862185600500 '"-862185600"' 1710151200000000 1710151200000000000 '"20241231T240000Z"' \
    '"2023-12-31T24:00"' '"/Date(1710151200000+0100)/"' '{"_seconds":1710151200,"_nanoseconds":1}' \
    '{"date":"2024-03-11 10:00:00","timezone_type":3,"timezone":"UTC"}' 1710151200.25 \
    '["2024-03-11","2024-03-12"]' '{"a":1}' 45362 638457408000000000 -1 0 '[]' null; do
    printf '{"id":"%s","text":"x","date":%s}\n' "${i:=0}" "$d"
    i=$((i + 1))
done > objects.jsonl
is "dates: numbers and objects of databases; what is none is a warning" \
    "$(see show objects.jsonl | sed 's/.*"published":"\([^"]*\)".*/\1/; s/^A.*/-/; s/^W.*/W/')" \
'2024-03-11T10:00:00Z
2024-03-11T10:00:00Z
1969-12-31T00:00:00Z
2024-03-11T10:00:00Z
1942-09-06T00:00:00Z
1942-09-05T23:59:59Z
1942-09-06T00:00:00Z
2024-03-11T10:00:00Z
2024-03-11T10:00:00Z
2025-01-01T00:00:00Z
2024-01-01T00:00:00
2024-03-11T10:00:00Z
2024-03-11T10:00:00Z
2024-03-11T10:00:00
2024-03-11T10:00:00Z
-
W
-
W
-
W
-
W
-
W
-
-
-
Z 23'

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
# A volume with a block that goes on in the next one, whose rest has a negative
# size, and an archive with a name that is not UTF-8.
python3 - << 'END'
import binascii


def vint(n):
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + vint(n >> 7)


def header(fields, data=b""):
    b = vint(len(fields)) + fields
    return binascii.crc32(b).to_bytes(4, "little") + b + data


def member(name, size, method, data, flags=2):
    return header(bytes([2, flags]) + vint(len(data)) + b"\0" + vint(size) + vint(0) +
                  vint(method << 7) + b"\1" + vint(len(name)) + name, data)


start = b"Rar!\x1a\7\1\0"
with open("volume.rar", "wb") as f:
    f.write(start + header(b"\1\0\1") + member(b"p.txt", 10, 1, b"@", 0x12) + bytes.fromhex("1e0439f9b281020500"))
with open("whole.rar", "wb") as f:
    f.write(start + header(b"\1\0\0") + member(b"d/a.txt", 6, 0, b"Ferry\n") +
            member(b"caf\xe9.txt", 6, 0, b"Coffee") + header(b"\5\0\0"))
END
is "RAR: stored members" "$(see show whole.rar)" \
'A whole.rar: d/a.txt {"headline":"Ferry","id":"d/a.txt","source":{"file":"whole.rar"}} text/plain; charset=utf-8 6
A whole.rar: caf%E9.txt {"headline":"Coffee","id":"caf%E9.txt","source":{"file":"whole.rar"}} text/plain; charset=utf-8 6
Z 2'
is "RAR: a broken one does no harm to the next" \
    "$(see end volume.rar whole.rar 2>&1 | grep -v AddressSanitizer)" \
"R 1 volume.rar: p.txt: it is shorter than its archive says
R 1 volume.rar: can't be read
Z 2"
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

# ---- XML of other shapes ----

put_xml() {
    printf '<?xml version="1.0"?>%s' "$1" > any.xml
    see show any.xml | grep -v '^Z'
}
is "XML: what is not known has its text, and what its elements are called" \
    "$(put_xml '<r xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Gate</dc:title><dc:creator>R. Example</dc:creator><dc:date>2024-03-11</dc:date><part><title>One</title><p>x</p></part></r>')" \
'W any.xml: XML with the root '"'r'"', which is not known; only its text is read (--map)
A any.xml {"byline":"R. Example","headline":"Gate","id":"any.xml","published":"2024-03-11"} application/xml 200'
is "XML: nothing is taken from rows of a list, or what is no date" \
    "$(put_xml '<list><row><title>A</title><pubDate>2024-03-11</pubDate></row><row><title>B</title><pubDate>2024-03-12</pubDate></row><date>soon</date></list>' | cut -c 1-40)" \
'W any.xml: XML with the root '"'list'"', whi
A any.xml {"id":"any.xml"} application/x'
is "XML: cut off, it is still XML" \
    "$(put_xml '<r><title>A</title><p>x')" \
'W any.xml: XML with the root '"'r'"', which is not known; it is too large or cut off, and not read (--map)
A any.xml {"id":"any.xml"} application/xml 44'
is "XML: a drawing is text" \
    "$(put_xml '<svg><title>A</title></svg>' | sed 's/.*} //')" \
    'text/plain; charset=utf-8 48'
python3 -c 'print("<?xml version=\"1.0\"?><r>" + "<a>x</a>" * 100000 + "<a>x" * 300)' > deep.xml
is "XML: hostile" "$(see show deep.xml | cut -c 1-43)" \
"W deep.xml: XML with the root 'r', which is
A deep.xml {\"id\":\"deep.xml\"} application/xm
Z 1"

# ---- JSON of other shapes ----

cat > array.json << 'END'
[ {"id": 1, "Text": "one", "Date Published": "2024-02-29"},
  {"id": 2, "text": "two", "bad": NaN}, 7,
  {"id": 3, "content": {"rendered": "<p>three</p>"}, "timestamp": 1709175845} ]
END
is "JSON: values of an array, and one that is wrong hides no other" \
    "$(see show array.json)" \
'A array.json:1 {"ext":{"id":1},"id":"1","published":"2024-02-29","source":{"file":"array.json","keys":{"Date Published":"published","Text":"body"},"line":1}} text/plain; charset=utf-8 3
R 1 array.json:2:33: expected a value
R 1 array.json:3:1: expected an object
A array.json:4 {"ext":{"content":{"rendered":"<p>three</p>"},"id":3,"timestamp":1709175845},"id":"3","published":"2024-02-29T03:04:05Z","source":{"file":"array.json","line":4}} text/html 12
Z 2'
cat > wp.json << 'END'
[{"id": 1, "link": "https://vale.example/1", "title": {"rendered": "The B&#252;rg gate &amp; <i>lock</i>"},
  "content": {"rendered": "<p>It&#8217;s open.</p>"}, "excerpt": {"rendered": "<p>Open &hellip;</p>\n"},
  "author": 3, "_embedded": {"author": [{"id": 3, "name": "Rita Example"}]}}]
END
is "JSON: what WordPress renders is HTML" "$(see meta wp.json |
    sed 's/"ext":.*},"headline"/"headline"/')" \
'{"byline":"Rita Example","headline":"The Bürg gate & lock","id":"1","source":{"file":"wp.json","keys":{"link":"url"},"line":1},"summary":"Open …","url":"https://vale.example/1"}'
cat > wp-dates.json << 'END'
[{"id": 1, "date": "2024-03-11T10:00:00", "date_gmt": "2024-03-11T09:00:00", "modified": "2024-03-12T01:00:00",
  "modified_gmt": "2024-03-12T00:00:00", "content": {"rendered": "<p>x</p>"}, "tags": [9],
  "_embedded": {"wp:term": [[{"id": 4, "name": "Local"}], [{"id": 9, "name": "Harbour"}], []]}},
 {"id": 2, "date": "2024-03-11T10:00:00", "date_gmt": "0000-00-00T00:00:00", "content": {"rendered": "<p>y</p>"}}]
END
is "JSON: of WordPress's dates, those in UTC count; terms are keywords" \
    "$(see show wp-dates.json | sed 's/"ext":.*},"id"/"id"/')" \
'A wp-dates.json:1 {"id":"1","keywords":["Local","Harbour"],"published":"2024-03-11T09:00:00Z","source":{"file":"wp-dates.json","line":1},"updated":"2024-03-12T00:00:00Z"} text/html 8
A wp-dates.json:2 {"id":"2","published":"2024-03-11T10:00:00","source":{"file":"wp-dates.json","keys":{"date":"published"},"line":2}} text/html 8
Z 2'
cat > ghost.json << 'END'
{"db": [{"meta": {"version": "5.0"}, "data": {
  "posts": [{"id": "p1", "title": "Gate", "html": "<p>x</p>"}, {"id": "p2", "title": "Lock", "html": "<p>y</p>", "author_id": "a2"},
    {"id": "p3", "title": "Weir", "html": "<p>z</p>", "authors": [{"name": "Ann Test"}]}],
  "posts_authors": [{"post_id": "p1", "author_id": "a2", "sort_order": 1}, {"post_id": "p1", "author_id": "a1", "sort_order": 0},
    {"post_id": "p3", "author_id": "a1"}, {"post_id": "p1", "author_id": "gone"}, 7, {"author_id": "a1"}],
  "users": [{"id": "a1", "name": "Rita Example"}, {"id": "a2", "name": "Jo Sample"}],
  "tags": [{"id": "t1", "name": "Water"}, {"id": "t2", "name": "Locks"}],
  "posts_tags": [{"post_id": "p1", "tag_id": "t2", "sort_order": 1}, {"post_id": "p1", "tag_id": "t1"}]}}]}
END
is "JSON: authors and tags of Ghost are in other tables" \
    "$(see meta ghost.json | sed 's/"ext":.*,"headline"/"headline"/; s/,"source".*//')" \
'{"byline":"Rita Example, Jo Sample","headline":"Gate","id":"p1","keywords":["Water","Locks"]
{"byline":"Jo Sample","headline":"Lock","id":"p2"
{"byline":"Ann Test","headline":"Weir","id":"p3"'
printf '{"id":"a","html":"<meta charset=koi8-r><p>Größe</p>"}\n' > page.jsonl
is "JSON: a page in it is UTF-8, whatever it names" "$(see kinds page.jsonl)" \
    'a text/html; charset=utf-8'
printf '["a",\n[], 2]' > words.json
printf '[[],[{"id":"a","text":"x"}],[{"id":"b","text":"y"}]]' > pages.json
printf '=[{"id":"a","text":"x"}]' > spoilt.json
printf '<!DOCTYPE html><p>Not found</p>' > page.json
: > none.json
is "JSON: what is called so and has no objects is an error" \
    "$(for f in words spoilt none page; do see end $f.json; done
    see id pages.json)" 'R 1 words.json:1:1: expected an object
R 1 words.json:2:1: expected an object
Z 0
R 1 spoilt.json:1: expected a value
Z 0
R 1 none.json: its name says json, but it is empty
Z 0
Z 1
a
b'
printf '[{"id":"a","text":"x"}' > open.json
is "JSON: an array without an end is an error" "$(see end open.json)" \
    'R 1 open.json: the array has no end
Z 1'
# documents CONTENT: the IDs in a file of several documents, and errors.
documents() {
    printf '%b' "$1" > all.json
    see id all.json
    see end all.json | sed '$d'
}
is "JSON: arrays and objects that follow each other are all read" \
    "$(documents '[{"id":"a","text":"x"}]\n[]\n\0357\0273\0277[{"id":"b","text":"x"},\n{"id":"c","text":"x"}]
{"id":"d","text":"x"}{"items":[{"text":"x"},{"text":"x"}]} {"items":[{"text":"x"}]}\036[{"text":"x"}]\n')" 'a
b
c
d
all.json:5
all.json:6
all.json:7
all.json:8'
is "JSON: an empty array before others, and pages in an array" \
    "$(documents '[]\n[{"id":"a","text":"x"}]'
       documents '[[{"id":"b","text":"x"}],\n[],[{"id":"c","text":"x"}]]')" 'a
b
c'
is "JSONL: a line that is an array" \
    "$(documents '{"id":"a","text":"x"}\n[{"text":"x"},\n{"text":"x"}]\n{"text":"x"}\n')" 'a
all.json:2
all.json:3
all.json:4'
is "JSON: what is no value between documents is named once, and hides none" \
    "$(documents '[{"id":"a","text":"x"}]and so on\n[{"id":"b","text":"x"}]]]}{"id":"c","text":"x"}')" 'a
b
c
R 1 all.json:2:1: expected a value
R 1 all.json: '"']'"' after record 3'
is "JSON: a second array that is cut off" \
    "$(documents '[{"id":"a","text":"x"}]\n[{"id":"b","te')" 'a
R 1 all.json:2:14: string does not end
R 1 all.json: the array has no end'
printf 'window.YTD.tweets.part0 = [{"id":"a","text":"x"}];\n' > statement.js
is "JSON: a script ends with a semicolon" "$(see end statement.js)" 'Z 1'
printf '{\n "title": "T",\n "maintext": "b",\n "authors": ["A", {"name": "B"}]\n}\n' \
    > one.json
is "JSON: a file of one object has the file's name" "$(see meta one.json)" \
    '{"byline":"A, B","ext":{"authors":["A",{"name":"B"}]},"headline":"T","id":"one.json","source":{"file":"one.json","keys":{"maintext":"body","title":"headline"},"line":1}}'
printf '{"status":"ok","articles":[{"url":"http://x.example/1","content":"c"},{"url":"u"}]}' \
    > list.json
is "JSON: a list of records within an object" "$(see end list.json)" \
    'R 1 list.json: record 2: no member is a known body; there is: url (--map)
Z 1'
printf '{"posts":[{"id":"a","text":"x"},{"text":"x"}],"pages":[{"id":"b"},{"text":"x"}],"data":[{"n":1}]}' \
    > lists.json
is "JSON: several lists of records, and one of other things" \
    "$(see id lists.json; see end lists.json)" 'a
lists.json:2
lists.json:4
R 1 lists.json: record 3: no member is a known body; there is: id (--map)
Z 3'
printf '{"comments":[{"text":"x"},{}],"tags":[{"name":"x"}],"posts":[{"id":"a","text":"x"}]}' \
    > lists.json
is "JSON: a list of texts that may be no articles" \
    "$(see W lists.json; see id lists.json)" \
    'lists.json: a list of 2 texts is left out: /comments
a'
# Under the names of a body: pages of services, and what only looks like one.
python3 - << 'END'
import json
def put(name, value):
    json.dump(value, open(name + ".json", "w"))
def articles(*names):
    values = dict(id="a%d", title="T%d", url="https://x.example/%d", date="2024-03-1%d",
                  text="Body %d.", type="post")
    return [{n: values[n] % i if "%" in values[n] else values[n] for n in names}
            for i in range(2)]
some = "id", "title", "text"
many = "id", "title", "url", "date", "text"
put("spring", {"content": articles(*some), "pageable": {"offset": 0}, "totalElements": 12})
put("ttrss", {"seq": 0, "status": 0, "content": articles("id", "url", "text", "type")})
put("envelope", {"timestamp": 1710151200, "status": 200, "body": articles(*some)})
put("gateway", {"statusCode": 200, "body": {"content": articles(*many), "size": 2}})
put("titled", {"title": "News", "text": articles(*many)})
put("beside", {"content": [{"text": "x", "metadata": a} for a in articles("title", "url")]})
put("teasers", {"content": [dict(a, summary="S") for a in articles("title", "url")]})
put("live", {"title": "L", "date": "2024-03-11", "body": articles("title", "date", "text")})
put("listed", {"articles": [{"title": "S", "content": articles("url", "date", "text")}]})
put("sections", {"title": "T", "body": articles(*some)})
put("crawled", {"url": "https://x.example/", "body": articles(*some)})
put("untitled", {"id": "u", "body": articles("title", "text")})
put("strapi", {"id": 1, "body": [dict(a, __component="x") for a in articles(*some)]})
put("ans", {"content_elements": [{"_id": "i", "type": "text", "content": "P"}] * 2})
put("editor", {"type": "doc", "content": [{"type": "paragraph", "attrs": {"id": "1"},
               "content": [{"type": "text", "text": "P"}]}] * 2})
END
is "JSON: a list of articles under the name of a body" \
    "$(for f in spring ttrss envelope gateway titled beside; do
        see id $f.json | tr '\n' ' '; see W $f.json; done; see end teasers.json)" \
    'a0 a1 a0 a1 a0 a1 a0 a1 a0 a1 https://x.example/0 https://x.example/1 R 1 teasers.json: record 1: no member is a known body; there are: summary, title, url (--map)
R 1 teasers.json: record 2: no member is a known body; there are: summary, title, url (--map)
Z 0'
is "JSON: a body of sections and blocks" \
    "$(for f in sections crawled untitled strapi ans editor; do
        see bodies $f.json; see W $f.json; done)" \
    '"Body 0.\n\nBody 1."
"Body 0.\n\nBody 1."
"Body 0.\n\nBody 1."
"Body 0.\n\nBody 1."
"<p>P</p>\n<p>P</p>\n"
"P\n\nP"'
is "JSON: a body of what may be articles" \
    "$(for f in live listed; do see id $f.json; see W $f.json; done)" \
    'live.json
live.json: its body is a list of 2 objects that look like articles
listed.json:1
listed.json: record 1: its body is a list of 2 objects that look like articles'
printf '{"title":["A","B","C"],"text":["x","y",null],"n":[1,{},"z"]}' > columns.json
printf '{"text":["x","y"],"tags":["a","b"]}\n{"title":["A"],"text":["x"]}\n%s' \
    '{"text":["x","y"],"title":"A","date":["2024","2025"]}' > paragraphs.jsonl
is "JSON: a table as an object of columns" \
    "$(see meta --no-lines columns.json; see end columns.json)" \
'{"ext":{"n":1},"headline":"A","id":"columns.json:1","source":{"keys":{"text":"body","title":"headline"}}}
{"ext":{"n":{}},"headline":"B","id":"columns.json:2","source":{"keys":{"text":"body","title":"headline"}}}
R 1 columns.json: row 3: no member is a known body; there are: n, text, title (--map)
Z 2'
is "JSON: a body of paragraphs" "$(see bodies paragraphs.jsonl)" '"x\n\ny"
"x"
"x\n\ny"'
# large.py WHAT: a document of 70 MiB with a list of 35 records in it.
cat > large.py << 'END'
import json
import sys

what = sys.argv[1]
start = '{"a":[1,{"items":[{"text":"q"}]}],"response":{"docs":[7],"q":{}},"version":' \
    '"https://jsonfeed.org/version/1.1","language":"de",\n "data":null, '
end = ', "next": "]}", "x/y~\\u0041": [[],{"\\"":[]}] }\n'
name, opening, closing = {
    "map": ("o~p", '[3,{"l/m":[', ']}]'),
    "deep": ("data", '{"x":[],"items":[1],"items":[', ']}'),
    "hits": ("hits", '{"total":{},"hits":[', ']}'),
    "other": ("other", "[", "]"),
}.get(what, ("articles", " [\n", "]"))
w = sys.stdout.write
w(start if what != "body" else start.replace("{", '{"text":"t",', 1))
w('"%s" : %s' % (name, opening))
for i in range(35):
    record = json.dumps({"id": "r%d" % i, "text": '}]\\",{[é' * 130000 + str(i)})
    w("%s%s" % (",\n" if i > 0 else "", record if what != "hits" else
                '{"_id":"h%d","_source":%s}' % (i, record.replace('"id"', '"x"'))))
w(closing * (what != "cut") + ',"docs":[{"id":"other","text":"x"},{"text":"x"}],'
  '"data":[{"n":"]"},{}],"comments":[{"text":"x"}]' * (what == "two"))
w(end if what[:3] != "cut" else "")
END
large() {
    python3 large.py "$1" > large.json
    shift
    see "$@" large.json
}
is "JSON: a list in a document that does not fit in memory" \
    "$(large plain id | sed -n '1p;$p;$='; see meta large.json | sed -n 2p)" 'r0
r34
35
{"id":"r1","lang":"de","source":{"file":"large.json","keys":{"id":"id","text":"body"},"line":2}}'
case ${FLAVOUR:-} in
asan | tsan | fuzz) ;;
*)
    # shellcheck disable=SC3045 # dash and bash have it
    is "JSON: in 250 MB of memory" "$(ulimit -v 250000; see end large.json)" 'Z 35'
    ;;
esac
is "JSON: on standard input" "$("$SHEAF_IMPORT" - < large.json | python3 decode.py end)" \
    'Z 35'
is "JSON: deep inside" "$(large deep id | sed -n '1p;$=')" 'r0
35'
is "JSON: of hits" "$(large hits id | sed -n '1p;$=')" 'h0
35'
echo 'record = /o~0p/1/l~1m' > large.map
is "JSON: where --map says" "$(large map id --map large.map | sed -n '1p;$=')" 'r0
35'
is "JSON: not where it does not say" "$(large plain end --map large.map)" \
    'R 7 large.json:1: a record of more than 64 MiB
Z 0'
is "JSON: in no list that is known" "$(large other end)" \
    'R 7 large.json:1: a record of more than 64 MiB
Z 0'
is "JSON: in an article" "$(large body end)" \
    'R 7 large.json:1: a record of more than 64 MiB
Z 0'
is "JSON: beside other lists" "$(large two W; see id large.json | tail -n 3)" \
    'large.json: another list is left out, whose first record has no known body: /data
large.json: a list of texts is left out: /comments
r34
other
large.json:37'
is "JSON: cut off in the list" "$(large cut end | sed 's/byte .*/byte N/')" \
    'R 1 large.json: the list has no end, at byte N
Z 35'
is "JSON: cut off behind it" "$(large cut2 end | sed 's/byte .*/byte N/')" \
    'R 1 large.json: the document has no end, at byte N
Z 35'
is "JSON: with what is no record in it" "$(python3 large.py plain |
    sed 's/^{"id": "r1",/{"id": ,/; s/^{"id": "r2", "text": /7,[{}],{"y":/' > large.json
    see end large.json)" \
    'R 1 large.json: record 2:8: expected a value
R 1 large.json: record 3:1: expected an object
R 1 large.json: record 4:1: expected an object
R 1 large.json: record 5: no member is a known body; there is: y (--map)
Z 33'
rm large.json
python3 -c 'print("\ufeff{\"id\":\"a\",\"text\":\"x\"}\n\ufeff{\"id\":\"b\",\"text\":\"\",\"content\":\"y\"}\n\x1a", end="")' \
    > marks.jsonl
is "JSONL: byte order marks within, Ctrl-Z at the end, an empty body" \
    "$(see id marks.jsonl; see end marks.jsonl)" 'a
b
Z 2'
printf '{"id":12,"text":"a"}\n{"id":"12","text":"b"}\n{"id":12,"text":"c"}\n' \
    > ids.jsonl
is "JSONL: a number and a string are two IDs" "$(see id ids.jsonl
    see W ids.jsonl)" '12
"12"
12
ids.jsonl:2: IDs are numbers and strings in this input; this one is "12"'
printf '{"id":"a","text":"x","date":"02/03/2024"}\n' > unsure.jsonl
is "JSONL: a date that may be two days stays text, with a warning" \
    "$(see meta unsure.jsonl; see W unsure.jsonl)" \
'{"ext":{"date":"02/03/2024"},"id":"a","source":{"file":"unsure.jsonl","keys":{"id":"id","text":"body"},"line":1}}
unsure.jsonl:1: '"'02/03/2024'"' is not certainly a date; it is kept as text'

python3 - << 'END'
record = '{"id":"a","text":"\u00fc"}\n'
open("u16.jsonl", "wb").write(record.encode("utf-16"))
open("latin1.jsonl", "wb").write(record.encode("latin-1"))
open("seq", "w").write("\x1e" + record + "\x1e" + record)
open("array.jsonl", "w").write("[\n" + record.strip() + ",\n" + record + "]\n")
END
is "JSON: UTF-16, --charset, RFC 7464, an array that is called JSONL" \
    "$(see id u16.jsonl; see id --charset latin1 latin1.jsonl; see end seq
    see end array.jsonl)" 'a
a
Z 2
Z 2'

cat > stamps.jsonl << 'END'
{"id":"a","text":"x","date":20240311100000}
{"id":"b","text":"x","date":"202403111015"}
{"id":"c","text":"x","date":978307200000}
{"id":"d","text":"x","date":"24-03-11"}
{"id":"e","text":"x","date":"24.03.11"}
{"id":"f","text":"x","date":"20241311100000"}
END
is "JSONL: dates in one number, and years of two figures" \
    "$(see meta stamps.jsonl | sed 's/.*"\(published\|date\)":\("[^"]*"\).*/\1 \2/'
       see W stamps.jsonl | sed 's/:.*//; s/^/warning: /')" \
'published "2024-03-11T10:00:00"
published "2024-03-11T10:15:00"
published "2001-01-01T00:00:00Z"
date "24-03-11"
published "2011-03-24"
date "20241311100000"
warning: stamps.jsonl
warning: stamps.jsonl'

printf 'id,text\nban,Xin ch\340o ban\n' > viet.csv
is "CSV: windows-1258, where iconv keeps a last letter back" \
    "$(see id --charset windows-1258 viet.csv
       see body --charset windows-1258 viet.csv)" 'ban
Xin chào ban'

# A buffer can end within a character.
python3 - << 'END'
for n in 0, 1, 2:
    record = '{"id":"%d","text":"%s"}\n' % (n, "x" * n + "\u6c49" * 90000)
    good = record.encode("utf-16-le")
    open("wide%d.jsonl" % n, "wb").write(b"\xff\xfe" + good)
    bad = good.replace(b"\x49\x6c", b"\x00\xdc", 80000)
    open("bad%d.jsonl" % n, "wb").write(b"\xff\xfe" + bad)
END
is "JSON: UTF-16 of more than a buffer, and with what is none" \
    "$(for n in 0 1 2; do
        see show wide$n.jsonl | sed -n 's/^A.* //p'
        see show bad$n.jsonl | sed -n 's/^A.* //p'
    done)" '270000
270000
270001
270001
270002
270002'

# ---- Records in files that are named as texts ----

python3 - << 'END'
import csv
import io
import json
records = [dict(id="n%d" % i, title='Bridge "%d"' % i, date="2024-03-1%d" % i,
                text="One,\ttwo.\nThree {[%d." % i) for i in range(3)]
def put(name, text, coding="utf-8"):
    open(name, "wb").write(text.encode(coding))
def lines(values):
    return "".join(json.dumps(v) + "\n" for v in values)
def table(separator, values, newline="\r\n"):
    out = io.StringIO()
    rows = csv.DictWriter(out, records[0], delimiter=separator, lineterminator=newline)
    rows.writeheader()
    rows.writerows(values)
    return out.getvalue()
put("lines.txt", lines(records))
put("lines.md", "\ufeff" + lines(records))
put("array.txt", json.dumps(records))
put("array.html", json.dumps(records, indent=1))
put("pages.txt", json.dumps([records[:1], records[1:]]))
put("answer.txt", json.dumps({"status": "ok", "articles": records}, indent=1))
put("paged.txt", lines([{"content": records[:2]}, {"content": records[2:]}]))
put("columns.txt", json.dumps({k: [r[k] for r in records] for k in records[0]}))
put("hits.txt", lines({"_id": r["id"], "_source": r} for r in records))
put("excel.txt", table("\t", records), "utf-16")
put("tabs.txt", table("\t", records, "\n") + "\n")
put("commas.txt", "\ufeff" + table(",", records)[:-2])
long = [dict(r, text=r["text"] * 3000) for r in records]
put("long.txt", lines(long))
put("longs.txt", lines(dict(r, text=[r["text"] * 300] * 30, url=None) for r in records))
put("longarray.txt", json.dumps(long * 1))
put("longanswer.txt", json.dumps({"total": 3, "news": long[::-1]}))
put("longtable.txt", table("\t", records[:1] + long[1:]))
END
is "text: nothing but records is records" \
    "$(for f in lines.txt lines.md array.txt array.html pages.txt answer.txt paged.txt \
        columns.txt hits.txt excel.txt tabs.txt commas.txt long.txt longs.txt longarray.txt \
        longanswer.txt longtable.txt; do
        see meta $f | grep -c '"n[0-2]".*"published":"2024-03-1[0-2]"'
        see W $f; done | sort | uniq -c | sed 's/^ *//')" '17 3'
python3 - << 'END'
import json
def put(name, text):
    open(name + ".txt", "w").write(text)
good = json.dumps({"id": "a", "title": "T", "text": "x"})
put("begins", good + "\nso it says.\n")
put("ends", good + "\n" + good + "\n\nThe end\n")
put("listing", '{\n    int text = f("id");\n}\n')
put("settings", '{"name": "x", "content": "src", "time": 1}\n')
put("other", '{"id": "x", "title": "y"}\n')
put("nobody", "[]\n")
put("list", '[{"id": 1}, {"id": 2, "title": "T"}]\n')
put("mixed", good + "\n" + '{"a": 1}\n')
put("first", "id,title,text\na,b,c\nd,e,f\n\nThis is, an article.\n")
put("spoken", "time\ttext\n00:01\tHello\n00:02\tYou\n")
put("poem", "Text, title and story,\nall in one, a line,\nthree of them\n")
put("header", "id,title,text\n")
put("prose", "Title, text and date, he said,\nare three, of, many, things.\n" * 3)
put("deep", "[" * 70 + json.dumps({"id": 1, "text": "x"}) + "]" * 69)
put("cut", '{"id": "a", "title": "T", "tex')
END
is "text: what only begins as records do is a text" \
    "$(for f in begins ends listing settings other nobody list mixed first spoken poem header \
        prose deep cut; do
        see kinds $f.txt | sed 's/; charset=utf-8//'; see W $f.txt; done)" \
'begins.txt text/plain
begins.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
ends.txt text/plain
ends.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
listing.txt text/plain
settings.txt text/plain
settings.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
other.txt text/plain
nobody.txt text/plain
list.txt text/plain
mixed.txt text/plain
mixed.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
first.txt text/plain
first.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
spoken.txt text/plain
spoken.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
poem.txt text/plain
header.txt text/plain
prose.txt text/plain
deep.txt text/plain
deep.txt: it begins as records do, and becomes one article (--from jsonl, json, csv)
cut.txt text/plain'
is "text: with --from, it stays what it is" \
    "$(see kinds --from text excel.txt lines.txt; see W --from text lines.txt
    see id --from csv excel.txt | tail -1)" 'excel.txt text/plain; charset=utf-16le
lines.txt text/plain; charset=utf-8
n2'

# ---- Maps ----

cat > map << 'END'
# all kinds of selectors
body = /a/b/1
headline = x y
published = /when
lang = "de"
keywords = "k"
type = text/markdown
END
printf '{"a":{"b":["x","# y"]},"when":"2024-01-02","x y":"T","text":"no"}\n' > m.jsonl
is "map: pointers, members, constants" "$(see show --map map m.jsonl)" \
'A m.jsonl:1 {"ext":{"a":{"b":["x","# y"]},"text":"no"},"headline":"T","id":"m.jsonl:1","keywords":["k"],"lang":"de","published":"2024-01-02","source":{"file":"m.jsonl","keys":{"when":"published","x y":"headline"},"line":1}} text/markdown 3
Z 1'
cat > records.xml << 'END'
<?xml version="1.0" encoding="ISO-8859-1"?>
<L xmlns="u"><R id="g1"><T>Z&#252;rich</T><A>One</A><A>Two</A><P>a</P><P>b</P></R>
<R id="g2"><T>x</T></R></L>
END
cat > xmlmap << 'END'
record = //x:R
id = @id
headline = x:T
byline = x:A
body = x:P
END
is "map: XPath, and the record beside the body" \
    "$("$SHEAF_IMPORT" --map xmlmap records.xml | python3 decode.py parts)" \
'{"byline":"One, Two","headline":"Zürich","id":"g1","source":{"file":"records.xml","keys":{"body":"body","byline":"byline","headline":"headline","id":"id"},"line":1}}
2 text/plain; charset=utf-8 4
4 application/xml 75
R records.xml: record 2: no member is a known body; there are: headline, id (--map)'
printf 'record = //R\n' > m2
printf '<!DOCTYPE L [<!ENTITY a "x">]><L><R>&a;</R></L>' > entity.xml
is "map: entities are not expanded" "$(see end --map m2 entity.xml)" \
    'R 1 entity.xml: it declares entities, which are not expanded
Z 0'
printf '{"hits":{"hits":[{"_id":"h1","_source":{"full":"x","text":"no"}}]}}' > hits.json
printf 'record = /hits/hits\nbody = /_source/full\n' > hits.map
is "map: records of a document; and how it is read without a map" \
    "$(see meta --map hits.map hits.json; see meta hits.json)" \
'{"ext":{"_source":{"full":"x","text":"no"}},"id":"h1","source":{"file":"hits.json","keys":{"_id":"id"},"line":1}}
{"ext":{"full":"x"},"id":"h1","source":{"file":"hits.json","keys":{"_id":"id","text":"body"},"line":1}}'
printf 'boddy = x\n' > bad.map
is "map: a field that there is not" "$(see end --map bad.map m.jsonl)" \
    "F 2 bad.map:1: unknown field 'boddy'"

# ---- Tables ----

python3 - << 'END'
open("t.csv", "wb").write(
    b'\xef\xbb\xbfid;Title;Text;Published At\r\n1;"A; b";"x ""q""\r\ny";2024-01-02\r\n'
    b'2;B;gr\xfc\xdfe;;extra\r\n\r\n3;C\r\n')
open("t.tsv", "wb").write("Title\tBody\nÄ\tb c \n".encode("utf-16"))
open("quote.csv", "wb").write(b'id,text\na,x\nb,"open\nc,y\n')
END
is "CSV: separator, quotes, other charset, too much and too little" \
    "$(see show t.csv)" \
'A t.csv: row 1 {"headline":"A; b","id":"1","published":"2024-01-02","source":{"file":"t.csv","keys":{"Published At":"published","Text":"body","Title":"headline","id":"id"},"line":1}} text/plain; charset=utf-8 8
W t.csv: it is not UTF-8, and is read as WINDOWS-1252 (--charset)
W t.csv: row 2: it has 5 columns, and the header 4: perhaps a separator in a text without quotes
A t.csv: row 2 {"ext":{"Published At":"","column 5":"extra"},"headline":"B","id":"2","source":{"file":"t.csv","keys":{"Text":"body","Title":"headline","id":"id"},"line":2}} text/plain; charset=utf-8 7
R 1 t.csv: row 3: no member is a known body; there are: Title, id (--map)
Z 2'
is "TSV in UTF-16" "$(see show t.tsv)" \
'A t.tsv: row 1 {"headline":"Ä","id":"t.tsv:1","source":{"file":"t.tsv","keys":{"Body":"body","Title":"headline"},"line":1}} text/plain; charset=utf-8 4
Z 1'
is "CSV: a quote that is not closed" "$(see bodies quote.csv; see W quote.csv)" \
'"x"
"\"open"
"y"
quote.csv: row 2: a quote is not closed, and is read as a character'
printf 'id,text,note\na,x,,,\nb,one, two,y,\nc,z,\n' > over.csv
is "a row with more than the header has" "$(see W over.csv)" \
    'over.csv: row 2: it has 5 columns, and the header 3: perhaps a separator in a text without quotes'
python3 - << 'END'
def put(name, data):
    open(name, "wb").write(data)
put("stray.tsv", b'id\ttext\na\t"Open \nb\tfine \nc\t"ok" he \nd\t"in ""q""\ttabs "\ne\t5" \nf\t"')
put("stray.csv", b'id,text\na,"Open \nb,fine \nc,"ok" he \nd,"in ""q"", \n"\ne,5" \n'
    b'f,"a "b" c, d "\ng,"" \nh,""\n')
put("marked.csv", b'\xef\xbb\xbf"id","text"\n"a","x"\n')
put("none.csv", b'1,A headline,A text that is long\n')
put("names.csv", b'id,headline,text\n')
put("hole.csv", b'id,text\na,x\x81y\x8d\n')
put("russian.csv", "id,text\na,Шлюз открыт и вода поднялась\n".encode("cp1251"))
END
is "CSV: quotes that are characters hide no row" \
    "$(for f in tsv csv; do see bodies stray.$f; see W stray.$f; done)" \
'"\"Open "
"fine "
"\"ok\" he "
"in \"q\"\ttabs "
"5\" "
"\""
stray.tsv: row 1: a quote is not closed, and is read as a character
stray.tsv: row 3: a quote is not closed, and is read as a character
stray.tsv: row 6: a quote is not closed, and is read as a character
"\"Open "
"fine "
"\"ok\" he "
"in \"q\", \n"
"5\" "
"a \"b\" c, d "
"\"\" "
""
stray.csv: row 1: a quote is not closed, and is read as a character
stray.csv: row 3: a quote is not closed, and is read as a character
stray.csv: row 7: a quote is not closed, and is read as a character
stray.csv: row 8: the body is empty'
is "CSV: a byte order mark before names in quotes" "$(see id marked.csv)" a
is "CSV: one row that may be a header" "$(see end none.csv; see end names.csv)" \
'R 1 none.csv: its only row has no known name of a column (--map, --from)
Z 0
Z 0'
printf 'id,url,text\n1,http://a.example/1,x\n2,http://a.example/2,x\n' > one.csv
printf 'id,url,text\n1,http://b.example/1,x\n2,http://b.example/2,x\n' > two.csv
sed 's/x$/y/' one.csv > newer.csv
printf 'id,title,text\n7,A,x\n' > three.csv
printf '{"id":7,"title":"A","text":"y"}\n{"id":8,"title":"C","text":"x"}\n' > four.jsonl
printf '{"id":8,"title":"D","text":"x"}\n{"id":8,"title":"E","text":"x"}\n' > five.jsonl
is "IDs that are numbers of rows in several tables" \
    "$(see W one.csv newer.csv two.csv three.csv four.jsonl five.jsonl |
       grep -v 'numbers of its rows')" \
'two.csv: row 1: its ID 1 is that of another article in one.csv, and it becomes a revision of that; so may others (--id-prefix, --map)
five.jsonl:1: its ID 8 is that of another article in four.jsonl, and it becomes a revision of that; so may others (--id-prefix, --map)'
for site in a b; do
    printf '<rss version="2.0"><channel><item><title>%s</title><guid isPermaLink="false">1</guid><description>x</description></item></channel></rss>' $site > $site.rss
    printf '<DOC><DOCNO>1</DOCNO><HL>%s of LA</HL><TEXT>x</TEXT></DOC>' $site > $site.sgml
done
cat > cells.csv << 'END'
id;text;authors;keywords
a;x;"[""Jane Doe"", ""Jo \u0045x""]";"[""ferry"", ""port, city""]"
b;x;"['Jane Doe', ""O'Neill""]";"['a\xe9', 'it\'s ""so""']"
c;x;"{""Jane Doe"",Jo}";"{politics,""foreign, affairs""}"
d;x;"[{""name"": ""Jane""}]";[]
e;x;[sic;"{a: b}, c"
f;x;"['Jane', None]";"[a, b]"
g;x;";Jane Doe;Jo";#port #foreign affairs
h;x;";Jane Doe;Jo";#port #ferry
END
is "lists in cells: of JSON, Python, PostgreSQL" "$(see meta cells.csv |
    grep -o '"id":"."\|"byline":"[^}]*"ext\|"keywords":\[.*\]\|"byline":"[^"]*"')" \
'"byline":"Jane Doe, Jo Ex","ext
"id":"a"
"keywords":["ferry","port, city"]
"byline":"Jane Doe, O'"'"'Neill","ext
"id":"b"
"keywords":["aé","it'"'"'s \"so\""]
"byline":"Jane Doe, Jo","ext
"id":"c"
"keywords":["politics","foreign, affairs"]
"byline":"Jane","ext
"id":"d"
"byline":"[sic","ext
"id":"e"
"keywords":["{a: b}","c"]
"byline":"['"'"'Jane'"'"', None]","ext
"id":"f"
"keywords":["[a","b]"]
"byline":"Jane Doe, Jo","ext
"id":"g"
"keywords":["#port #foreign affairs"]
"byline":"Jane Doe, Jo","ext
"id":"h"
"keywords":["port","ferry"]'
is "IDs that are numbers, in several feeds or collections" \
    "$(see W a.rss b.rss; see W a.sgml b.sgml; see W a.rss a.rss)" \
'b.rss: item 1: its ID 1 is that of another article in a.rss, and it becomes a revision of that; so may others (--id-prefix, --map)
b.sgml: document 1: its ID 1 is that of another article in a.sgml, and it becomes a revision of that; so may others (--id-prefix, --map)'
python3 - << 'END'
import sqlite3
c = sqlite3.connect("cms.db")
c.execute("create table articles(id integer primary key, title, body, url)")
c.execute("create table comments(id integer primary key, body)")
c.execute("insert into articles values(1, 'A', 'x', 'https://a.example/1')")
c.execute("insert into comments values(1, 'y'), (2, 'y')")
c.execute("create view latest as select * from articles")
c.commit()
END
printf '{"id":1,"title":"A","body":"x"}\n' > posts.jsonl
printf '{"id":1,"body":"y"}\n{"id":2,"body":"y"}\n' > comments.jsonl
printf '{"posts":[{"id":1,"title":"A","body":"x"},{"id":2,"title":"B","body":"x"}],"pages":[{"id":1,"title":"C","body":"y"}]}' > lists.json
cat > drupal.jsonl << 'END'
{"id":"api","title":"T","body":{"value":"<p>Raw.</p>","format":"html","processed":"<p>Text.</p>","summary":"Short."}}
{"id":"rest","title":"T","body":[{"value":"Text.","format":"plain","summary":"Short."}]}
END
is "Drupal: a summary beside a text" \
    "$(while read -r line; do
        echo "$line" > line.jsonl
        see body line.jsonl
        see meta line.jsonl | grep -o '"summary":"[^"]*"}$'
    done < drupal.jsonl)" \
'<p>Text.</p>"summary":"Short."}
Text."summary":"Short."}'
is "IDs of other articles: tables, comments, lists" \
    "$(for f in cms.db 'posts.jsonl comments.jsonl' lists.json; do see W $f; done |
        sed 's/, and it becomes a revision of that; so may others.*//' |
        grep -v 'numbers of its rows')" \
'cms.db: comments: row 1: its ID 1 is that of another article in cms.db
comments.jsonl:1: its ID 1 is that of another article in posts.jsonl
lists.json: record 3: its ID 1 is that of another article in lists.json'
i=0
while [ $i -lt 1100 ]; do
    printf '{"id":"%s","body":"x"}\n' $i > many$i.jsonl
    i=$((i + 1))
done
printf '{"id":7,"title":"A","body":"x"}\n{"id":9,"body":"x"}\n' > many.jsonl
printf '{"id":7,"title":"B","body":"y"}\n{"id":9,"body":"x"}\n' > more.jsonl
is "IDs of other articles: in many files" "$(see W many[0-9]*.jsonl many.jsonl more.jsonl | grep '^more')" \
'more.jsonl:1: its ID 7 is that of another article in many7.jsonl, and it becomes a revision of that; so may others (--id-prefix, --map)'
rm many*.jsonl

# ---- The order of versions ----

# versions FIELD VALUE...: one article, with each of these in turn.
versions() {
    field=$1
    shift
    for value; do
        printf '{"id":"a","text":"x","%s":"%s"}\n' "$field" "$value"
    done > versions.jsonl
    see W versions.jsonl
}
is "versions: the newest one first" \
    "$(versions updated 2024-03-12T10:00:00Z 2024-03-11T10:00:00+01:00)" \
"versions.jsonl:2: it is older than the version of a before it ('updated' 2024-03-11T09:00:00Z, not 2024-03-12T10:00:00Z), but becomes the newer revision: give versions from the oldest to the newest"
is "versions: each that is older than the latest counts" \
    "$(versions updated 2024-01 2024-10 2024-02 2024-03 2024-11 | sed 's/ before it.*not/: not/; s/, but.*newest$//')" \
'versions.jsonl:3: it is older than the version of a: not 2024-10)
2 articles in all are older than the version before them, but become newer revisions'
is "versions: by the day of publication, and by the year" \
    "$(for f in '2024-03-12 2024-03-11' '2024 2023' '2024-03-11T10:00:01 2024-03-11T10:00:00'; do
        versions published $f | grep -o '(.*)'
    done)" \
"('published' 2024-03-11, not 2024-03-12)
('published' 2023, not 2024)
('published' 2024-03-11T10:00:00, not 2024-03-11T10:00:01)"
is "versions: in order, of one time, on one day" \
    "$(versions updated 2024-03-11 2024-03-11 2024-03-12
       versions updated 2024-03-11T10:00:00Z 2024-03-11T11:00:00+01:00
       versions updated 2024-03-11T10:00:00Z 2024-03-11 2024-03 2024)" ''
cat > versions.jsonl << 'END'
{"id":"a","text":"x","published":"2024-03-12","updated":"2024-03-12"}
{"id":"a","text":"y"}
{"id":"a","text":"z","published":"2024-03-11","updated":"2024-03-13"}
{"id":"b","text":"x","published":"2024-03-10","updated":"2024-03-10"}
{"id":"a","text":"x","published":"2024-03-12"}
END
is "versions: no date, other IDs, a day of publication that was corrected" \
    "$(see W versions.jsonl)" ''
printf '{"id":"a","text":"x","published":"2024-03-11"}\n' > older.jsonl
is "versions: in several files; IDs with a prefix" \
    "$(see W --id-prefix p/ versions.jsonl older.jsonl | cut -d '(' -f 1)" \
'older.jsonl:1: it is older than the version of p/a before it '
printf '%s\n' 'id,url,date,text' '1,http://a.example/1,2024-03-12,x' > vale.csv
printf '%s\n' 'id,url,date,text' '1,http://b.example/1,2024-03-11,x' > ford.csv
is "versions: another article is none" \
    "$(see W vale.csv ford.csv | grep -c 'is older')" 0
i=0
while [ $i -lt 3000 ]; do
    printf '{"id":"i%s","text":"x","date":"2024-03-12"}\n' $i
    i=$((i + 1))
done > many.jsonl
sed 's/-12/-11/' many.jsonl > older.jsonl
is "versions: of many articles" "$(see W many.jsonl older.jsonl | tail -n 1)" \
'3000 articles in all are older than the version before them, but become newer revisions'
rm many.jsonl versions.jsonl older.jsonl
printf '{"title":"A","text":"x"}\n{"title":"B","text":"y"}\n{"title":"C","text":"z"}\n' > placed.jsonl
head -n 1 placed.jsonl > alone.jsonl
printf 'From a@b Mon Mar 11 10:00:00 2024\nSubject: A\n\nx\n\nFrom a@b Mon Mar 11 10:00:00 2024\nSubject: B\n\nx\n' > placed.mbox
is "IDs that are places" \
    "$(see W placed.jsonl; see W alone.jsonl; see W placed.mbox; see W --id-prefix a/ placed.jsonl)" \
'placed.jsonl: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
placed.mbox: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)'
is "IDs that are numbers of all rows of one table" \
    "$(see W two.csv; see W three.csv; see W --id-prefix b/ two.csv
       sed 's/^2/3/' two.csv > gap.csv; see W gap.csv)" \
'two.csv: its IDs are the numbers of its rows, which other tables have, too: articles of the same number become revisions of each other (--id-prefix, --map)'
is "CSV: bytes that its charset does not have, and another charset" \
    "$(see show hole.csv | sed 's/{.*}/{}/'; see body russian.csv; see W russian.csv)" \
'W hole.csv: it is not UTF-8, and is read as WINDOWS-1252 (--charset)
W hole.csv: row 1: 2 of its bytes are not in its character set (--charset)
A hole.csv: row 1 {} text/plain; charset=utf-8 8
Z 1
Шлюз открыт и вода поднялась'"russian.csv: it is not UTF-8, and is read as CP1251 (--charset)"
printf '{"id":"a","text":"Cut","full_text":"Whole"}\n{"id":"b","content":"Cut","fullContent":"Whole"}
{"id":"c","body":"Cut","body_full":"Whole"}\n{"id":"d","text":"Whole","full_text":""}
{"id":"e","introtext":"<p>Who</p>","fulltext":"<p>le</p>"}\n{"id":"f","introtext":"Whole","fulltext":""}\n{"id":"g","text":"Cut","note_tweet":{"text":"Whole"}}\n' > full.jsonl
python3 - << 'END'
import json

def put(name, *values):
    with open(name, "w") as f:
        for v in values:
            f.write(json.dumps(v) if not isinstance(v, str) else v)

tweet = {"id_str": "17", "created_at": "Mon Mar 11 10:00:00 +0000 2024", "full_text": "T"}
put("tweets.js", "window.YTD.tweets.part0 = ", [{"tweet": tweet}])
put("note-tweet.js", "window.YTD.note_tweet.part0 = ", [{"noteTweet": {
    "noteTweetId": "18", "createdAt": "2024-03-11T10:00:00.000Z", "core": {"text": "Whole"}}}])
put("account.js", "window.YTD.account.part0 = ", [{"account": {}}])
note = {"id": "https://m.example/1", "type": "Note", "content": "<p>T</p>",
        "published": "2024-03-11T10:00:00Z"}
put("outbox.json", {"type": "OrderedCollection", "orderedItems": [
    {"id": "x", "type": "Create", "object": note}, {"id": "y", "type": "Announce", "object": "z"}]})
put("telegram.json", {"name": "N", "type": "public_channel", "id": 1, "messages": [
    {"id": 17, "date": "2024-03-11T10:00:00", "text": ["T ", {"type": "bold", "text": "b"}, "."]}]})
put("reddit.json", {"id": "r", "created_utc": 1710151200, "title": "H", "selftext": "T"})
put("slack.json", [{"text": "T", "ts": "1710151200.000100", "user_profile": {"real_name": "J"}}])
put("bluesky.json", {"feed": [{"post": {"uri": "at://b", "record": {
    "text": "T", "createdAt": "2024-03-11T10:00:00Z"}}, "reply": {}}]})
put("api.json", {"data": [{"type": "node", "id": "u", "attributes": {
    "title": "H", "created": "2024-03-11T10:00:00Z", "body": {"value": "T", "processed": "<p>T</p>"}}}]})
put("rest.json", [{"nid": [{"value": 5}], "title": [{"value": "H"}], "body": [{"value": "T"}],
                   "created": [{"value": "2024-03-11T10:00:00Z"}]}])
put("newsapi.json", {"articles": [{"url": "http://n.example/1", "content": "The lock… [+120 chars]",
                                   "publishedAt": "2024-03-11T10:00:00Z"}]})
put("posts.csv", "ID,post_date,post_date_gmt,post_content,post_title\n"
    "11,2024-03-11 11:00:00,2024-03-11 10:00:00,T,H\n12,2024-03-11 11:00:00,0000-00-00 00:00:00,T,H\n")
put("nodes.csv", "nid,title,created,body_value\n3,H,1710151200,T\n")
put("joomla.csv", "id,title,introtext,fulltext,publish_up,created_by_alias\n4,H,I,T,2024-03-11 10:00:00,J\n")
END
# brief: ID, date, headline, byline and text of each article.
brief() {
    "$SHEAF_IMPORT" "$@" | python3 -c '
import sys, json, decode
for r in decode.records(sys.stdin.buffer):
    if r[0] == "A":
        m = json.loads(r[2])
        print(*(m.get(k, "-") for k in ("id", "published", "headline", "byline")),
              json.dumps(r[3][0][2].decode(), ensure_ascii=False))
    elif r[0] in "WRS":
        print(*r[:3])'
}
is "records of Twitter, Mastodon, Telegram, Reddit, Slack, Bluesky, Drupal, WordPress, Joomla" \
    "$(brief tweets.js note-tweet.js account.js outbox.json telegram.json reddit.json slack.json bluesky.json \
        api.json rest.json newsapi.json posts.csv nodes.csv joomla.csv)" \
'17 2024-03-11T10:00:00+00:00 - - "T"
18 2024-03-11T10:00:00.000Z - - "Whole"
S account.js: script
https://m.example/1 2024-03-11T10:00:00Z - - "<p>T</p>"
S boost
1/17 2024-03-11T10:00:00 - - "T b."
r 2024-03-11T10:00:00Z H - "T"
slack.json:1 2024-03-11T10:00:00Z - J "T"
at://b 2024-03-11T10:00:00Z - - "T"
u 2024-03-11T10:00:00Z H - "T"
5 2024-03-11T10:00:00Z H - "T"
http://n.example/1 2024-03-11T10:00:00Z - - "The lock… [+120 chars]"
W newsapi.json: record 1: the body is only the start of the text
11 2024-03-11T10:00:00Z H - "T"
12 2024-03-11T11:00:00 H - "T"
3 2024-03-11T10:00:00Z H - "T"
4 2024-03-11T10:00:00 H J "I\nT"'
printf '<?xml version="1.0"?>\n<x>y</x>\n' > unknown.xml
is "XML of no known kind has no headline" "$(see meta unknown.xml)" '{"id":"unknown.xml"}'
is "JSON: a whole text comes before a cut one" "$(see bodies full.jsonl)" \
'"Whole"
"Whole"
"Whole"
"Whole"
"<p>Who</p>\n<p>le</p>"
"Whole"
"Whole"'
printf 'Text, and more\nof it, here\n' > prose
printf 'title,text\nT,b\n' > table
python3 - << 'END'
open("name.csv", "w").write("id,text,%s\na,x,1\n" % ("n" * 3000))
END
is "CSV: a long name of a column, which each row has" \
    "$(see show name.csv | sed -n 's/.*"ext":{"\(n*\)":.*/\1/p' |
        tr -cd n | wc -c | tr -d ' ')" 500
is "CSV: told by its header from prose" "$(see kinds prose table)" \
    'prose text/plain; charset=utf-8
table:1 text/plain; charset=utf-8'

python3 - << 'END'
import gzip, sqlite3, zlib
c = sqlite3.connect("t.db")
c.execute("create table art(id integer primary key, title, body, d, b blob)")
c.execute("insert into art values(1, 'T', 'hello', 1.5, x'ff00'), (2, 'U', null, 2, null)")
c.execute("create view v as select title, body as content from art where d < 2")
c.execute("create table other(x)")
c.execute("create view endless as with recursive r(x) as (select 1 union all "
          "select x from r) select x as text from r where x < 0")
c.commit()
c.close()
open("t.db.gz", "wb").write(gzip.compress(open("t.db", "rb").read()))
open("cut.db", "wb").write(open("t.db", "rb").read()[:5000])
c = sqlite3.connect("t.sqlar")
c.execute("create table sqlar(name, mode, mtime, sz, data)")
text = b"A file\n" * 9
for row in (("d/a.txt", 0, 0, len(text), zlib.compress(text)),
            ("b.txt", 0, 0, 2, b"B\n"), ("bad", 0, 0, 9, b"xxxx")):
    c.execute("insert into sqlar values(?, ?, ?, ?, ?)", row)
c.commit()
c.close()
END
is "SQLite: a table, with numbers and bytes" "$(see show --table art t.db)" \
'A t.db: art: row 1 {"ext":{"b":"/wA=","d":{"$json":"1.5"},"id":1},"headline":"T","id":"1","source":{"file":"t.db","keys":{"body":"body","title":"headline"},"line":1,"member":"art"}} text/plain; charset=utf-8 5
R 1 t.db: art: row 2: no member is a known body; there are: b, body, d, id, title (--map)
Z 1'
python3 - << 'END'
import sqlite3, struct
def make(name, *sql):
    c = sqlite3.connect(name)
    for s in sql:
        c.execute(s)
    c.commit()
    c.close()
make("view.db", "create view v as with recursive r(x) as (values(1) union all "
     "select x + 1 from r limit 3000) select x as id, 'text' as body from r")
make("ever.db", "create view v as with recursive r(x) as (values(1) union all "
     "select x + 1 from r) select x as id, hex(zeroblob(5000)) as body from r",
     "create table z(id, body)", "insert into z values('z', 'x')")
make("null.db", "create view v as with recursive r(x) as (values(1) union all "
     "select x + 1 from r) select null as body from r")
make("own.db", "create table t(id, body as (hex(zeroblob(200000))))",
     "insert into t(id) values('a'), ('b'), ('c')")
# A table with one row, whose page is found in 60 ways at each of 12 levels.
make("again.db", "pragma page_size = 512", "create table t(id, body)",
     "insert into t values('a', '%s')" % ("x" * 300))
b = bytearray(open("again.db", "rb").read())
leaf = b[512:1024]
for level in range(12):
    child = 2 + (level > 0) * level + 1
    page = bytearray(512)
    struct.pack_into(">BHHHBI", page, 0, 5, 0, 60, 212, 0, child)
    for i in range(60):
        struct.pack_into(">H", page, 12 + 2 * i, 212 + 5 * i)
        struct.pack_into(">IB", page, 212 + 5 * i, child, 1)
    if level == 0:
        b[512:1024] = page
    else:
        b += page
b += leaf
struct.pack_into(">I", b, 28, len(b) // 512)
open("again.db", "wb").write(b)
END
is "SQLite: a view that makes its rows" \
    "$(see end --limit-expand 1000,1000000 view.db)" 'Z 3000'
is "SQLite: views without end count as what expands" \
    "$(for i in ever null own again; do
        see end --limit-expand 1000,1000000 $i.db | grep -v ' row '; done)" \
'R 7 ever.db: v expands to more than 1000000 bytes (--limit-expand)
Z 99
R 7 null.db: v expands to more than 1000000 bytes (--limit-expand)
Z 0
R 7 own.db: t expands to more than 1000000 bytes (--limit-expand)
Z 2
R 7 again.db: t expands to more than 1000000 bytes (--limit-expand)
Z 2695'
is "SQLite: a view, in a compressed file" "$(see show --table v t.db.gz)" \
'A t.db.gz: v: row 1 {"headline":"T","id":"t.db/v:1","source":{"file":"t.db.gz","keys":{"content":"body","title":"headline"},"line":1,"member":"v"}} text/plain; charset=utf-8 5
Z 1'
python3 - << 'END'
import sqlite3
c = sqlite3.connect("parts.db")
c.execute("create table art(id, body)")
c.execute("insert into art values('a', 'x')")
for i in 3, 4, 5:
    c.execute("create virtual table f%d using fts%d(title, body)" % (i, i))
    c.execute("insert into f%d values('T', 'text %d')" % (i, i))
for i in 4, 5:
    c.execute("create virtual table x%d using fts%d(body,\n\tcontent='art')"
              % (i, i))
    c.execute("insert into x%d(x%d) values('rebuild')" % (i, i))
c.execute("create view v as select nosuch(1) as id, body from art")
c.commit()
END
is "SQLite: text in full-text indexes, but not that of another table" \
    "$(see id parts.db; see W parts.db)" 'a
parts.db/f3:1
parts.db/f4:1
parts.db/f5:1
parts.db: v cannot be read and is left out: no such function: nosuch'
python3 - << 'END'
import sqlite3
c = sqlite3.connect("copied.db")
c.execute("create table articles(title, html, row)")
c.execute("insert into articles values('T', '<p>x</p>', 1), ('U', '<p>y</p>', 2)")
c.execute("create virtual table search using fts4(title, body)")
c.execute("insert into search values('T', 'x'), ('U', 'y')")
c.execute("create table apart(title, body)")
c.execute("insert into apart values('T', 'z')")
c.commit()
END
is "SQLite: a full-text index with copies of what is in a table" \
    "$(see id copied.db; see W copied.db | grep search; see id --table search copied.db)" \
'copied.db/apart:1
copied.db/articles:1
copied.db/articles:2
copied.db: search is a full-text index of articles, and is left out (--table)
copied.db/search:1
copied.db/search:2'
python3 - << 'END'
import os, shutil, sqlite3, tarfile
text = "Die Fähre \U0001F389 fährt nach Köln.".encode()
for code in "8", "16le", "16be":
    os.mkdir("u" + code)
    c = sqlite3.connect("u%s/u.db" % code)
    c.execute("pragma encoding = 'UTF-%s'" % code)
    c.execute('create table "Züge"(id text, title text, body, published text,'
              ' "Größe" text, b blob)')
    for row in (("p/1", "Köln", text.decode(), "2024-05-06", "x\0y", b"\xff\0"),
                (2, "Zwei", text, "", None, b"a"),
                (3, "Drei", text.decode().encode("utf-16-le"), "", None, b"a")):
        c.execute('insert into "Züge" values(?, ?, ?, ?, ?, ?)', row)
    c.commit()
c = sqlite3.connect("bytes.db")
c.execute("create table art(id, title, body blob)")
more = "Шлюз открыт, вода поднялась за ночь на метр.".encode("cp1251")
c.execute("insert into art values('a', cast(? as text), ?)", (more, more))
c.execute("insert into art values('b', 'T', ?)", (bytes(range(9)),))
c.commit()
os.mkdir("open")
c = sqlite3.connect("open/a.db")
c.execute("pragma journal_mode = wal")
c.execute("create table art(id, body)")
c.execute("insert into art values('old', 'x')")
c.commit()
c.execute("pragma wal_checkpoint(truncate)")
c.execute("insert into art values('new', 'x')")
c.commit()
shutil.copytree("open", "copied")
d = sqlite3.connect("open/b.db")
d.execute("create table art(id, body)")
d.commit()
d.execute("pragma cache_size = 1")
d.executemany("insert into art values(?, ?)", [(i, "x" * 999) for i in range(99)])
shutil.copy("open/b.db", "copied")
shutil.copy("open/b.db-journal", "copied")
d.commit()
d.close()
d = sqlite3.connect("copied/none.db")
d.execute("pragma journal_mode = wal")
shutil.copy("copied/none.db", "none.db")
with tarfile.open("copied.tar", "w") as t:
    t.add("copied/a.db", "a.db")
    t.add("copied/a.db-wal", "a.db-wal")
    t.add("copied/b.db-journal", "b.db-journal")
END
is "SQLite: in UTF-16" "$(for c in 8 16le 16be; do
    mv u$c/u.db . && { see show u.db; see bodies u.db; } | cksum
done | uniq | wc -l; see bodies u.db; see meta u.db | head -1)" \
'1
"Die Fähre 🎉 fährt nach Köln."
"Die Fähre 🎉 fährt nach Köln."
"Die Fähre 🎉 fährt nach Köln."
{"ext":{"$members":{"$json":"{\"Größe\":\"x\\u0000y\"}"},"b":"/wA="},"headline":"Köln","id":"p/1","published":"2024-05-06","source":{"file":"u.db","keys":{"body":"body","id":"id","published":"published","title":"headline"},"line":1,"member":"Züge"}}'
is "SQLite: text in other charsets, and a body of bytes" \
    "$(see W bytes.db; see headline bytes.db; see bodies bytes.db)" \
'bytes.db: art: row 1: title is not UTF-8, and is read as windows-1251 (--charset)
bytes.db: art: row 1: body is not UTF-8, and is read as windows-1251 (--charset)
bytes.db: art: row 2: body is not text, and is kept in base64
Шлюз открыт, вода поднялась за ночь на метр.
T
"Шлюз открыт, вода поднялась за ночь на метр."
"AAECAwQFBgcI"'
is "SQLite: with changes in a file beside it" \
    "$(cp none.db copied; see end copied; see W copied.tar
    see W - < copied/a.db; see end none.db)" \
'R 1 copied/a.db: it is open elsewhere, or was not closed: a part of it is in a -wal file (VACUUM INTO of sqlite3 makes a whole copy)
R 1 copied/b.db: it is open elsewhere, or was not closed: a part of it is in a -journal file (VACUUM INTO of sqlite3 makes a whole copy)
R 1 copied/none.db: it has no tables; they may be in a -wal file that it was copied without
Z 0
copied.tar: a.db-wal: the latest changes of a database are in it, and are not read (VACUUM INTO of sqlite3 makes a whole copy)
copied.tar: b.db-journal: the latest changes of a database are in it, and are not read (VACUUM INTO of sqlite3 makes a whole copy)
standard input: if it is open elsewhere, its latest changes are in a -wal file, and are not read
R 1 none.db: it has no tables; they may be in a -wal file that it was copied without
Z 0'
is "SQLite: no such table" "$(see end --table nope t.db)" \
    'R 1 t.db: no table has a known body column; the tables are: art, endless, other, v (--table, --map)
Z 0'
is "SQLite: a view that computes for ever" \
    "$(see end --limit-time 1 --table endless t.db)" \
    'F 7 an input takes too long and gives nothing (--limit-time)'
is "SQLite: cut short" "$(see end cut.db)" \
    'R 1 cut.db: database disk image is malformed
Z 0'
is "sqlar: files, compressed and not" "$(see show t.sqlar)" \
'A t.sqlar: b.txt {"headline":"B","id":"b.txt","source":{"file":"t.sqlar"}} text/plain; charset=utf-8 2
R 1 t.sqlar: bad: damaged zlib data
A t.sqlar: d/a.txt {"headline":"A file","id":"d/a.txt","source":{"file":"t.sqlar"}} text/plain; charset=utf-8 63
Z 2'

# ---- --map on web pages ----

cat > page.map << 'END'
headline = //h1[@class='x']
author = string(//META[@name='byl']/@content)
author = string(//meta[@name='byl']/@content)
published = //p[@class='when']
updated = //p[@class='x']
keywords = //li[@class='k']
section = /nothing
section = Column
summary = //script
url = //a/@href
lang = "de"
id = concat('x', count(//li))
END
cat > page.html << 'END'
<!doctype html><html lang=en><head><title>T - Site</title>
<META Name=byl Content="By A &amp; B"><meta property=article:published_time content=2024-01-01>
<link rel=canonical href="http://x.example/y/z"></head>
<body><h1 class=y>no</h1><h1 CLASS='x' class=y>The &eacute;<b>lan</b>
 vital</h1><ul><li class=k>a<li class=k>b<li>c</ul><p class=when>11. März 2024<p class=x>never
<a href=../w>x</a><script>if (a<b) "x&amp;"</script></body></html>
END
is "map: a page" "$(see show --map page.map page.html)" \
    'W page.html: --map: updated: what it finds is none
A page.html {"byline":"By A & B","headline":"The élan vital","id":"x3","keywords":["a","b"],"lang":"de","published":"2024-03-11","source":{"file":"page.html"},"summary":"if (a<b) \"x&amp;\"","url":"http://x.example/w"} text/html 444
Z 1'
is "map: the page stays as it is" "$(see body --map page.map page.html | cmp - page.html && echo same)" \
    same
printf 'headline = /title\npublished = /0/when\nsection = No (such) column\n' > json.map
is "map: one for records changes no page" "$(see show --map json.map page.html)" \
    "$(see show page.html)"
printf 'headline = //h2\nbyline = //h1[\nbody = //h1\nrecord = //li\n' > odd.map
is "map: what finds nothing changes nothing, and what is no XPath is named" \
    "$(see show --map odd.map page.html)" \
    "W page.html: --map: //h1[: it is no XPath expression
$(see show page.html)"
is "map: an expression that is wrong, in XML" \
    "$(printf '<?xml version="1.0"?><a><text>t</text></a>' > wrong.xml
    printf 'body = text\nheadline = b[\n' > wrong.map; see W --map wrong.map wrong.xml)" \
    'wrong.xml: --map: b[: it is no XPath expression'
echo 'headline = //*[count(//*//*//*//*) > 0]//*[count(//*//*) > 1]' > slow.map
{
    cat page.html
    for i in $(seq 3000); do
        printf '<div a%s=1><i b=2>x' "$i"
    done
} > deep.html
is "map: an expression that takes too long" "$(see W --map slow.map deep.html)" \
    'deep.html: --map: //*[count(//*//*//*//*) > 0]//*[count(//*//*) > 1]: it takes too many steps'
{
    printf '<!doctype html><title>T</title><h1 class=x id=h'
    for i in $(seq 60000); do
        printf ' a%s' "$i"
    done
    printf '>Many</h1>'
} > attrs.html
is "map: a tag with 60,000 attributes" "$(see headline --map page.map attrs.html)" Many
python3 -c 'print("<!doctype html><title>T</title><h1 class=x>H</h1>" + "<p>x" * 70000)' > huge.html
is "map: a page with too many nodes is read without it" \
    "$(see headline --map page.map huge.html; see W --map page.map huge.html)" 'T
huge.html: too large for --map'
is "map: in a crawl, the address stays the ID" "$({
    printf 'WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://x.example/p\r\n'
    printf 'Content-Type: text/html\r\nContent-Length: %s\r\n\r\n' "$(wc -c < page.html)"
    cat page.html
} > map.warc; see meta --map page.map map.warc |
    sed 's/.*\("headline":"[^"]*"\),\("id":"[^"]*"\).*/\1 \2/')" \
    '"headline":"The élan vital" "id":"http://x.example/p"'

# ---- What is damaged, or too much ----

python3 - << 'END'
import bz2, gzip, io, lzma, tarfile, zipfile
good = gzip.compress(b'{"id":"a","text":"x"}\n')
for name, at in (("crc", -8), ("size", -4), ("data", 14)):
    b = bytearray(good)
    b[at] ^= 1
    open(name + ".jsonl.gz", "wb").write(b)
open("zeros.jsonl.gz", "wb").write(good + good.replace(b"", b"") + bytes(100))
open("tail.jsonl.gz", "wb").write(good + b"more")
b = bytearray(gzip.compress(b"".join(b'{"id":"%d","text":"%s"}\n' % (i, b"x" * 90000) for i in range(300)), 1))
b[-8] ^= 1
open("late.jsonl.gz", "wb").write(b)
x = bytearray(lzma.compress(b"text\n"))
x[-10] ^= 1
open("bad.txt.xz", "wb").write(x)
open("bomb.txt.gz", "wb").write(gzip.compress(bytes(100 << 20)))
data = b"inner\n"
for i in range(10):
    data = gzip.compress(data, mtime=0)
# Ten of 10 MB, each within its own limit.
with tarfile.open("many.tar.gz", "w:gz") as t:
    for i in range(10):
        one = gzip.compress(bytes(10 << 20))
        info = tarfile.TarInfo("%d.txt.gz" % i)
        info.size = len(one)
        t.addfile(info, io.BytesIO(one))
open("deep.gz", "wb").write(data)
def tar(name, data):
    f = io.BytesIO()
    with tarfile.open(fileobj=f, mode="w") as t:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    return f.getvalue()
open("nest.tar", "wb").write(tar("b/in.tar.gz", gzip.compress(tar("c/x.txt", b"In\n"))))
open("more.txt.bz2", "wb").write(bz2.compress(b"text\n") + b"more")
tarfile.open("empty.tar", "w").close()
open("half.tar", "wb").write(tar("a", b"A\n")[:1024])
with zipfile.ZipFile("sjis.zip", "w") as z:
    z.writestr("ok.txt", b"y")
    z.writestr("12345678.txt", b"z")
b = open("sjis.zip", "rb").read()
open("sjis.zip", "wb").write(b.replace(b"12345678", "水門水門".encode("shift_jis")))
with zipfile.ZipFile("crc.zip", "w") as z:
    z.writestr("a.txt", b"aaaa")
    z.writestr("b.txt", b"bbbb")
b = open("crc.zip", "rb").read()
open("crc.zip", "wb").write(b.replace(b"aaaa", b"aXaa"))
def members(*names):
    f = io.BytesIO()
    with zipfile.ZipFile(f, "w") as z:
        for name in names:
            z.writestr(name, name)
    return f.getvalue()
open("two.tar", "wb").write(tar("a", b"A\n") + tar("b", b"B\n") + bytes(512))
open("two.tgz", "wb").write(gzip.compress(tar("a", b"A\n")) +
                            gzip.compress(tar("b", b"B\n")))
cpio = (b"070707" + b"0" * 12 + b"100644" + b"0" * 12 + b"000001" + b"0" * 17 + b"000002" + b"0" * 10 + b"2c\0c\n" +
        b"070707" + b"0" * 53 + b"000013" + b"0" * 11 + b"TRAILER!!!\0")
open("two.cpio", "wb").write(cpio + bytes(300) + cpio)
open("padded.cpio", "wb").write(cpio + bytes(300))
seven = b"7z\xbc\xaf'\x1c\0\4\x8d\x9b\xd5\x0f" + bytes(20)
open("none.7z", "wb").write(seven)
open("two.7z", "wb").write(seven * 2)
rar = bytes.fromhex("526172211a0701003392b5e50a010506000501018080001d77565103050400")
open("two.rar", "wb").write(rar + cpio)
z = members("a", "b")
open("half.ar", "wb").write(b"!<arch>\n" + b"a/".ljust(48) + b"2".ljust(10) + b"`\nA\nb/  ")
open("cut.zip", "wb").write(z[:-30])
open("behind.zip", "wb").write(z + members("c", "d")[:60])
open("end.zip", "wb").write(z + b"\n" + bytes(99))
open("behind.tar", "wb").write(tar("a", b"A\n") + b"other" * 200)
open("two.zip", "wb").write(members("a", "b") + members("c", "d"))
open("mark.zip", "wb").write(b"PK\7\10" + members("a", "b"))
open("x.iso", "wb").write(bytes(32769) + b"CD001" + bytes(4096))
END
for f in crc size data tail; do
    see end $f.jsonl.gz
done > out
is "gzip: checksum, length, data, and what follows are checked" "$(cat out)" \
'R 1 crc.jsonl.gz: damaged gzip data: its checksum is wrong
Z 0
R 1 size.jsonl.gz: damaged gzip data: its length is wrong
Z 0
R 1 data.jsonl.gz: damaged gzip data: its checksum is wrong
Z 0
R 1 tail.jsonl.gz: other bytes after the compressed data
Z 0'
is "gzip: two members, and zeros behind them" "$(see end zeros.jsonl.gz)" 'Z 2'
is "gzip: damage behind articles that were packed ends it all" \
    "$(see end late.jsonl.gz)" \
    'F 1 late.jsonl.gz: damaged gzip data: its checksum is wrong, after articles from it were packed'
is "xz: its checks are checked" "$(see end bad.txt.xz | sed 's/xz: .*/xz: .../')" \
    'R 1 bad.txt.xz: ...
Z 0'
is "bzip2: bytes behind it" "$(see end more.txt.bz2)" \
    'R 1 more.txt.bz2: other bytes after the compressed data
Z 0'
is "the kind of an archive can be said" "$(see id --from archive end.zip)" 'a
b'
is "tar: without members" "$(see end empty.tar)" 'Z 0'
is "tar: cut between two members" "$(see W half.tar)" \
    'half.tar: its end is missing; it may have been cut short'
is "tar: one behind the other, and other bytes" \
    "$(see id two.tar two.tgz; see end behind.tar)" \
'two.tar/a
two.tar/b
two.tgz/a
two.tgz/b
R 1 behind.tar: Damaged tar archive
Z 1'
is "zip: one behind the other, and a mark in front" \
    "$(see W two.zip; see id two.zip; see end mark.zip)" \
'two.zip: 180 bytes before its first member are not read; they may be another archive
c
d
Z 2'
is "archives with others behind them, or without their ends" \
    "$(for f in two.cpio padded.cpio none.7z two.7z two.rar half.ar cut.zip behind.zip end.zip; do
        see W $f
        see W - < $f
    done; see id cut.zip behind.zip padded.cpio half.ar)" \
'two.cpio: 466 bytes behind its end are not read; they may be another archive, or a damaged part of it
standard input: 466 bytes behind its end are not read; they may be another archive, or a damaged part of it
two.7z: 12 bytes behind its end are not read; they may be another archive, or a damaged part of it
standard input: 12 bytes behind its end are not read; they may be another archive, or a damaged part of it
two.rar: 167 bytes behind its end are not read; they may be another archive, or a damaged part of it
standard input: 167 bytes behind its end are not read; they may be another archive, or a damaged part of it
half.ar: 4 bytes behind its end are not read; they may be another archive, or a damaged part of it
standard input: 4 bytes behind its end are not read; they may be another archive, or a damaged part of it
cut.zip: its end is missing; it may have been cut short
standard input: its end is missing; it may have been cut short
behind.zip: 59 bytes behind its end are not read; they may be another archive, or a damaged part of it
standard input: 59 bytes behind its end are not read; they may be another archive, or a damaged part of it
cut.zip/a
cut.zip/b
behind.zip/a
behind.zip/b
padded.cpio/c
half.ar/a'
is "zip: a member that is damaged, and one that is not" "$(see end crc.zip |
    sed 's/: ZIP.*//'; see id crc.zip)" 'R 1 crc.zip: a.txt
Z 1
b.txt'
is "a hundred thousand bytes that are a hundred million" \
    "$(see end --limit-expand 100 bomb.txt.gz)" \
    'R 7 bomb.txt.gz: expands to more than 100 times its size (--limit-expand)
Z 0'
is "and many small ones in an archive count together" \
    "$(see end --limit-expand 5000 many.tar.gz | sed 's/: [0-9].txt.*: /: ... /')" \
    'R 7 many.tar.gz: ... expands to more than 5000 times its size (--limit-expand)
R 7 many.tar.gz: ... expands to more than 5000 times its size (--limit-expand)
R 7 many.tar.gz: ... expands to more than 5000 times its size (--limit-expand)
R 7 many.tar.gz: ... expands to more than 5000 times its size (--limit-expand)
Z 6'
is "an archive within a compressed one within another" "$(see show nest.tar)" \
'A nest.tar: b/in.tar.gz: c/x.txt {"headline":"In","id":"b/in.tar.gz/c/x.txt","source":{"file":"nest.tar"}} text/plain; charset=utf-8 3
Z 1'
is "containers within each other have an end" "$(see end deep.gz)" \
    'R 7 deep.gz: more than 8 containers inside each other
Z 0'
is "names in a zip: CP437, or what --charset says" \
    "$(see id sjis.zip | wc -l; see id --charset SHIFT_JIS sjis.zip)" \
'2
ok.txt
水門水門.txt'
is "formats that nobody keeps articles in must be asked for" \
    "$(see show x.iso)" 'S x.iso: opened only with --from iso
Z 0'

mkdir belied
python3 - <<'END'
import io, tarfile, zipfile
def spoil(b, at):
    return b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]
f = io.BytesIO()
with zipfile.ZipFile(f, "w") as z:
    z.writestr("a.txt", b"A\n")
open("belied/bad.zip", "wb").write(spoil(f.getvalue(), 1))
open("belied/bad.tar", "wb").write(spoil(open("half.tar", "rb").read(), 150))
open("belied/bad.jsonl.zst", "wb").write(b"\x29\xb5\x2f\xfd\0\0\0")
open("belied/bad.db", "wb").write(spoil(open("t.db", "rb").read(), 3))
open("belied/bad.mbox", "wb").write(b"Grom a\nFrom: x@y.example\n\nText\n")
open("belied/bad.xml", "wb").write(b"=rss><channel/></rss>")
open("belied/zeros.docx", "wb").write(bytes(1024))
open("belied/zeros.tar", "wb").write(bytes(20480))
for name in ("none.gz", "none.db", "none.xml", "none.mbox"):
    open("belied/" + name, "wb").close()
open("belied/text.db", "wb").write(b"A text\n")
open("belied/page.zip", "wb").write(b"<!DOCTYPE html><title>T</title><p>Text</p>")
END
is "what its name calls a container, and is none" \
    "$(see show belied | sed 's/{.*}/{}/')" \
'W belied/bad.db: its name says db, its content does not: it is left out
R 1 belied/bad.jsonl.zst: its name says zst, its content does not
R 1 belied/bad.mbox: its name says mbox, its content does not
R 1 belied/bad.tar: its name says tar, its content does not
W belied/bad.xml: its name says xml, its content does not: it is left out
R 1 belied/bad.zip: its name says zip, its content does not
W belied/none.db: its name says db, but it is empty: it is left out
R 1 belied/none.gz: its name says gz, but it is empty
W belied/none.mbox: its name says mbox, but it is empty: it is left out
W belied/none.xml: its name says xml, but it is empty: it is left out
A belied/page.zip {} text/html 42
A belied/text.db {} text/plain; charset=utf-8 7
R 1 belied/zeros.docx: its name says docx, its content does not
R 1 belied/zeros.tar: its name says tar, its content does not
Z 2'
is "the same, given by its name, with --from, and inside of another" \
    "$(see end belied/bad.db; see end --from html belied/bad.zip
    see end --from bytes belied/bad.zip
    tar -cf belied.tar belied/bad.zip && see end belied.tar)" \
'R 1 belied/bad.db: its name says db, its content does not
Z 0
R 1 belied/bad.zip: its name says zip, its content does not
Z 0
Z 1
R 1 belied.tar: belied/bad.zip: its name says zip, its content does not
Z 0'

# ---- What is no article, and which files are ----

mkdir -p site/.git site/sub
printf '\211PNG\r\n\032\n' > site/p.png
printf 'body{}' > site/s.css
printf 'x()' > site/s.js
printf '%%PDF-1.4\n' > site/d.pdf
printf 'x' > site/.git/config
printf 'T\n' > site/a.txt
printf 'T\n' > site/sub/b.txt
is "folder: pictures and the like are counted, documents named" \
    "$(see show site | grep -v '^A')" \
'S hidden file
S site/d.pdf: PDF file
S picture
S style sheet
S script
Z 2'
printf -- '-- MySQL dump 10.13\n' > dump
printf 'INSERT INTO a VALUES (1);\n' > dump.sql
is "dumps of databases" "$(see show dump; see show dump.sql)" \
'S dump: SQL dump
Z 0
S dump.sql: SQL dump
Z 0'
is "--exclude, --include, --hidden" "$(see id --exclude sub site
    see id --include '*.txt' --exclude a.txt site
    see id --hidden --include .git site)" 'a.txt
sub/b.txt
.git/config'
is "--from says what it is" "$(see kinds --from text site/s.css
    see kinds --from bytes n.txt.gz)" 's.css text/plain; charset=utf-8
n.txt.gz application/octet-stream'
is "--from something else" "$(see end --from nothing a.txt)" \
    "F 2 --from: unknown kind 'nothing'"
is "several inputs: paths below what is above all of them" \
    "$(see id site/sub site/a.txt; see id site site; see id site/sub dir/a)" \
'sub/b.txt
a.txt
a.txt
sub/b.txt
a.txt
sub/b.txt
site/sub/b.txt
dir/a/z'
printf 'site/a.txt\n./site/../site/sub\nnowhere\n' > files
is "--files-from: IDs as they stand there" "$(see id --files-from files
    see end --files-from files)" 'site/a.txt
site/sub/b.txt
R 1 nowhere: No such file or directory
Z 2'
is "--id-prefix, but not before an address" \
    "$(see id --id-prefix p/ a.txt b.jsonl list.json)" 'p/a.txt
p/a
http://x.example/1'
is "--report: what was found" "$(see I --report b.jsonl)" \
    '{"found":["body"],"guessed":[],"id":"a","missing":["byline","headline","keywords","lang","published","section","summary","updated","url"],"place":"b.jsonl:1","type":"text/plain; charset=utf-8"}'

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
