#!/bin/sh
# news.sh - what sheaf-import makes of the formats of news agencies. Prints TAP.

. "$(dirname "$0")/import.inc"

# ---- ninjs ----

cat > ninjs.jsonl << 'END'
{"uri":"urn:2","type":"text","version":"2","firstcreated":"2024-03-11T10:00:00Z","versioncreated":"2024-03-11T12:00:00Z","pubstatus":"usable","language":"en","headline":"H","byline":"R","body_text":"Gate words.","description_text":"S","subject":[{"code":"m:1","name":"Water"}],"genre":[{"name":"Feature"}],"associations":{"mainpic":{"type":"picture","uri":"urn:p","headline":"The gate","byline":"P","renditions":{"main":{"href":"https://v.example/p.jpg","mimetype":"image/jpeg"}}}}}
{"uri":"urn:3","firstCreated":"2024-03-11T10:00:00Z","versionCreated":"2024-03-11T12:00:00Z","pubStatus":"canceled","headlines":[{"role":"sub","value":"S"},{"role":"main","value":"H3"}],"by":"R","bodies":[{"role":"main","contentType":"text/html","value":"<p>Three.</p>"}],"descriptions":[{"value":"D"}],"subjects":[{"name":"Water"},{"literal":"Lock"}],"associations":[{"name":"m","type":"picture","uri":"https://v.example/x","descriptions":[{"value":"C"}]}]}
END
is "ninjs 2 and 3: fields, pictures, status" "$(see show ninjs.jsonl |
    sed 's/"ext":.*},"headline":"H/"ext":...,"headline":"H/; s/"keys":{[^}]*}/"keys":.../')" \
'A ninjs.jsonl:1 {"byline":"R","ext":...,"headline":"H","id":"urn:2","keywords":["Water"],"lang":"en","media":[{"caption":"The gate","credit":"P","type":"image/jpeg","url":"https://v.example/p.jpg"}],"published":"2024-03-11T10:00:00Z","section":"Feature","source":{"file":"ninjs.jsonl","keys":...,"line":1},"summary":"S","updated":"2024-03-11T12:00:00Z"} text/plain; charset=utf-8 11
A ninjs.jsonl:2 {"byline":"R","ext":...,"headline":"H3","id":"urn:3","keywords":["Water","Lock"],"media":[{"caption":"C","url":"https://v.example/x"}],"published":"2024-03-11T10:00:00Z","source":{"file":"ninjs.jsonl","keys":...,"line":2},"summary":"D","updated":"2024-03-11T12:00:00Z"} text/html 13
W ninjs.jsonl:2: its status is '"'canceled'"'
Z 2'
is "ninjs: an equal object comes back" "$("$SHEAF_IMPORT" ninjs.jsonl |
    python3 decode.py same-json ninjs.jsonl)" same
printf '{"uri":"u","versioncreated":"2024-03-11","body_text":"x","subject":"a, b"}\n' > one.jsonl
is "ninjs: one date is both; a subject that is no list is no keyword" \
    "$(see meta one.jsonl)" \
'{"ext":{"subject":"a, b"},"id":"u","published":"2024-03-11","source":{"file":"one.jsonl","keys":{"body_text":"body","uri":"id","versioncreated":"published"},"line":1},"updated":"2024-03-11"}'

printf '%s\n' '{"uri":"u1","body_text":"x","bylines":[{"role":"main","value":"Rita Example"}]}' \
    '{"uri":"u2","body_text":"x","authors":[{"fullname":"Rita Example"},{"name":"Jo Sample"}]}' \
    '{"uri":"u3","body_text":"x","people":[{"rel":"subject","name":"A King"},{"rel":"author","name":"Rita Example"}]}' \
    '{"uri":"u4","body_text":"x","people":[{"rel":"subject","name":"A King"}]}' > by.jsonl
