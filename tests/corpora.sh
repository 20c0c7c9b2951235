#!/bin/sh
# corpora.sh - what sheaf-import makes of files as sites, tools and programs for
# mail write them: dumps of wikis, papers, answers of interfaces, tables, saved
# pages. Prints TAP.

. "$(dirname "$0")/import.inc"

# ---- Wikis ----

cat > wiki.xml << 'END'
<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">
<siteinfo><sitename>Vale</sitename><base>https://vale.example/wiki/Main_Page</base></siteinfo>
<page><title>Ferry runs: a "test"</title><ns>0</ns><id>12</id>
<revision><id>100</id><timestamp>2024-05-08T10:00:00Z</timestamp><contributor><username>Rita</username></contributor>
<format>text/x-wiki</format><text xml:space="preserve">{{date|May 6, 2024}} The '''ferry''' &amp;amp; [[gate]].</text></revision></page>
<page><title>Talk:Ferry</title><ns>1</ns><id>13</id><revision><text>talk</text></revision></page>
<page><title>Old</title><ns>0</ns><redirect title="Ferry"/><revision><text>#REDIRECT [[Ferry]]</text></revision></page>
<page><title>Gate</title><ns>0</ns><id>15</id>
<revision><id>1</id><timestamp>2024-05-07T10:00:00Z</timestamp><contributor><ip>192.0.2.1</ip></contributor><text>one</text></revision>
<revision><id>2</id><timestamp>2024-05-08T10:00:00Z</timestamp><text>two</text></revision></page>
</mediawiki>
END
is "MediaWiki: pages with their revisions, and what is no article" \
    "$(see show --no-lines wiki.xml; see bodies wiki.xml)" \
'A wiki.xml: page 1 {"ext":{"contributor":"Rita","format":"text/x-wiki","page":"12","revision":"100"},"headline":"Ferry runs: a \"test\"","id":"https://vale.example/wiki/Ferry_runs:_a_%22test%22","lang":"en","published":"2024-05-06","updated":"2024-05-08T10:00:00Z","url":"https://vale.example/wiki/Ferry_runs:_a_%22test%22"} text/plain; charset=utf-8 52
S wiki page that is no article
S redirect
A wiki.xml: page 4 {"ext":{"contributor":"192.0.2.1","page":"15","revision":"1"},"headline":"Gate","id":"https://vale.example/wiki/Gate","lang":"en","published":"2024-05-07T10:00:00Z","updated":"2024-05-07T10:00:00Z","url":"https://vale.example/wiki/Gate"} text/plain; charset=utf-8 3
A wiki.xml: page 4 {"ext":{"page":"15","revision":"2"},"headline":"Gate","id":"https://vale.example/wiki/Gate","lang":"en","published":"2024-05-07T10:00:00Z","updated":"2024-05-08T10:00:00Z","url":"https://vale.example/wiki/Gate"} text/plain; charset=utf-8 3
Z 3
"{{date|May 6, 2024}} The '"'''ferry'''"' &amp; [[gate]]."
"one"
"two"'
cat > wikiback.xml << 'END'
<mediawiki><siteinfo><base>https://vale.example/wiki/Main_Page</base></siteinfo><page><title>Gate</title><id>15</id>
<revision><id>9</id><timestamp>2024-05-08T10:00:00Z</timestamp><text>three</text></revision>
<revision><id>8</id><timestamp>2024-05-07T10:00:00Z</timestamp><text>two</text></revision>
<revision><id>12</id><timestamp>2024-05-06T10:00:00Z</timestamp><text>one</text></revision>
<revision><id>10</id><timestamp>2024-05-08T10:00:00Z</timestamp><text>four</text></revision></page></mediawiki>
END
is "MediaWiki: revisions by their times and then their numbers" \
    "$(see bodies wikiback.xml | tr '\n' ' '; see meta wikiback.xml | grep -o '"published":[^,]*' | sort -u)" \
'"one" "two" "three" "four" "published":"2024-05-06T10:00:00Z"'
{
    echo '<mediawiki><page>'
    yes '<revision><text>a</text></revision>' | head -40000
    echo '<title>Gate</title></page></mediawiki>'
} > wikimany.xml
timeout 10 "$SHEAF_IMPORT" --no-lines wikimany.xml > many.out 2> many.err
is "MediaWiki: time in proportion to the revisions of a page" "$?" 0
is "MediaWiki: a day of publication that is a guess" \
    "$(see I --report wiki.xml | grep -c '"guessed":\["published"\]')" 2

# ---- Words for no value, and addresses that are no article's ----

printf 'id,url,title,author,section,date,keywords,text\n' > gone.csv
for word in NA '\N' NULL nan None N/A - '#'; do
    printf '%s,%s,T,%s,%s,%s,%s,x\n' "$word" "$word" "$word" "$word" "$word" "$word" >> gone.csv
done
printf '7,https://vale.example/7,NA,Na,None given,2024-05-06,"a, nan",NaN\n' >> gone.csv
printf '8,https://vale.example/8,-,NA Example,NAB,2024-05-06,-,-\n' >> gone.csv
is "tables: a word for no value is none" "$(see id gone.csv | tr '\n' ' ')" \
    "gone.csv:1 gone.csv:2 gone.csv:3 gone.csv:4 gone.csv:5 gone.csv:6 gone.csv:7 gone.csv:8 7 8 "
