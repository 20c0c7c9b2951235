#!/bin/sh
# feeds.sh - what sheaf-import makes of feeds. Prints TAP.

. "$(dirname "$0")/import.inc"

# ---- Formats ----

cat > rss.xml << 'END'
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:c="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:f="http://feed.example/ns">
<channel><title>Vale News</title><link>https://vale.example/</link>
<language>en_GB</language>
<item><title>Sluice &amp;amp; gate <![CDATA[<b>open</b>]]></title>
<link>/a/1?x=1&amp;y=2</link><guid isPermaLink="false">urn:vale:1</guid>
<pubDate>Mon, 11 Mar 2024 10:00:00 +0100</pubDate>
<dc:creator><![CDATA[R. Example]]></dc:creator>
<author>s@vale.example (S. Example)</author>
<category>Water</category><category>Locks</category>
<description><![CDATA[<p>A <i>gate</i>.</p>]]></description>
<c:encoded><![CDATA[<p>The whole text &nbsp;&amp; more.</p>]]></c:encoded>
<enclosure url="/p.jpg" length="123" type="image/jpeg"/>
<media:content url="https://vale.example/q.png" width="10">
<media:description>The gate</media:description></media:content>
<f:mood happy="yes">calm</f:mood></item>
<item><title>Plain</title><guid>https://vale.example/a/2</guid>
<category>Water</category><description>Words only, 3 &lt; 4.</description></item>
</channel></rss>
END
is "RSS: all that an item has" "$("$SHEAF_IMPORT" rss.xml | python3 decode.py parts)" \
'{"authors":[{"name":"R. Example"},{"name":"S. Example","uri":"mailto:s@vale.example"}],"byline":"R. Example, S. Example","ext":{"f:mood":{"#text":"calm","@happy":"yes"},"media:content":{"@url":"https://vale.example/q.png","@width":"10","media:description":"The gate"}},"headline":"Sluice & gate open","id":"urn:vale:1","keywords":["Water","Locks"],"lang":"en-GB","media":[{"length":123,"type":"image/jpeg","url":"https://vale.example/p.jpg"},{"caption":"The gate","url":"https://vale.example/q.png"}],"published":"2024-03-11T10:00:00+01:00","section":"Water","source":{"file":"rss.xml","record":1},"summary":"A gate.","url":"https://vale.example/a/1?x=1&y=2"}
2 text/html 39
5 text/html 21
{"headline":"Plain","id":"https://vale.example/a/2","lang":"en-GB","section":"Water","source":{"file":"rss.xml","record":2},"url":"https://vale.example/a/2"}
2 text/plain; charset=utf-8 18'
is "RSS: the body is the text as decoded" "$(see body rss.xml)" \
    '<p>The whole text &nbsp;&amp; more.</p>'
is "RSS: no warning if there is nothing to warn of" "$(see W rss.xml)" ''

cat > atom.xml << 'END'
<a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:base="https://vale.example/f/"
 xml:lang="de"><a:author><a:name>Redaktion</a:name></a:author>
<a:link href="."/><a:link rel="self" href="https://vale.example/f/feed"/>
<a:entry><a:id>tag:vale.example,2024:1</a:id>
<a:title type="html">Tor &amp;amp; &lt;em&gt;Schleuse&lt;/em&gt;</a:title>
<a:link href="1.html"/><a:link rel="enclosure" href="1.mp3" type="audio/mpeg"/>
<a:link rel="related" href="0.html"/><a:link rel="edit" href="e"/>
<a:published>2024-03-11T10:00:00Z</a:published>
<a:updated>2024-03-12T10:00:00.5+01:00</a:updated>
<a:category term="w" label="Wasser"/>
<a:summary>Kurz</a:summary>
<a:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Ein
 <br/>Absatz</p><h:a xmlns:h="http://www.w3.org/1999/xhtml" id="x"/></div></a:content></a:entry>
<a:entry xml:lang="en-US"><a:id>2</a:id><a:title>a &lt;b&gt; c</a:title>
<a:updated>2024-03-12T10:00:00Z</a:updated>
<a:author><a:name>N</a:name><a:uri>https://n.example/</a:uri></a:author>
<a:contributor><a:name>M</a:name></a:contributor>
<a:content type="image/png">iVBORw==</a:content></a:entry>
</a:feed>
END
is "Atom: any prefix, xml:base, xml:lang, XHTML, types" \
    "$("$SHEAF_IMPORT" atom.xml | python3 decode.py parts)" \