is "ninjs: authors" "$(see meta by.jsonl | grep -o '"byline":"[^"]*"\|"id":"u."')" \
'"byline":"Rita Example"
"id":"u1"
"byline":"Rita Example, Jo Sample"
"id":"u2"
"byline":"Rita Example"
"id":"u3"
"id":"u4"'

# ---- NewsML-G2 ----

cat > item.xml << 'END'
<?xml version="1.0" encoding="UTF-8"?>
<g:newsItem xmlns:g="http://iptc.org/std/nar/2006-10-01/" guid="tag:vale.example,2024:1" version="3" xml:lang="en-GB">
<g:rightsInfo><g:copyrightHolder literal="Vale"/></g:rightsInfo>
<g:itemMeta><g:itemClass qcode="ninat:text"/><g:provider literal="vale"/><g:versionCreated>2024-03-11T12:00:00+01:00</g:versionCreated><g:firstCreated>2024-03-11T10:00:00Z</g:firstCreated><g:pubStatus qcode="stat:usable"/><g:link rel="irel:seeAlso" residref="urn:2"><g:title>Other</g:title></g:link></g:itemMeta>
<g:contentMeta><g:urgency>4</g:urgency><g:creator qcode="x:1"><g:name>R. Example</g:name></g:creator><g:by>By R. Example in Vale</g:by><g:headline role="x:sub">Sub</g:headline><g:headline>Sluice gate, Zürich</g:headline><g:language tag="en"/><g:genre><g:name>Feature</g:name></g:genre><g:subject qcode="m:1"><g:name>Water</g:name></g:subject><g:keyword>lock</g:keyword><g:description role="drol:summary">A gate.</g:description></g:contentMeta>
<g:contentSet><g:inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><p>Text <br/>more.</p></body></html></g:inlineXML><g:remoteContent href="https://vale.example/p.jpg" contenttype="image/jpeg" size="12"/></g:contentSet></g:newsItem>
END
is "NewsML-G2: a news item, with the original beside the body" \
    "$("$SHEAF_IMPORT" item.xml | python3 decode.py parts)" \
'{"authors":[{"name":"R. Example"}],"byline":"By R. Example in Vale","ext":{"headline":{"#text":"Sub","@role":"x:sub"},"itemClass":{"@qcode":"ninat:text"},"link":{"@rel":"irel:seeAlso","@residref":"urn:2","title":"Other"},"provider":{"@literal":"vale"},"pubStatus":{"@qcode":"stat:usable"},"rightsInfo":{"copyrightHolder":{"@literal":"Vale"}},"urgency":"4","version":"3"},"headline":"Sluice gate, Zürich","id":"tag:vale.example,2024:1","keywords":["Water","lock"],"lang":"en","media":[{"length":12,"type":"image/jpeg","url":"https://vale.example/p.jpg"}],"published":"2024-03-11T10:00:00Z","related":["Other"],"section":"Feature","source":{"file":"item.xml","record":1},"summary":"A gate.","updated":"2024-03-11T12:00:00+01:00"}
2 text/html 23
4 application/vnd.iptc.g2.newsitem+xml '"$(wc -c < item.xml)"
is "NewsML-G2: the body is the XHTML" "$(see body item.xml)" \
    '<p>Text <br />more.</p>'
iconv -f UTF-8 -t ISO-8859-1 item.xml | sed 's/UTF-8/ISO-8859-1/' > latin.xml
cat > raw.py << 'END'
import sys
sys.argv = ["decode.py", "none"]
import decode
for r in decode.records(open("stream", "rb")):
    if r[0] == "A":
        sys.stdout.buffer.write([p[2] for p in r[3] if p[0] == 4][0])
END
sed -i 's/^main()$//' decode.py
"$SHEAF_IMPORT" latin.xml > stream
python3 raw.py > raw
is "NewsML-G2: the original is the file, in its character set" \
    "$(cmp raw latin.xml && echo same)" same
cp "$here/decode.py" .
cat > message.xml << 'END'
<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header/><itemSet>
<newsItem guid="m1"><itemMeta><versionCreated>2024-03-11T12:00:00Z</versionCreated><pubStatus qcode="stat:canceled"/><title>M1</title></itemMeta><contentSet><inlineData contenttype="text/plain">Plain &amp; text</inlineData></contentSet></newsItem>
<newsItem guid="m2"><contentSet><inlineXML contenttype="application/nitf+xml"><nitf><head><docdata><doc-id id-string="n2"/></docdata></head><body><body.head><hedline><hl1>N2</hl1></hedline></body.head><body.content><p>Nitf.</p></body.content></body></nitf></inlineXML></contentSet></newsItem>
<newsItem guid="m3"><contentSet><inlineData contenttype="text/html" encoding="base64">PGI+eDwvYj4=</inlineData></contentSet></newsItem>
<newsItem guid="m4"><itemMeta><itemClass qcode="ninat:picture"/></itemMeta><contentSet><remoteContent href="p.jpg"/></contentSet></newsItem>
<newsItem guid="m5"><itemMeta><itemClass qcode="ninat:text"/></itemMeta></newsItem>
<packageItem guid="p1"><groupSet/></packageItem>
</itemSet></newsMessage>
END
is "NewsML-G2: a message of several items" "$(see show message.xml)" \
'W message.xml: item 1: its status is '"'stat:canceled'"'
A message.xml: item 1 {"ext":{"pubStatus":{"@qcode":"stat:canceled"},"title":"M1"},"headline":"M1","id":"m1","published":"2024-03-11T12:00:00Z","source":{"file":"message.xml","record":1},"updated":"2024-03-11T12:00:00Z"} text/plain; charset=utf-8 12
A message.xml: item 2 {"headline":"N2","id":"m2","source":{"file":"message.xml","record":2}} text/html 12
A message.xml: item 3 {"id":"m3","source":{"file":"message.xml","record":3}} text/html 8
S message.xml: item 4: it is not a text, but a picture or the like
W message.xml: item 5: it has no text
A message.xml: item 5 {"ext":{"itemClass":{"@qcode":"ninat:text"}},"id":"m5","source":{"file":"message.xml","record":5}} text/plain; charset=utf-8 0
S message.xml: item 6: it has no text, and refers to other items
Z 4'

# ---- NewsML 1 ----

cat > one.xml << 'END'
<?xml version="1.0"?><!DOCTYPE NewsML SYSTEM "NewsML_1.2.dtd">
<NewsML><NewsEnvelope><DateAndTime>20240312T000000Z</DateAndTime></NewsEnvelope>
<NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:newsml:vale:1</PublicIdentifier></NewsIdentifier></Identification>
<NewsManagement><NewsItemType FormalName="News"/><FirstCreated>20240311T100000Z</FirstCreated><ThisRevisionCreated>20240311T120000+0100</ThisRevisionCreated><Status FormalName="Usable"/></NewsManagement>
<NewsComponent><NewsComponent><Role FormalName="Main"/><NewsLines><HeadLine>Gate</HeadLine><ByLine>R. Example</ByLine><KeywordLine>water</KeywordLine><KeywordLine>lock</KeywordLine></NewsLines><DescriptiveMetadata><Language FormalName="en"/></DescriptiveMetadata>
<ContentItem><DataContent><html xmlns="http://www.w3.org/1999/xhtml"><body><p>It opened.</p></body></html></DataContent></ContentItem></NewsComponent>
<NewsComponent><ContentItem Href="p.jpg"><MimeType FormalName="image/jpeg"/></ContentItem></NewsComponent></NewsComponent></NewsItem>
<NewsItem><NewsManagement><Status FormalName="Embargoed"/></NewsManagement><NewsComponent><NewsLines><HeadLine>Two</HeadLine></NewsLines><ContentItem><DataContent>Words only.</DataContent></ContentItem></NewsComponent></NewsItem>
<NewsItem><NewsComponent><NewsLines><HeadLine>N</HeadLine></NewsLines><ContentItem><DataContent><nitf><body><body.head><byline>By Jo Sample</byline></body.head><body.content><p>Nitf.</p></body.content></body></nitf></DataContent></ContentItem></NewsComponent></NewsItem>
<NewsItem><NewsComponent><ContentItem Href="q.jpg"/></NewsComponent></NewsItem></NewsML>
END
is "NewsML 1: items, text, files" "$(see show one.xml)" \
'A one.xml: item 1 {"byline":"R. Example","headline":"Gate","id":"urn:newsml:vale:1","keywords":["water","lock"],"lang":"en","media":[{"type":"image/jpeg","url":"p.jpg"}],"published":"2024-03-11T10:00:00Z","source":{"file":"one.xml","record":1},"updated":"2024-03-11T12:00:00+01:00"} text/html 17
W one.xml: item 2: its status is '"'Embargoed'"'
A one.xml: item 2 {"headline":"Two","id":"one.xml:2","source":{"file":"one.xml","record":2}} text/plain; charset=utf-8 11
W one.xml: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
A one.xml: item 3 {"byline":"By Jo Sample","headline":"N","id":"one.xml:3","source":{"file":"one.xml","record":3}} text/html 12
S one.xml: item 4: it is not a text, but a picture or the like
Z 3'

revision() {
    printf '%s%s%s' '<NewsItem><Identification><NewsIdentifier><RevisionId' \
        " PreviousRevision=\"0\" Update=\"N\">$1</RevisionId><PublicIdentifier>" \
        "urn:newsml:vale:20240311:T:$1$2</PublicIdentifier></NewsIdentifier>"
    printf '%s%s%s' '</Identification><NewsComponent><NewsLines><HeadLine>G' \
        "$1</HeadLine></NewsLines><ContentItem><DataContent>Text.</DataContent>" \
        '</ContentItem></NewsComponent></NewsItem>'
}
{
    echo '<NewsML>'
    revision 1 ''
    revision 2 U
    echo '</NewsML>'
} > revisions.xml
is "NewsML 1: revisions of an item have its ID" "$(see id revisions.xml)" \
'urn:newsml:vale:20240311:T
urn:newsml:vale:20240311:T'

# ---- The order of versions ----

# item2 VERSION TIMES: one in NewsML-G2, with these times.
item2() {
    echo '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="g"' \
        "version=\"$1\"><itemMeta>$2</itemMeta><contentSet><inlineData>Text" \
        "$1.</inlineData></contentSet></newsItem>"
}
mkdir wire
for v in 1 2 10; do
    item2 $v "<versionCreated>2024-03-11T$((v + 9)):00:00Z</versionCreated>" \
        > wire/g_$v.xml
done
is "NewsML-G2: a file for each version, in the order of their names" \
    "$(see W wire)" \
"wire/g_2.xml: item 1: it is older than the version of g before it ('updated' 2024-03-11T11:00:00Z, not 2024-03-11T19:00:00Z), but becomes the newer revision: give versions from the oldest to the newest"
is "NewsML-G2: in the order of their versions" \
    "$(see W wire/g_1.xml wire/g_2.xml wire/g_10.xml)" ''
{
    echo '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
    cat wire/g_2.xml wire/g_1.xml
    echo '</itemSet></newsMessage>'
} > back.xml
is "NewsML-G2: versions in one message" "$(see W back.xml | grep -o '^.*(.*)')" \
"back.xml: item 2: it is older than the version of g before it ('updated' 2024-03-11T10:00:00Z, not 2024-03-11T11:00:00Z)"
item2 1 '<versionCreated>2024-03-12T10:00:00Z</versionCreated>' > both.xml
item2 2 '<firstCreated>2024-03-11T10:00:00Z</firstCreated>' > first.xml
is "versions: a date that was guessed says nothing" \
    "$(see W both.xml first.xml)" ''
managed() {
    revision "$1" U | sed "s,</Identification>,&<NewsManagement><ThisRevisionCreated>$2</ThisRevisionCreated></NewsManagement>,"
}
{
    echo '<NewsML>'
    managed 2 20240312T100000Z
    managed 1 20240311T100000Z
    echo '</NewsML>'
} > back1.xml
is "NewsML 1: the newest one first" "$(see W back1.xml | grep -o '^.*(.*)')" \
"back1.xml: item 2: it is older than the version of urn:newsml:vale:20240311:T before it ('updated' 2024-03-11T10:00:00Z, not 2024-03-12T10:00:00Z)"

# ---- NITF ----

cat > nitf.xml << 'END'
<!DOCTYPE nitf SYSTEM "nitf-3-6.dtd">
<nitf xml:lang="en"><head><title>Title</title><docdata management-status="usable"><doc-id id-string="urn:n1" regsrc="V"/><urgency ed-urg="4"/><date.issue norm="20240311T100000Z"/><date.release norm="20240311T120000+0100"/><key-list><keyword key="water"/></key-list></docdata><pubdata type="print" position.section="Local"/></head>
<body><body.head><hedline><hl1>Sluice <em>gate</em></hl1><hl2>Sub</hl2></hedline><byline>By <person>R. Example</person>, staff</byline><abstract><p>A gate.</p></abstract></body.head><body.content><p>Text &amp; more.</p><media media-type="image"><media-reference source="p.jpg" mime-type="image/jpeg"/><media-caption>The gate</media-caption><media-producer>P</media-producer></media></body.content></body></nitf>
END
is "NITF" "$("$SHEAF_IMPORT" nitf.xml | python3 decode.py parts)" \
'{"authors":[{"name":"R. Example"}],"byline":"By R. Example, staff","ext":{"pubdata":{"@position.section":"Local","@type":"print"},"urgency":{"@ed-urg":"4"}},"headline":"Sluice gate","id":"urn:n1","keywords":["water"],"lang":"en","media":[{"caption":"The gate","credit":"P","type":"image/jpeg","url":"p.jpg"}],"published":"2024-03-11T10:00:00Z","section":"Local","source":{"file":"nitf.xml","record":1},"summary":"A gate.","updated":"2024-03-11T12:00:00+01:00"}
2 text/html 203
4 application/xml '"$(wc -c < nitf.xml)"
cat > story.xml << 'END'
<nitf><head><docdata><date.issue norm=""/></docdata></head><body><body.head><dateline><story.date norm="20240311"/></dateline></body.head><body.content><p>Text.</p></body.content></body></nitf>
END
is "the date of the story" \
    "$("$SHEAF_IMPORT" story.xml | python3 decode.py parts | grep -o '"published":"[^"]*"')" \
    '"published":"2024-03-11"'
put_nitf() {
    echo "<nitf><body><body.head><hedline><hl1>H</hl1></hedline>$1</body.head>" \
        "<body.content>$2<p>x</p></body.content></body></nitf>" > by.xml
    see meta by.xml | grep -o '"authors":[^]]*\|"byline":"[^"]*"'
}
is "NITF: names in pieces, several lines, titles" "$(put_nitf \
    '<byline>By <person><name.given>Rita</name.given><name.family>Example</name.family></person></byline>
<byline><person>Jo Sample</person><byttl>Editor</byttl></byline>')" \
'"authors":[{"name":"Rita Example"},{"name":"Jo Sample"}
"byline":"By Rita Example, Jo Sample, Editor"'
is "NITF: a title first, and a line in the text" \
    "$(put_nitf '<byline><byttl>Editor</byttl>Jo Sample</byline>'
    put_nitf '' '<byline>By Jo Sample</byline>')" \
'"byline":"Editor, Jo Sample"
"byline":"By Jo Sample"'
is "NITF with its own namespace, under any prefix" "$(sed \
    's,<\(/*\)\([a-z]\),<\1n:\2,g; s,<n:nitf,& xmlns:n="http://iptc.org/std/NITF/2006-10-18/",; 1d' \
    nitf.xml > prefix.xml; see headline prefix.xml; see body prefix.xml |
    head -c 23)" \
'Sluice gate
<p>Text &amp; more.</p>'

# ---- ENEX ----

cat > notes.enex << 'END'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">
<en-export export-date="20240312T100000Z"><note><title>Sluice &amp; gate</title>
<created>20240311T100000Z</created><updated>20240311T113000Z</updated><tag>Water</tag><tag>Gate</tag>
<note-attributes><author>Rita Example</author><source>web</source>
<source-url>https://news.example/gate</source-url></note-attributes>
<content><![CDATA[<?xml version="1.0"?><!DOCTYPE en-note SYSTEM "x"><en-note><div>Öffnet.</div></en-note>]]></content>
<resource><data encoding="base64">UE
5H</data><mime>image/png</mime><resource-attributes><file-name>a.png</file-name></resource-attributes></resource>
</note><note><title>Two</title><created>soon</created><content>plain</content></note></en-export>
END
is "ENEX: all that a note has" "$("$SHEAF_IMPORT" notes.enex | python3 decode.py parts)" \
'{"authors":[{"name":"Rita Example"}],"byline":"Rita Example","ext":{"source":"web"},"headline":"Sluice & gate","id":"https://news.example/gate","keywords":["Water","Gate"],"media":[{"length":3,"name":"a.png","part":1,"type":"image/png"}],"published":"2024-03-11T10:00:00Z","source":{"file":"notes.enex","record":1},"updated":"2024-03-11T11:30:00Z","url":"https://news.example/gate"}
2 text/html 19
6 image/png 3
{"ext":{"created":"soon"},"headline":"Two","id":"notes.enex:2","source":{"file":"notes.enex","record":2}}
2 text/html 5'
is "ENEX: the text of notes; a date that is none" "$(see bodies notes.enex; see W notes.enex)" \
'"<div>Öffnet.</div>"
"plain"
notes.enex: note 2: '"'soon'"' is not certainly a date; it is kept as text'

# ---- Cut off and hostile ----

for f in item message nitf; do
    for cut in 60 200 400 600 700; do
        head -c $cut $f.xml > cut.xml
        see end cut.xml
    done
done > out
is "cut off: each is rejected, or has no item yet" "$(sort out | uniq -c | sed 's/^ *//')" \
'5 R 1 cut.xml: document 1: the input ends inside this document
5 R 1 cut.xml: item 1: the input ends inside this item
2 R 1 cut.xml: item 2: the input ends inside this item
1 R 1 cut.xml: item 3: the input ends inside this item
11 Z 0
3 Z 1
1 Z 2'
python3 - << 'END'
n = '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="g">%s</newsItem>'
open("deep.xml", "w").write(n % ("<contentMeta>" * 300))
open("date.xml", "w").write(n % "<itemMeta><firstCreated>2024-99-99</firstCreated></itemMeta>")
open("id.xml", "w").write((n % "").replace('"g"', '"' + "g" * 2000 + '"'))
open("nul.xml", "w").write("<nitf><body><body.content>a\0b</body.content></body></nitf>")
END
is "hostile: depth, a bad date, a long ID, NUL" \
    "$(for f in deep date id nul; do see show $f.xml; done)" \
'R 7 deep.xml: item 1: more than 64 MiB, 200 levels or 262144 tags
W deep.xml: line 1: tags that do not match; 101 times in all
Z 0
W date.xml: item 1: '"'2024-99-99'"' is not certainly a date; it is kept as text
W date.xml: item 1: it has no text
A date.xml: item 1 {"ext":{"firstCreated":"2024-99-99"},"id":"g","source":{"file":"date.xml","record":1}} text/plain; charset=utf-8 0
Z 1
W id.xml: item 1: it has no text
A id.xml: item 1 {"id":"id.xml","source":{"file":"id.xml","record":1}} text/plain; charset=utf-8 0
W id.xml: item 1: its ID has more than 1024 bytes; it has another one here
Z 1
A nul.xml {"id":"nul.xml","source":{"file":"nul.xml","record":1}} text/html 2
W nul.xml: line 1: a control character, which was removed
Z 1'

printf '<nitf><head><title>T</title></head><body><body.head><byline class="print_byline">By RITA WARD</byline><byline class="normalized_byline">Ward, Rita</byline></body.head><body.content><p>x</p></body.content></body></nitf>' > twice.xml
is "NITF: an author in two forms" "$(see meta twice.xml | grep -o '"byline":"[^"]*"')" \
    '"byline":"By RITA WARD"'
echo "1..$n"
[ $bad = 0 ]