is "tables: and is kept, but in no field; only whole values are such words" \
    "$(see meta gone.csv | sed -n '1p;9,10p'; see bodies gone.csv | tail -2; see W gone.csv | sed 1d)" \
'{"ext":{"author":"NA","date":"NA","id":"NA","keywords":"NA","section":"NA","url":"NA"},"headline":"T","id":"gone.csv:1","source":{"file":"gone.csv","keys":{"text":"body","title":"headline"},"line":1}}
{"byline":"Na","ext":{"keywords":"a, nan","text":"NaN","title":"NA"},"id":"7","keywords":["a","nan"],"published":"2024-05-06","section":"None given","source":{"file":"gone.csv","keys":{"author":"byline","date":"published","id":"id","section":"section","url":"url"},"line":9},"url":"https://vale.example/7"}
{"byline":"NA Example","ext":{"keywords":"-"},"headline":"-","id":"8","published":"2024-05-06","section":"NAB","source":{"file":"gone.csv","keys":{"author":"byline","date":"published","id":"id","section":"section","text":"body","title":"headline","url":"url"},"line":10},"url":"https://vale.example/8"}
""
"-"
gone.csv: row 9: the body is empty'
cat > gone.jsonl << 'END'
{"id":"null","uuid":"None","author":["nan"],"authors":["NA","Rita"],"text":"a"}
{"id":null,"url":"https://vale.example/","text":"b"}
{"url":"https://vale.example","guid":"g3","text":"c"}
{"url":"https://vale.example/?p=4","text":"d"}
{"id":"https://vale.example","url":"https://vale.example/5","text":"e"}
{"guid":"https://vale.example/","text":"f"}
{"id":"vale://7","text":"g"}
END
is "JSON: the same, and an address of a whole site is no ID" \
    "$(see id gone.jsonl; see meta gone.jsonl | grep -o '"byline":"[^"]*"\|"ext":{"id":"h[^}]*}')" \
'gone.jsonl:1
gone.jsonl:2
g3
https://vale.example/?p=4
https://vale.example/5
gone.jsonl:6
vale://7
"byline":"Rita"
"ext":{"id":"https://vale.example"}'
printf 'id = id\n' > home.map
is "JSON: but --map may say so" "$(sed -n 5p gone.jsonl > home.jsonl
    see id --map home.map home.jsonl)" https://vale.example
cat > home.rss << 'END'
<rss version="2.0"><channel><title>V</title>
<item><title>A</title><link>https://vale.example/</link><description>a</description></item>
<item><title>B</title><link>https://vale.example</link><description>b</description></item>
<item><title>C</title><link>https://vale.example/c</link><description>c</description></item>
<item><title>D</title><link>https://vale.example/d</link><guid>https://vale.example/</guid><description>d</description></item>
<item><title>E</title><link>https://vale.example/e</link><guid isPermaLink="false">http://www.vale.example</guid><description>e</description></item>
<item><title>F</title><guid>https://vale.example/</guid><description>f</description></item>
<item><title>G</title><link>https://vale.example/g</link><guid>https://vale.example/?p=7</guid><description>g</description></item></channel></rss>
END
cat > home.atom << 'END'
<feed xmlns="http://www.w3.org/2005/Atom"><title>V</title>
<entry><id>https://vale.example/</id><title>A</title><link href="https://vale.example/a"/><content>a</content></entry></feed>
END
cat > home.rdf << 'END'
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item rdf:about="https://vale.example/"><title>R</title><link>https://vale.example/r</link><description>r</description></item></rdf:RDF>
END
is "feeds: an address of a whole site is no ID" \
    "$(see id home.rss home.atom home.rdf | tr '\n' ' ')" \
    "home.rss:1 home.rss:2 https://vale.example/c https://vale.example/d https://vale.example/e home.rss:6 https://vale.example/?p=7 https://vale.example/a https://vale.example/r "
is "feeds: it is kept" "$(see meta home.rss | grep -o '"ext":{[^}]*}')" \
'"ext":{"guid":"https://vale.example/"}
"ext":{"guid":{"#text":"http://www.vale.example","@isPermaLink":"false"}
"ext":{"guid":"https://vale.example/"}'
{
    echo '<rss version="2.0"><channel><title>V</title>'
    for host in localhost:8080/wp 127.0.0.1 '[::1]' 172.20.0.3 vale.local www.example.com wp \
        172.32.0.3 10.vale.example old.example; do
        printf '<item><guid isPermaLink="false">http://%s/?p=1</guid>' "$host"
        printf '<link>https://vale.example/%s</link><description>a</description></item>\n' "$host"
    done
    echo '<item><guid isPermaLink="false">http://localhost/?p=2</guid>'
    echo '<link>http://localhost/2</link><description>a</description></item>'
    echo '<item><guid isPermaLink="false">http://localhost/?p=3</guid>'
    echo '<description>a</description></item></channel></rss>'
} > hosts.rss
is "feeds: a guid whose host is nobody's gives way to a link" "$(see id hosts.rss)" \
'https://vale.example/localhost:8080/wp
https://vale.example/127.0.0.1
https://vale.example/[::1]
https://vale.example/172.20.0.3
https://vale.example/vale.local
https://vale.example/www.example.com
https://vale.example/wp
http://172.32.0.3/?p=1
http://10.vale.example/?p=1
http://old.example/?p=1
http://localhost/?p=2
http://localhost/?p=3'

# ---- RDF ----

printf '%s' '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">' \
    '<rdf:Description><dc:title>Gate</dc:title><dc:date>2024-05-06</dc:date></rdf:Description></rdf:RDF>' > refs.rdf
printf '<p xmlns="http://www.w3.org/1999/xhtml">Page</p>' > xhtml.txt
printf '<x:y xmlns:x="urn:x">Words</x:y>\n\n# Head\n' > words.md
is "XML without a declaration, by its namespace" "$(see show refs.rdf xhtml.txt words.md | grep -v '^Z')" \
'W refs.rdf: XML with the root '"'RDF'"', which is not known; only its text is read (--map)
A refs.rdf {"headline":"Gate","id":"refs.rdf","published":"2024-05-06"} application/xml 208
A xhtml.txt {"headline":"<p xmlns=\"http://www.w3.org/1999/xhtml\">Page</p>","id":"xhtml.txt"} text/plain; charset=utf-8 48
A words.md {"headline":"Head","id":"words.md"} text/markdown 41'

# ---- Tables with backslashes between tabs ----

printf 'id\ttitle\ttext\n1\tA "b"\tOne\\nTwo\\tc\\\\d\r\n2\t\\N\t"q"\\\ne\n3\t\tx' > copy.tsv
is "TSV: a quote at the start of a cell: no escapes" "$(see bodies copy.tsv | head -1)" '"One\\nTwo\\tc\\\\d"'
sed 's/"q"/ "q"/' copy.tsv > copy2.tsv
is "TSV: escapes of PostgreSQL and MySQL" "$(see bodies copy2.tsv; see headline copy2.tsv)" \
'"One\nTwo\tc\\d"
" \"q\"\ne"
"x"
A "b"'
printf 'id\ttext\n1\tC:\\new\\temp\n2\t\\\\server\\share\n' > paths.tsv
is "TSV: paths of Windows" "$(see bodies paths.tsv)" '"C:\\new\\temp"
"\\\\server\\share"'
python3 -c '
print("id\ttitle\ttext")
for i in range(9):
    print(i, "\\N", "a \"b\" \\\\ \\n" * 9999, sep="\t")' > copies.tsv
is "TSV: the same, where cells are long" \
    "$(see bodies copies.tsv | python3 -c '
import json, sys
print(sum(json.loads(line) == "a \"b\" \\ \n" * 9999 for line in sys.stdin))')" 9

# ---- Rich text in JSON ----

cat > rich.jsonl << 'END'
{"id":"contentful","body":{"nodeType":"document","content":[{"nodeType":"paragraph","content":[{"nodeType":"text","value":"The mayor "},{"nodeType":"text","value":"open","marks":[{"type":"bold"}]},{"nodeType":"hyperlink","data":{"uri":"https://vale.example"},"content":[{"nodeType":"text","value":"ed it"}]},{"nodeType":"text","value":"."}]},{"nodeType":"heading-2","content":[{"nodeType":"text","value":"Head"}]},{"nodeType":"unordered-list","content":[{"nodeType":"list-item","content":[{"nodeType":"paragraph","content":[{"nodeType":"text","value":"Item"}]}]}]}]}}
{"id":"portable","body":[{"_type":"block","children":[{"_type":"span","text":"The "},{"_type":"span","text":"gate"}]},{"_type":"block","children":[{"_type":"span","text":"Two"}]}]}
{"id":"strapi","body":[{"type":"paragraph","children":[{"type":"text","text":"The "},{"type":"link","url":"https://vale.example","children":[{"type":"text","text":"ga"}]},{"type":"text","text":"te"}]}]}
{"id":"tiptap","body":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"One"},{"type":"hardBreak"},{"type":"text","text":"line"}]},{"type":"paragraph"},{"type":"paragraph","content":[{"type":"text","text":"Two"}]}]}}
{"id":"slate","body":[{"children":[{"text":"The "},{"text":"gate","bold":true}]},{"type":"p","children":[{"text":"Two"}]}]}
{"id":"blocks","body":[{"type":"text","text":"One"},{"type":"text","text":"Two"}]}
{"id":"sections","body":{"type":"section","content":[{"type":"text","text":"One"},{"type":"text","text":"Two"}]}}
{"id":"texts","body":{"content":[{"text":"One"},{"text":"Two"}]}}
END
is "JSON: runs of a paragraph of rich text are one text, and blocks are not" "$(see bodies rich.jsonl)" \
'"The mayor opened it.\n\nHead\n\nItem"
"The gate\n\nTwo"
"The gate"
"One\nline\n\nTwo"
"The gate\n\nTwo"
"One\n\nTwo"
"One\n\nTwo"
"One\n\nTwo"'
cat > ans.json << 'END'
{"_id":"A","type":"story","headlines":{"basic":"Gate"},"content_elements":[{"type":"text","content":"It <b>open</b>ed &amp; left."},
{"type":"header","level":3,"content":"Known"},{"type":"list","list_type":"ordered","items":[{"type":"text","content":"First"},{"type":"list","items":[{"type":"text","content":"In"}]}]},
{"type":"quote","content_elements":[{"type":"text","content":"Words"}]},{"type":"image","caption":"no"},{"type":"reference"},
{"type":"table","header":[{"type":"text","content":"H"}],"rows":[[{"type":"text","content":"C"}]]},{"type":"raw_html","content":"<i>raw</i>"}],
"credits":{"by":[{"name":"Rita Example"}]},"taxonomy":{"primary_section":{"name":"Sport"}}}
END
is "ANS: lists, quotes and tables too, as HTML; byline and section" \
    "$(see bodies ans.json; see meta ans.json | grep -o '"byline":"[^"]*"\|"section":"[^"]*"'; see kinds ans.json)" \