'{"authors":[{"name":"Redaktion"}],"byline":"Redaktion","ext":{"link":{"@href":"e","@rel":"edit"},"xml:base":"https://vale.example/f/"},"headline":"Tor & Schleuse","id":"tag:vale.example,2024:1","lang":"de","media":[{"type":"audio/mpeg","url":"https://vale.example/f/1.mp3"}],"published":"2024-03-11T10:00:00Z","related":["https://vale.example/f/0.html"],"section":"Wasser","source":{"file":"atom.xml","record":1},"summary":"Kurz","updated":"2024-03-12T10:00:00.5+01:00","url":"https://vale.example/f/1.html"}
2 text/html 38
{"authors":[{"name":"N","uri":"https://n.example/"},{"name":"M","role":"contributor"}],"byline":"N, M","headline":"a <b> c","id":"2","lang":"en-US","published":"2024-03-12T10:00:00Z","source":{"file":"atom.xml","record":2},"updated":"2024-03-12T10:00:00Z"}
2 image/png 4'
python3 - << 'END'
def feed(name, authors):
    open(name, "w").write(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>%s<entry>'
        '<id>a</id><content>x</content></entry></feed>'
        % "".join("<author><name>%s</name></author>" % a for a in authors))
feed("authors.xml", ["A%d" % i for i in range(90)])
feed("names.xml", ["%s%d" % ("n" * 250, i) for i in range(90)])
END
is "Atom: not all of very many authors of the feed are those of each entry" \
    "$(for i in authors names; do
        see meta $i.xml | grep -o '"name":' | grep -c .; done)" '50
16'
is "Atom: XHTML becomes HTML without prefixes" "$(see body atom.xml)" \
'<p>Ein
 <br />Absatz</p><a id="x"></a>'
cat > atom03.xml << 'END'
<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>
<title mode="escaped" type="text/html">A &lt;i&gt;B&lt;/i&gt;</title>
<issued>2003-12-31T10:14:55Z</issued><modified>2004-01-01</modified>
<content type="text/html" mode="base64">PGI+dGV4dDwvYj4=</content>
<id>urn:3</id></entry></feed>
END
is "Atom 0.3: modes" "$(see meta atom03.xml; see body atom03.xml)" \
'{"headline":"A B","id":"urn:3","published":"2003-12-31T10:14:55Z","source":{"file":"atom03.xml","record":1},"updated":"2004-01-01"}
<b>text</b>'
cat > rdf.xml << 'END'
<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/">
<channel r:about="https://vale.example/"><title>V</title><items><r:Seq><r:li resource="u"/></r:Seq></items></channel>
<item r:about="https://vale.example/r"><title>R</title><link>https://vale.example/r</link><description>Text.</description><d:date>2002-09-04T13:54:23-05:00</d:date><d:subject>Water</d:subject><d:creator>X (mailto:x@vale.example)</d:creator></item></r:RDF>
END
is "RDF Site Summary" "$(see meta rdf.xml)" \
'{"authors":[{"name":"X","uri":"mailto:x@vale.example"}],"byline":"X","headline":"R","id":"https://vale.example/r","published":"2002-09-04T13:54:23-05:00","section":"Water","source":{"file":"rdf.xml","record":1},"url":"https://vale.example/r"}'

cat > wxr.xml << 'END'
<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>S</title><link>https://s.example</link><language>de-DE</language>
<wp:author><wp:author_login><![CDATA[rex]]></wp:author_login><wp:author_display_name><![CDATA[R. Example]]></wp:author_display_name></wp:author>
<item><title><![CDATA[Die Schleuse]]></title><link>https://s.example/s</link>
<pubDate>Mon, 11 Mar 2024 10:00:00 +0000</pubDate><dc:creator><![CDATA[rex]]></dc:creator><guid isPermaLink="false">https://s.example/?p=1</guid><description></description>
<content:encoded><![CDATA[<!-- wp:paragraph -->
<p>Text.</p>]]></content:encoded><excerpt:encoded><![CDATA[Kurz.]]></excerpt:encoded>
<wp:post_date>2024-03-11 11:00:00</wp:post_date><wp:post_date_gmt>2024-03-11 10:00:00</wp:post_date_gmt><wp:post_modified_gmt>2024-03-12 10:00:00</wp:post_modified_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>
<category domain="category" nicename="w"><![CDATA[Wasser]]></category><category domain="post_tag" nicename="t"><![CDATA[Tor]]></category>
<wp:comment><wp:comment_author_email>a@b.example</wp:comment_author_email></wp:comment></item>
<item><title>bild</title><wp:post_type>attachment</wp:post_type><wp:status>inherit</wp:status></item>
<item><title>Menü</title><wp:post_type>nav_menu_item</wp:post_type></item>
<item><title>weg</title><wp:post_type>post</wp:post_type><wp:status>trash</wp:status></item>
<item><title>Entwurf</title><content:encoded>x</content:encoded><pubDate>Mon, 30 Nov -0001 00:00:00 +0000</pubDate><wp:post_date>2024-03-13 10:00:00</wp:post_date><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt><wp:post_type>page</wp:post_type><wp:status>draft</wp:status><wp:post_password>secret</wp:post_password><guid>https://s.example/?page_id=3</guid></item>
</channel></rss>
END
is "WordPress: posts and pages, by authors' names, with dates in UTC" \
    "$(see show wxr.xml)" \