'"<p>It <b>open</b>ed &amp; left.</p>\n<h3>Known</h3>\n<ol>\n<li>First</li>\n<ul>\n<li>In</li>\n</ul>\n</ol>\n<blockquote>\n<p>Words</p>\n</blockquote>\n<table>\n<tr><th>H</th>\n</tr>\n<tr><td>C</td>\n</tr>\n</table>\n<div><i>raw</i></div>\n"
"byline":"Rita Example"
"section":"Sport"
A text/html'

# ---- Papers ----

cat > jats.xml << 'END'
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.2 20190208//EN" "x.dtd">
<article xml:lang="en"><front><journal-meta><journal-title-group><journal-title>Vale Journal</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmc">7</article-id><article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>The <italic>Ferry</italic></article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Example</surname><given-names>Rita</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>No</surname></name></contrib></contrib-group>
<pub-date><year>2024</year></pub-date><pub-date><day>6</day><month>5</month><year>2024</year></pub-date>
<abstract><p>In short.</p></abstract><kwd-group><kwd>ferries</kwd></kwd-group></article-meta></front>
<body><sec><title>Intro</title><p>It  runs <xref>1</xref>.</p><fig><caption><p>no</p></caption></fig></sec></body></article>
END
cat > pubmed.xml << 'END'
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>123</PMID><Article><Journal><JournalIssue><PubDate><Year>2024</Year>
<Month>May</Month></PubDate></JournalIssue><Title>J</Title></Journal><ArticleTitle>One</ArticleTitle><Abstract>
<AbstractText Label="METHODS">First.</AbstractText><AbstractText>Second.</AbstractText></Abstract><AuthorList><Author>
<LastName>Example</LastName><ForeName>Rita</ForeName></Author><Author><CollectiveName>Vale Group</CollectiveName></Author>
</AuthorList><Language>eng</Language></Article><MeshHeadingList><MeshHeading><DescriptorName>Rivers</DescriptorName>
<QualifierName>no</QualifierName></MeshHeading></MeshHeadingList></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>124</PMID></MedlineCitation></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID>125</PMID><Book><Publisher><PublisherName>Vale Press</PublisherName></Publisher><BookTitle>Locks</BookTitle>
<PubDate><Year>2024</Year><Month>01</Month></PubDate></Book><ArticleTitle>Gates</ArticleTitle><Language>eng</Language>
<AuthorList><Author><LastName>Example</LastName><ForeName>Rita</ForeName></Author></AuthorList><Abstract><AbstractText>Of a chapter.</AbstractText></Abstract></BookDocument>
<PubmedBookData><PublicationStatus>ppublish</PublicationStatus></PubmedBookData></PubmedBookArticle></PubmedArticleSet>
END
cat > oai.xml << 'END'
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>oai:a:1</identifier><datestamp>2024-05-08</datestamp></header><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2405.00001</id><created>2024-05-01</created><authors><author><keyname>Example</keyname>
<forenames>Rita</forenames></author></authors><title>A
 title</title><abstract>The
 abstract.</abstract></arXiv></metadata></record>
<record><header status="deleted"><identifier>oai:a:2</identifier></header></record>
<record><header><identifier>oai:a:3</identifier></header><metadata><marc/></metadata></record>
<record><metadata/></record>
<record><header><identifier>oai:a:4</identifier></header><metadata><d:dc xmlns:d="http://purl.org/dc/elements/1.1/">
<d:title>Four</d:title><d:creator>Example, Rita</d:creator><d:description>Text.</d:description><d:date>2024-05-02</d:date>
<d:identifier>https://vale.example/4</d:identifier><d:identifier>4</d:identifier></d:dc></metadata></record></ListRecords></OAI-PMH>
END
is "JATS: title, authors, the whole day, and the text" \
    "$(see meta --no-lines jats.xml; see bodies jats.xml)" \
'{"authors":[{"name":"Rita Example"}],"byline":"Rita Example","ext":{"journal":"Vale Journal","pmc":"7"},"headline":"The Ferry","id":"10.1/x","keywords":["ferries"],"lang":"en","published":"2024-05-06","summary":"In short."}
"Intro\n\nIt runs 1."'
is "PubMed: each of a set" "$(see show --no-lines pubmed.xml; see bodies pubmed.xml)" \
'A pubmed.xml: record 1 {"authors":[{"name":"Rita Example"},{"name":"Vale Group"}],"byline":"Rita Example, Vale Group","ext":{"journal":"J"},"headline":"One","id":"pmid:123","keywords":["Rivers"],"lang":"eng","published":"2024-05"} text/plain; charset=utf-8 24
W pubmed.xml: record 2: it has no text
A pubmed.xml: record 2 {"id":"pmid:124"} text/plain; charset=utf-8 0
A pubmed.xml: record 3 {"authors":[{"name":"Rita Example"}],"byline":"Rita Example","ext":{"book":"Locks","publisher":"Vale Press"},"headline":"Gates","id":"pmid:125","lang":"eng","published":"2024-01"} text/plain; charset=utf-8 13
Z 3
"METHODS: First.\n\nSecond."
""
"Of a chapter."'
is "OAI-PMH: records of arXiv and in Dublin Core" \
    "$(see show --no-lines oai.xml; see bodies oai.xml)" \