'S comment
A wxr.xml: item 1 {"authors":[{"name":"R. Example"}],"byline":"R. Example","ext":{"wp:post_date":"2024-03-11 11:00:00","wp:post_type":"post","wp:status":"publish"},"headline":"Die Schleuse","id":"https://s.example/?p=1","keywords":["Wasser","Tor"],"lang":"de-DE","published":"2024-03-11T10:00:00Z","section":"Wasser","source":{"file":"wxr.xml","record":1},"summary":"Kurz.","updated":"2024-03-12T10:00:00Z","url":"https://s.example/s"} text/html 34
S attachment
S nav_menu_item
S post in the trash
W wxr.xml: item 5: its status is '"'draft'"': it was not published
W wxr.xml: item 5: it has a password, which is left out
A wxr.xml: item 5 {"ext":{"wp:post_date":"2024-03-13 10:00:00","wp:post_type":"page","wp:status":"draft"},"headline":"Entwurf","id":"https://s.example/?page_id=3","lang":"de-DE","published":"2024-03-13T10:00:00","source":{"file":"wxr.xml","record":5},"url":"https://s.example/?page_id=3"} text/plain; charset=utf-8 1
Z 2'
cat > blogger.xml << 'END'
<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns='http://www.w3.org/2005/Atom' xmlns:app='http://purl.org/atom/app#'>
<id>tag:b.example,1999:archive</id><title>Gates</title>
<entry><id>tag:b.example,1999:t</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#template'/><title>Template</title><content type='text'>.a{}</content></entry>
<entry><id>tag:b.example,1999:s</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#settings'/><title>Setting</title><content type='text'>true</content></entry>
<entry><id>tag:b.example,1999:1</id><published>2024-03-11T10:00:00Z</published><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#post'/><category scheme='http://www.blogger.com/atom/ns#' term='Water'/><title>Open</title><content type='html'>&lt;p&gt;x&lt;/p&gt;</content></entry>
<entry><id>tag:b.example,1999:2</id><published>2024-03-12T10:00:00Z</published><app:control><app:draft>yes</app:draft></app:control><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#page'/><title>Shut</title><content type='html'>y</content></entry>
<entry><id>tag:b.example,1999:c</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#comment'/><title>Nice</title><content type='html'>z</content></entry>
</feed>
END
is "Blogger: posts and pages, and what is none" "$(see show blogger.xml)" \
'S template
S settings
A blogger.xml: item 3 {"ext":{"category":{"@scheme":"http://schemas.google.com/g/2005#kind","@term":"http://schemas.google.com/blogger/2008/kind#post"}},"headline":"Open","id":"tag:b.example,1999:1","published":"2024-03-11T10:00:00Z","section":"Water","source":{"file":"blogger.xml","record":3}} text/html 8
W blogger.xml: item 4: it is a draft: it was not published
A blogger.xml: item 4 {"ext":{"app:control":{"app:draft":"yes"},"category":{"@scheme":"http://schemas.google.com/g/2005#kind","@term":"http://schemas.google.com/blogger/2008/kind#page"}},"headline":"Shut","id":"tag:b.example,1999:2","published":"2024-03-12T10:00:00Z","source":{"file":"blogger.xml","record":4}} text/html 1
S comment
Z 2'
sed "s|<category scheme='http://schemas.google.com/g/2005#kind' term='[^#]*#\([a-z]*\)'/>|<blogger:type>\U\1</blogger:type>|
    s|<app:control>.*</app:control>|<blogger:status>DRAFT</blogger:status>|
    s|xmlns:app='[^']*'|xmlns:blogger='http://schemas.google.com/blogger/2018'|" \
    blogger.xml > blogger.atom