'A oai.xml: record 1 {"authors":[{"name":"Rita Example"}],"byline":"Rita Example","headline":"A title","id":"oai:a:1","published":"2024-05-01","updated":"2024-05-08","url":"https://arxiv.org/abs/2405.00001"} text/plain; charset=utf-8 13
S deleted record
R 1 oai.xml: record 3: its metadata is in '"'marc'"', which is not known (--map)
R 1 oai.xml: record 4: it has no metadata
A oai.xml: record 5 {"authors":[{"name":"Example, Rita"}],"byline":"Example, Rita","ext":{"identifier":"4"},"headline":"Four","id":"oai:a:4","published":"2024-05-02","url":"https://vale.example/4"} text/plain; charset=utf-8 5
Z 2
"The abstract."
"Text."'
printf '<?xml version="1.0"?><newsitem date="1996-08-20"><headline>H</headline><author><first>Rita</first><last>Example</last></author><text><p>x</p></text></newsitem>' > item.xml
is "XML of no known kind: a day of its root, a name in pieces" \
    "$(see meta item.xml)" \
    '{"byline":"Rita Example","headline":"H","id":"item.xml","published":"1996-08-20"}'

# ---- Newswire ----

cat > afp_eng_199405 << 'END'
<DOC id="AFP_ENG_19940512.0004" type="story" >
<HEADLINE>
Ferry runs &AMP; more
</HEADLINE>
<DATELINE>VALE, May 12 (AFP)</DATELINE>
<TEXT>
<P>
It runs
again.
</P>
<P>
Second.
</P>
</TEXT>
</DOC>
<DOC id="AFP_ENG_19940512.0005" type="other" >
<TEXT>
Untitled
</TEXT>
</DOC>
END
cat > trec << 'END'
<DOC>
<DOCNO> AP880212-0001 </DOCNO>
<HEAD>One</HEAD>
<TEXT>
   First line.
   Second.
</TEXT>
</DOC>
<DOC>
<DOCNO> LA010189-0001 </DOCNO>
<DATE><P>January 2, 1989, Monday, Home Edition</P></DATE>
<HEADLINE><P>TWO</P></HEADLINE>
<TEXT><P>The body.</P></TEXT>
</DOC>
<DOC><DOCNO>FT911-3</DOCNO><TEXT>cut
END
cat > reut.sgm << 'END'
<!DOCTYPE lewis SYSTEM "lewis.dtd">
<REUTERS TOPICS="YES" NEWID="1">
<DATE>26-FEB-1987 15:01:01.79</DATE>
<TOPICS><D>cocoa</D><D>grain</D></TOPICS>
<TEXT>
<TITLE>COCOA</TITLE>
<DATELINE>SALVADOR, Feb 26 - </DATELINE><BODY>Showers &lt;in> the week.
 Reuter</BODY></TEXT>
</REUTERS>
END
printf '<doc id="12" url="https://vale.example/w?curid=12" title="Gate">\nGate\n\nIt &lt; it.\n</doc>\n' > wiki_00
is "newswire: each document, with what it has" \
    "$(see show --no-lines afp_eng_199405 trec reut.sgm wiki_00
    see bodies afp_eng_199405 trec reut.sgm wiki_00)" \
'A afp_eng_199405: document 1 {"ext":{"DATELINE":"VALE, May 12 (AFP)","type":"story"},"headline":"Ferry runs & more","id":"AFP_ENG_19940512.0004","published":"1994-05-12"} text/plain; charset=utf-8 23
A afp_eng_199405: document 2 {"ext":{"type":"other"},"id":"AFP_ENG_19940512.0005","published":"1994-05-12"} text/plain; charset=utf-8 8
W afp_eng_199405: line 3: a character reference of HTML, not of XML
A trec: document 1 {"headline":"One","id":"AP880212-0001","published":"1988-02-12"} text/plain; charset=utf-8 22
A trec: document 2 {"headline":"TWO","id":"LA010189-0001","published":"1989-01-02"} text/plain; charset=utf-8 9
R 1 trec: document 3: the input ends inside this document
A reut.sgm: document 1 {"ext":{"DATELINE":"SALVADOR, Feb 26 -","TOPICS":"YES"},"headline":"COCOA","id":"1","keywords":["cocoa","grain"],"published":"1987-02-26T15:01:01"} text/plain; charset=utf-8 30
A wiki_00: document 1 {"ext":{"id":"12"},"headline":"Gate","id":"https://vale.example/w?curid=12","url":"https://vale.example/w?curid=12"} text/plain; charset=utf-8 14
Z 6
"It runs again.\n\nSecond."
"Untitled"
"First line.\n   Second."
"The body."
"Showers <in> the week.\n Reuter"
"Gate\n\nIt < it."'
cat > aquaint << 'END'
<DOC>
<DOCNO> NYT19980601.0001 </DOCNO>
<BODY>
<SLUG> BC-GATE </SLUG>
<HEADLINE>
GATE OPENS
</HEADLINE>
   (ml)
<TEXT>
Lead.
<P>
 It <B>is</B>
 open.
</P>
Between.
<P>Last.</P>
</TEXT>
</BODY>
</DOC>
Loose.
<DOC>
<DOCNO> FBIS3-1 </DOCNO>
<HEADER><H2> Reports </H2><DATE1> 1 March 1994 </DATE1><H3><TI> NOTE </TI></H3></HEADER>
<TEXT>In <F P=105> English </F>,
 all.</TEXT>
</DOC>
<DOC><DOCNO>3</DOCNO>Only
text.</DOC>
END
printf '<REUTERS NEWID="2">\n<TEXT TYPE="BRIEF">&#2;\n<TITLE>GOLD</TITLE>  Up.\n</TEXT>\n</REUTERS>\n' > brief.sgm
cat > wiki_01 << 'END'
<doc id="1" url="https://vale.example/w?curid=1" title="Water">
Water

H<sub>2</sub>O.<ref name="x"/> <text>More</text> words.

</doc>
<doc id="2" url="https://vale.example/w?curid=2" title="Lists">
<h2>Lists</h2><p>One.</p><ul><li>Two.</li></ul>
</doc>
END
is "newswire: all text, in its order, whatever is in it" \
    "$(see show --no-lines aquaint brief.sgm wiki_01
    see bodies aquaint brief.sgm wiki_01)" \
'A aquaint: document 1 {"ext":{"#text":"(ml)","SLUG":"BC-GATE"},"headline":"GATE OPENS","id":"NYT19980601.0001","published":"1998-06-01"} text/plain; charset=utf-8 35
A aquaint: document 2 {"ext":{"H2":"Reports"},"headline":"NOTE","id":"FBIS3-1","published":"1994-03-01"} text/plain; charset=utf-8 19
A aquaint: document 3 {"id":"3"} text/plain; charset=utf-8 10
W aquaint: line 19: text that is in no element, which is left out
W aquaint: line 24: an attribute without quotes or name, or one too many
A brief.sgm: document 1 {"headline":"GOLD","id":"2"} text/plain; charset=utf-8 3
W brief.sgm: line 2: a control character, which was removed
A wiki_01: document 1 {"ext":{"id":"1"},"headline":"Water","id":"https://vale.example/w?curid=1","url":"https://vale.example/w?curid=1"} text/plain; charset=utf-8 23
A wiki_01: document 2 {"ext":{"id":"2"},"headline":"Lists","id":"https://vale.example/w?curid=2","url":"https://vale.example/w?curid=2"} text/plain; charset=utf-8 17
Z 6
"Lead.\n\nIt is open.\n\nBetween.\n\nLast."
"In  English ,\n all."
"Only\ntext."
"Up."
"Water\n\nH2O. More words."
"Lists\n\nOne.\n\nTwo."'
is "newswire: a page is not taken for it" \
    "$(printf '<doc><p>x' > a.html; printf '<DOCUMENT>x' > b.txt; see kinds a.html b.txt)" \
    'a.html text/html
b.txt text/plain; charset=utf-8'

# ---- Answers of interfaces ----

cat > make.py << 'END'
import json


def put(name, value):
    json.dump(value, open(name, "w"))


post = {"id": "a", "title": "T", "selftext": "x", "created_utc": 1714989600.0}
put("reddit.json", {"kind": "Listing", "data": {"after": None, "children": [{"kind": "t3", "data": post}]}})
put("event.json", {"articles": {"page": 1, "results": [{"uri": "1", "title": "T", "body": "x", "date": "2024-05-06"}]}})
put("hits.json", {"hits": [{"objectID": "1", "story_text": "x", "title": "T"}]})
put("arc.json", {"headlines": {"basic": "H"}, "description": {"basic": "S"}, "display_date": "2024-05-06T10:00:00Z",
                 "content_elements": [{"type": "text", "content": "One."}, {"type": "image", "caption": "no"},
                                      {"type": "text", "content": "Two."}]})