is "Blogger: newer exports" "$(see show blogger.atom | cut -c 1-55)" \
'S template
S settings
A blogger.atom: item 3 {"ext":{"blogger:type":"POST"},"
W blogger.atom: item 4: it is a draft: it was not publi
A blogger.atom: item 4 {"ext":{"blogger:status":"DRAFT"
S comment
Z 2'
cat > sitemap.xml << 'END'
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://vale.example/1</loc><n:news><n:title>T</n:title></n:news></url><url><loc>https://vale.example/2</loc></url></urlset>
END
printf '<sitemapindex><sitemap><loc>u</loc></sitemap></sitemapindex>' > index.xml
is "sitemaps have no articles, and say where these are" \
    "$(see show sitemap.xml; see show index.xml)" \
'S sitemap.xml: page 1: "T" is not in the sitemap; download and pack https://vale.example/1
S page in a sitemap
S sitemap.xml: a sitemap has no texts; download the pages that it lists, and pack these
Z 0
S sitemap in an index
S index.xml: an index of sitemaps has no texts
Z 0'
printf '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_html":"<p>x</p>","date_published":"2024-03-11T10:00:00Z","authors":[{"name":"R"}]}]}' > feed.json
printf '{"version":"https://jsonfeed.org/version/1.1","language":"en-GB","authors":[{"name":"A"},{"name":"B"}],"items":[{"id":"1","content_text":"x"},{"id":"2","content_text":"y","language":"de","authors":[{"name":"C"}]}]}' > inherit.json
is "JSON Feed: language and authors of the feed" "$(see meta inherit.json)" \
    '{"byline":"A, B","id":"1","lang":"en-GB","source":{"file":"inherit.json","keys":{"content_text":"body","id":"id"},"line":1}}
{"byline":"C","ext":{"authors":[{"name":"C"}]},"id":"2","lang":"de","source":{"file":"inherit.json","keys":{"content_text":"body","id":"id","language":"lang"},"line":2}}'
sed 's/"authors":\[{"name":"A"},{"name":"B"}\]/"author":{"name":"D"}/; s/version.1.1/version\/1/' \
    inherit.json > inherit1.json
is "JSON Feed 1.0: its author" "$(see meta inherit1.json | cut -d , -f 1)" '{"byline":"D"
{"byline":"C"'
sed 's/"version":"[^"]*"/"version":"1"/' inherit.json > none.json
is "no other list inherits" "$(see meta none.json | cut -d , -f 1)" '{"id":"1"
{"byline":"C"'
is "JSON Feed" "$(see meta feed.json)" \
'{"byline":"R","ext":{"authors":[{"name":"R"}]},"id":"1","published":"2024-03-11T10:00:00Z","source":{"file":"feed.json","keys":{"content_html":"body","date_published":"published","id":"id"},"line":1}}'
printf '<?xml version="1.0"?><note>Sluice</note>' > other.xml
printf '<html><body><item>x</item></body></html>' > page.xml
is "other XML is XML" "$(see kinds other.xml page.xml)" \
'other.xml application/xml
page.xml text/html'
printf '<rss><channel><title>Example</title></channel></rss>' > none.xml
is "a feed without items" "$(see show none.xml)" \
'S none.xml: the feed has no items
Z 0'
is "--from feed" "$(see end --from feed other.xml; see id --from feed < rss.xml -)" \
'Z 0
urn:vale:1
https://vale.example/a/2'

# ---- Feeds as they are ----

printf '\n \n<?xml version="1.0"?>
<rss><channel><item><title>a & b &copy; c < d</title>
<dc:date>2024-03-11</dc:date><link>u</link><description>x\001y</description>
<category domain=none>c</category></itm></item>
<item><title>two<description>t</description></item><item><title>three</title>
<item><title>four</title></channel></rss>' > bad.xml
is "what is not well-formed is mended, with a warning for each kind" \
    "$(see show bad.xml)" \
'A bad.xml: item 1 {"ext":{"link":"u"},"headline":"a & b © c < d","id":"bad.xml:1","published":"2024-03-11","section":"c","source":{"file":"bad.xml","record":1}} text/plain; charset=utf-8 2
W bad.xml: item 2: it has no text
W bad.xml: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
A bad.xml: item 2 {"headline":"two<description>t</description>","id":"bad.xml:2","source":{"file":"bad.xml","record":2}} text/plain; charset=utf-8 0
W bad.xml: item 3: it has no text
A bad.xml: item 3 {"headline":"three","id":"bad.xml:3","source":{"file":"bad.xml","record":3}} text/plain; charset=utf-8 0
W bad.xml: item 4: it has no text
A bad.xml: item 4 {"headline":"four","id":"bad.xml:4","source":{"file":"bad.xml","record":4}} text/plain; charset=utf-8 0
W bad.xml: line 3: something is before the XML declaration or the root
W bad.xml: line 5: a control character, which was removed
W bad.xml: line 4: an '"'&'"' that begins no reference
W bad.xml: line 4: a character reference of HTML, not of XML
W bad.xml: line 4: a '"'<'"' that begins no tag
W bad.xml: line 6: an attribute without quotes or name, or one too many
W bad.xml: line 6: tags that do not match; 4 times in all
W bad.xml: line 5: a prefix that is not declared
Z 4'
python3 - << 'END'
item = "<rss><channel><item><title>Gr\u00f6\u00dfe \u201eX\u201c \u20ac</title></item></channel></rss>"
head = '<?xml version="1.0" encoding="%s"?>'
def put(name, data):
    open(name, "wb").write(data)
put("utf8.rss", (head % "iso-8859-1" + item).encode())
put("1252.rss", (head % "utf-8" + item).encode("cp1252"))
put("latin.rss", (head % "ISO-8859-1" + item).encode("cp1252"))
put("u16.rss", (head % "utf-16" + item).encode("utf-16"))
put("u16be.rss", (head % "utf-16" + item).encode("utf-16-be"))
put("u32.rss", (head % "utf-32" + item).encode("utf-32"))
put("bom.rss", b"\xef\xbb\xbf" + (head % "UTF-8" + item).encode())
put("nul.rss", item.replace("X", "\0X").encode())
# More than is held in memory: it is decoded as it is read.
for name, charset in (("long1252", "windows-1252"), ("longu16", "utf-16")):
    put(name + ".rss", (head % charset + item.replace("<item>", "<item><description>" + "y" * (17 << 20) + "</description>")).encode(charset))
END
is "character sets: right, wrong, and large" "$(for f in utf8 1252 latin u16 u16be u32 bom nul long1252 longu16; do
    see headline $f.rss; see W $f.rss | grep -v 'no text'; done)" \
'Größe „X“ €
utf8.rss: line 1: the text is not in the character set that it names
Größe „X“ €
1252.rss: line 1: the text is not in the character set that it names
Größe „X“ €
Größe „X“ €
Größe „X“ €
Größe „X“ €
Größe „X“ €
Größe „X“ €
nul.rss: line 1: a control character, which was removed
Größe „X“ €
Größe „X“ €'

# ---- Hostile and cut off ----

cat > laugh.xml << 'END'
<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">
<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "p"> %p;]>
<rss><channel><item><title>&a; &c; &f;</title><description>x</description></item></channel></rss>
END
is "entities: short ones, not inside each other, and no files" \
    "$(see headline laugh.xml)" 'ha &b;&b;&b; &f;'
python3 - << 'END'
def put(name, inside):
    open(name, "w").write("<rss><channel>" + "".join(
        "<item>%s</item>" % x for x in inside) + "</channel></rss>")
good = "<title>good</title><description>x</description>"
put("huge.rss", ["<title>" + "x" * (100 << 20) + "</title>", good])
put("deep.rss", ["<a>" * 5000 + "</a>" * 5000, "<description>" + "<b>" * 300, good])
put("many.rss", ["<a/>" * 300000, good])
put("long.rss", ["<title>" + "t" * 5000 + "</title><description>x</description>"])
put("ext.rss", ["<e%d>%s</e%d>" % (i, "e" * 1000, i) for i in range(3)]
    + ["".join("<e%d>%s</e%d>" % (i, "e" * 1000, i) for i in range(900))])
put("tail.rss", [good])
put("attrs.rss", ["<a %s/>" % " ".join("a%d='b'" % i for i in range(6000)), good]
    + ["<a %s>" % " ".join("xmlns:p%d='u%d'" % (i, i) for i in range(k * 300, k * 300 + 300)) for k in range(9)])
open("tail.rss", "a").write("<" * 200000 + "<a b='" * 20000)
open("head.rss", "w").write("<rss><channel>" + "<x/>" * 300000 +
                            "<item>" + good + "</item></channel></rss>")
open("out.rss", "w").write("<rss>" * 5000 + "<item>" + good + "</item>")
END
over='more than 64 MiB, 200 levels or 262144 tags'
is "an item over a limit does not hide the next" \
    "$(for f in huge deep many; do see end $f.rss; see headline $f.rss; done)" \
"R 7 huge.rss: item 1: $over
Z 1
good
R 7 deep.rss: item 1: $over
R 7 deep.rss: item 2: $over
Z 1
good
R 7 many.rss: item 1: $over
Z 1
good"
is "what metadata cannot hold is in the original, beside the body" \
    "$("$SHEAF_IMPORT" long.rss | python3 decode.py parts | tail -n 2
    "$SHEAF_IMPORT" ext.rss | python3 decode.py parts | tail -n 1)" \
'2 text/plain; charset=utf-8 1
4 application/xml 5056
4 application/xml 911493'
is "attributes and namespaces without end" \
    "$(see end attrs.rss; see W attrs.rss | grep attribute)" \
'Z 11
attrs.rss: line 1: an attribute without quotes or name, or one too many; 6140 times in all'
is "garbage around the items, and too deep" \
    "$(for f in tail head out; do see end $f.rss; see headline $f.rss; done)" \
'Z 1
good
Z 1
good
Z 0'
is "elements too deep for an item are reported" "$(see show out.rss)" \
'S out.rss: the feed has no items
W out.rss: line 1: tags that do not match; 4806 times in all
W out.rss: line 1: the input ends before the last end tag
Z 0'
printf '<rss><channel><item><title>x</title><description>d</description><pubDate>%s</pubDate></item></channel></rss>' \
    '0000-00-00' > date.rss
is "a date that is none" "$(see meta date.rss; see W date.rss)" \
'{"ext":{"pubDate":"0000-00-00"},"headline":"x","id":"date.rss:1","source":{"file":"date.rss","record":1}}
date.rss: item 1: '"'0000-00-00'"' is not certainly a date; it is kept as text'
cat > cuts.py << 'END'
# Cut at each place: the stream is whole, no item is lost before the cut, and
# none is cut.
import json, subprocess, sys
import decode
def items(data):
    out = subprocess.run([sys.argv[1], "-"], input=data, stdout=subprocess.PIPE).stdout
    open("stream", "wb").write(out)
    rs = list(decode.records(open("stream", "rb")))
    assert rs[-1][0] == "Z", rs[-1]
    return [(json.loads(r[2]), r[3]) for r in rs if r[0] == "A"]
for name, ends in (("rss.xml", b"</item>"), ("atom.xml", b"</a:entry>"), ("wxr.xml", b"</item>")):
    data = open(name, "rb").read()
    whole = items(data)
    for cut in range(120, len(data), int(sys.argv[2])):
        got = items(data[:cut])
        want = min(len(whole), len(got))
        if got[:want] != whole[:want] or len(got) > len(whole) or \
                (name != "wxr.xml" and len(got) < data[:cut].count(ends)):
            sys.exit("%s cut at %d" % (name, cut))
print("whole")
END
sed 's/^main()$//' decode.py > tmp.py && mv tmp.py decode.py
for i in 'y:full-text http://news.yandex.ru' 't:content http://turbo.yandex.ru' \
    'r:fulltext http://news.rambler.ru' 'm:full-text http://news.mail.ru/'; do
    name=${i% *}
    printf '<rss version="2.0" xmlns:%s="%s"><channel><item><title>T</title><guid>%s</guid><description>Lead.</description><%s>All of it.</%s></item></channel></rss>' \
        "${name%:*}" "${i#* }" "$name" "$name" "$name" > full.rss
    see meta full.rss | sed 's/"source".*"summary"/"summary"/'
    see body full.rss
    echo
done > full.out
is "RSS: the whole text, for portals" "$(cat full.out)" \
'{"headline":"T","id":"y:full-text","summary":"Lead."}
All of it.
{"headline":"T","id":"t:content","summary":"Lead."}
All of it.
{"headline":"T","id":"r:fulltext","summary":"Lead."}
All of it.
{"headline":"T","id":"m:full-text","summary":"Lead."}
All of it.'
is "cut at many places" "$(python3 cuts.py "$SHEAF_IMPORT" 37)" whole

echo "1..$n"
[ $bad = 0 ]