put("times.json", {"title": "T", "text": "x", "keywords": [{"name": "subject", "value": "Ferries", "rank": 1}]})
page = '<!DOCTYPE html><html lang="de"><head><title>%s</title><meta property="article:published_time" content="2024-05-06"></head><body><p>x</p></body></html>'
put("pages.json", [{"url": "http://vale.example/1", "html": page % "Of the page"},
                   {"title": "Of the record", "html": page % "Of the page", "date": "2024-05-07"}])
put("crawl.json", {"url": ["http://vale.example/1"], "title": ["T"], "body": ["One.", "Two."]})
put("strapi.json", {"data": [{"id": 7, "attributes": {"title": "T", "content": "x"}}], "meta": {}})
put("fields.json", {"items": [{"sys": {"id": "e1", "createdAt": "2024-05-06"}, "fields": {"title": "T", "body": "x"}}]})
put("reader.json", {"items": [{"id": "a", "title": "T", "summary": {"content": "<p>x</p>"}, "canonical": [{"href": "http://vale.example/1"}]}]})
put("object.json", {"headline": {"text": "H"}, "body": {"text": "x"}, "fields": {"lastModified": "2024-05-06"}})
END
python3 make.py
# Headlines, and other fields of interest.
fields() {
    see headline "$@"
    see meta "$@" | grep -o '"\(published\|updated\|byline\|keywords\)":[^],}]*'
}
is "JSON: as interfaces answer" "$(for f in reddit event hits arc times object; do
    fields $f.json
done; see bodies arc.json)" \
'T
"published":"2024-05-06T10:00:00Z"
T
"published":"2024-05-06"
T
H
"published":"2024-05-06T10:00:00Z"
T
"keywords":[{"name":"subject"
"keywords":["Ferries"
H
"updated":"2024-05-06"
"<p>One.</p>\n<p>Two.</p>\n"'

is "JSON: pages in records, values in lists and wrappers" \
    "$(fields pages.json; see meta pages.json | grep -c '"lang":"de"'
    for f in crawl strapi fields reader; do fields $f.json; see id $f.json; done)" \
'Of the page
Of the record
"published":"2024-05-06"
"published":"2024-05-07"
1
T
http://vale.example/1
T
7
T
"published":"2024-05-06"
e1
T
a'
printf '{"id":"a","text":"K\366ln"}\n' > latin.jsonl
is "JSON: in another charset" \
    "$(see end latin.jsonl; see bodies --charset latin1 latin.jsonl)" \
    'R 1 latin.jsonl:1:20: text is not UTF-8 (--charset)
Z 0
"Köln"'
mkdir -p blog/_posts
printf -- '---\nlayout: post\ntitle: T\n---\nx\n' > blog/_posts/2024-05-06-gate.md
printf -- '---\ndate: 2024-05-08\n---\nx\n' > blog/_posts/2024-05-07-gate.md
printf 'x\n' > blog/2024-05-09.md
printf 'x\n' > '2024-05-10 gate.md'
is "Markdown: a day in the name" "$(fields blog
    see I --report '2024-05-10 gate.md' | grep -o '"guessed":[^]]*')" \
'x
T
x
"published":"2024-05-09"
"published":"2024-05-06"
"published":"2024-05-08"
"guessed":["headline","published"'

# ---- Tables ----

printf 'sep=;\r\ntitle;content\r\nA,b;x;\r\n' > excel.csv
printf '"sep=|"\ntitle|content\nA;b|x\n' > bar.csv
printf 'Titel;Text;Datum;Autor\nFähre;x;06.05.2024;Rita\n' > german.csv
printf 'Заголовок,Текст,Дата\nШлюз,x,2024-05-06\n' > russian.csv
is "CSV: a separator that is stated, and names in other languages" \
    "$(fields excel.csv; see bodies excel.csv; fields bar.csv
    fields german.csv; fields russian.csv)" \
'A,b
"x"
A;b
Fähre
"byline":"Rita"
"published":"2024-05-06"
Шлюз
"published":"2024-05-06"'
cat > spark.csv << 'END'
id,title,content
a,"A \"quoted\" title","Text, \"x\", and C:\\"
b,plain \" one,"said \"no\""
c,"","ends\\"
END
is "CSV: quotes behind backslashes" "$(see headline spark.csv; see bodies spark.csv)" \
'A "quoted" title
plain \" one

"Text, \"x\", and C:\\"
"said \"no\""
"ends\\"'
python3 - << 'END'
rows = [["id", "content"]] + [["r%d" % i, ('He said "x%d", and \\ then\n"y"' % i) * 50] for i in range(900)]
for name, slash, quote in (("slash.csv", "\\\\", '\\"'), ("double.csv", "\\", '""')):
    with open(name, "w") as f:
        for row in rows:
            f.write(",".join('"%s"' % x.replace("\\", slash).replace('"', quote) for x in row) + "\n")
END
is "CSV: the same from a large table" "$(for f in slash double; do
    see end $f.csv
    see bodies $f.csv | cksum
done | uniq -c | sed 's/^ *//' | cut -d ' ' -f 1,2 | sort | uniq -c | wc -l)" 2
is "CSV: doubled quotes beside backslashes stay" \
    "$(printf 'id,content\na,"C:\\"\nb,"say ""x\\"" here"\n' > both.csv; see bodies both.csv)" \
    '"C:\\"
"say \"x\\\" here"'

# ---- Mail ----

mail="From: r@vale.example
Subject: S
Date: Mon, 6 May 2024 10:00:00 +0200
Message-ID:"
mkdir -p Maildir/cur Maildir/.Archive.2024/new Maildir/.hidden
printf '%s <1@x>\n\nOne\n' "$mail" > Maildir/cur/1.M1:2,S
printf '%s <2@x>\n\nTwo\n' "$mail" > Maildir/.Archive.2024/new/2.M2
printf '%s <3@x>\n\nTwo\n' "$mail" > Maildir/.hidden/3
printf '3 V1 N4\n' > Maildir/dovecot-uidlist
: > Maildir/maildirfolder
: > Maildir/dovecot-uidvalidity.5f0
is "Maildir: its folders are not hidden, and its indexes no mails" \
    "$(see id Maildir; see show Maildir | grep ^S)" '2@x
1@x
S hidden file
S mail index
S mail index
S mail index'
printf '%s <1@x>\n\nOne\n' "$mail" > plain.eml
{
    printf '%d  \n' "$(wc -c < plain.eml)"
    cat plain.eml
    printf '<?xml version="1.0"?>\n<plist><dict/></plist>\n'
} > 1.emlx
head -c 90 1.emlx > cut.emlx
is "mail: as Apple keeps it" "$(see id 1.emlx; see bodies 1.emlx; see W cut.emlx)" \
'1@x
"One\n"
cut.emlx: its end is missing; it may have been cut short
cut.emlx: it has no text'

# ---- What is beside them ----

mkdir desk
for f in a.txt 'a.txt~' b.txt.crdownload c.csv.part; do
    echo "$f" > "desk/$f"
done
is "backups of editors, and what was not downloaded whole" "$(see show desk)" \
'A desk/a.txt {"headline":"a.txt","id":"a.txt"} text/plain; charset=utf-8 6
S desk/a.txt~: backup of an editor
S desk/b.txt.crdownload: incomplete download
S desk/c.csv.part: incomplete download
Z 1'

# ---- Saved pages ----

page='<html><head><title>T</title></head><body lang="de-AT"><p>x</p></body></html>'
printf '<!DOCTYPE html>\n<!-- saved from url=(0025)https://vale.example/a/1 -->\n%s' "$page" > ie.html
printf '<!DOCTYPE html> <!--\n Page saved with SingleFile \n url: https://vale.example/b?x=1 \n saved date: x\n-->%s' "$page" > single.html
printf '<!-- saved from url=(0025)https://vale.example/a/1 --><link rel=canonical href="/c">%s' "$page" > both.html
printf '<html><head><meta name=generator content="LibreOffice 7.4"><meta name=created content="2024-05-06T10:00:00"><meta name=changed content="2024-05-07T10:00:00"></head><body><p>x</p></body></html>' > office.html
is "HTML: where a saved page was, its language, and when it was made" \
    "$(see meta ie.html single.html both.html office.html)" \
'{"headline":"T","id":"ie.html","lang":"de-AT","url":"https://vale.example/a/1"}
{"headline":"T","id":"single.html","lang":"de-AT","url":"https://vale.example/b?x=1"}
{"headline":"T","id":"both.html","lang":"de-AT","url":"https://vale.example/c"}
{"id":"office.html","published":"2024-05-06T10:00:00","updated":"2024-05-07T10:00:00"}'

# ---- Dates ----

python3 - > dates.xml << 'END'
print('<rss version="2.0"><channel>' + "".join("<item><title>x</title><description>x</description><pubDate>%s</pubDate></item>" % d
      for d in ("6 мая 2024 г., 10:00", "6.5.2024 klo 10.00", "6 maj 2024 kl. 10.00", "2024. 05. 06. 10:00",
                "Mon, 06 May 2024 10:00:00 GMT+2", "Mon, 06 May 2024 10:00:00 America/New_York",
                "1714989600", "Mon, 06 May 2024 10:00:00 GMT+02:30", "6.5.2024 10.00.11")) + "</channel></rss>")
END
is "dates: as people write them elsewhere" \
    "$(see meta dates.xml | grep -o '"published":"[^"]*"'; see W dates.xml)" \
'"published":"2024-05-06T10:00:00"
"published":"2024-05-06T10:00:00"
"published":"2024-05-06T10:00:00"
"published":"2024-05-06T10:00:00"
"published":"2024-05-06T10:00:00+02:00"
"published":"2024-05-06T10:00:00"
"published":"2024-05-06T10:00:00Z"
"published":"2024-05-06T10:00:00+02:30"
dates.xml: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
dates.xml: item 9: '"'6.5.2024 10.00.11'"' is not certainly a date; it is kept as text'

echo "1..$n"
[ $bad = 0 ]
