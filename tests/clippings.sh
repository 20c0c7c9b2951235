#!/bin/sh
# clippings.sh - what sheaf-import makes of exports of databases of the press,
# and of weblogs as text. Prints TAP.

. "$(dirname "$0")/import.inc"

# ---- RIS ----

sed 's/$/\r/' > a.ris << 'END'
TY  - NEWS
TI  - The Ferry Runs
AU  - Example, Rita
AU  - Sample, Jo, Jr.
AU  - Vale News Agency
T2  - The Vale Post
PY  - 2024///
DA  - 2024/03/11/Spring
UR  - https://vale.example/ferry
AB  - It runs
again.
KW  - ferries
KW  - rivers
LA  - en
ER  - 

TY  - NEWS
T1  - Two
Y1  - 2024/03/12
N2  - Weir.
UR  - no address
ER  -
TY  - JOUR
TI  - Unfinished
PY  - 2023
DA  - Mar 3
END
is "RIS: fields, lines that go on, dates, an end that is missing" \
    "$(see show a.ris)" \
'A a.ris: record 1 {"authors":[{"name":"Rita Example"},{"name":"Sample, Jo, Jr."},{"name":"Vale News Agency"}],"byline":"Rita Example, Sample, Jo, Jr., Vale News Agency","ext":{"T2":"The Vale Post","TY":"NEWS"},"headline":"The Ferry Runs","id":"https://vale.example/ferry","keywords":["ferries","rivers"],"lang":"en","published":"2024-03-11","source":{"file":"a.ris","record":1},"url":"https://vale.example/ferry"} text/plain; charset=utf-8 15
A a.ris: record 2 {"ext":{"TY":"NEWS","UR":"no address"},"headline":"Two","id":"a.ris:2","published":"2024-03-12","source":{"file":"a.ris","record":2}} text/plain; charset=utf-8 6
W a.ris: record 3: '"'"'Mar 3'"'"' is not certainly a date; it is kept as text
W a.ris: record 3: it has no text
W a.ris: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
A a.ris: record 3 {"ext":{"DA":"Mar 3","TY":"JOUR"},"headline":"Unfinished","id":"a.ris:3","published":"2023","source":{"file":"a.ris","record":3}} text/plain; charset=utf-8 0
Z 3'
is "RIS: the text" "$(see bodies a.ris)" '"It runs\nagain.\n"
"Weir.\n"
""'
printf 'TY  - NEWS\nTI  - Die F\344hre f\344hrt wieder\nER  - \n' > latin.ris
is "RIS: not UTF-8, and a byte order mark before it" "$(see headline latin.ris
    { printf '\357\273\277'; cat a.ris; } | see headline - | sed -n 1p)" \
'Die Fähre fährt wieder
The Ferry Runs'

printf 'TY  - NEWS\nTI  - A\nDA  - 2/\0004567\nER  - \n' > nul.ris
is "RIS: a NUL in a day" "$(see W nul.ris)" \
"nul.ris: record 1: '2/' is not certainly a date; it is kept as text
nul.ris: record 1: it has no text"

# ---- EndNote ----

sed 's/$/\r/' > a.enw << 'END'
%0 Newspaper Article
%T The Ferry Runs
%A Example, Rita
%A Sample, Jo
%J The Vale Post
%D 2024
%8 March 11
%U https://vale.example/ferry
%X It runs
% and again.
%K ferries
rivers, weirs
%G English

%0 Journal Article
%T Two
%8 March 12, 2024
%X Weir.
%M 77
%Z
%0 Web Page
%T Unfinished
%D 2023
%8 Spring
END
is "EndNote: fields, lines that go on, days without their year" \
    "$(see show a.enw)" \
'A a.enw: record 1 {"authors":[{"name":"Rita Example"},{"name":"Jo Sample"}],"byline":"Rita Example, Jo Sample","ext":{"%0":"Newspaper Article","%J":"The Vale Post"},"headline":"The Ferry Runs","id":"https://vale.example/ferry","keywords":["ferries","rivers","weirs"],"lang":"en","published":"2024-03-11","source":{"file":"a.enw","record":1},"url":"https://vale.example/ferry"} text/plain; charset=utf-8 21
A a.enw: record 2 {"ext":{"%0":"Journal Article"},"headline":"Two","id":"77","published":"2024-03-12","source":{"file":"a.enw","record":2}} text/plain; charset=utf-8 6
W a.enw: record 3: '"'"'Spring 2023'"'"' is not certainly a date; it is kept as text
W a.enw: record 3: it has no text
A a.enw: record 3 {"ext":{"%0":"Web Page","%8":"Spring 2023"},"headline":"Unfinished","id":"a.enw:3","published":"2023","source":{"file":"a.enw","record":3}} text/plain; charset=utf-8 0
Z 3'
is "EndNote: the text; what is no text of it" \
    "$(see bodies a.enw; printf '%%0 is a comment\nof TeX\n' > tex.txt
    see headline tex.txt; printf '\n%%0 News\n%%T T\n' | see headline -)" '"It runs\n% and again.\n"
"Weir.\n"
""
%0 is a comment
T'

# ---- ProQuest ----

# ruler: what is between two documents
ruler()
{
    printf '\n%060d\n\n' 0 | tr 0 _
}
{ ruler; cat << 'END'
Report Information from ProQuest
March 12 2024 10:03
END
ruler; cat << 'END'
Document 1 of 2

The Ferry Runs

Author: Example, Rita; Sample, Jo

Publication info: The Vale Post ; Vale  [Vale]11 Mar 2024: 1.

Abstract: It runs again.

Links: Check for full text

Full text: It runs.
Again: from April.

Nobody: "I know."

Subject: Ferries; Rivers

Title: The Ferry Runs

Publication title: The Vale Post; Vale

Publication date: Mar 11, 2024

Section: News

ProQuest document ID: 2941112222

Document URL: https://search.vale.example/docview/2941112222

Language of publication: English
END
ruler; cat << 'END'
Document 2 of 2

Two

Abstract: Weir.

Full text: Not available.

Publication title: The Vale Post; Vale

Publication date: Spring 2024
END
ruler; printf 'Contact ProQuest\nTerms: none\n'; } | sed 's/$/\r/' > pq.txt
is "ProQuest: fields, what is before and behind the documents" "$(see show pq.txt)" \
'A pq.txt: record 1 {"authors":[{"name":"Rita Example"},{"name":"Jo Sample"}],"byline":"Rita Example, Jo Sample","ext":{"Links":"Check for full text","Publication info":"The Vale Post ; Vale  [Vale]11 Mar 2024: 1.","Publication title":"The Vale Post; Vale"},"headline":"The Ferry Runs","id":"2941112222","keywords":["Ferries","Rivers"],"lang":"en","published":"2024-03-11","section":"News","source":{"file":"pq.txt","record":1},"summary":"It runs again.","url":"https://search.vale.example/docview/2941112222"} text/plain; charset=utf-8 47
W pq.txt: record 2: '"'"'Spring 2024'"'"' is not certainly a date; it is kept as text
A pq.txt: record 2 {"ext":{"Publication date":"Spring 2024","Publication title":"The Vale Post; Vale"},"headline":"Two","id":"pq.txt:2","source":{"file":"pq.txt","record":2}} text/plain; charset=utf-8 6
Z 2'
is "ProQuest: the text, or else the abstract" "$(see bodies pq.txt)" \
'"It runs.\nAgain: from April.\n\nNobody: \"I know.\"\n"
"Weir.\n"'
cat pq.txt pq.txt > again.txt
is "ProQuest: text between two documents" "$(see W again.txt | grep between)" \
    "again.txt: text between two documents is left out"

# ---- Exports that no reader knows ----

# many TEXT NAME: what is said of five such texts in one file
many()
{
    for i in 1 2 3 4 5; do
        printf -- "$1" $i
    done > "$2"
    see W "$2"
}
is "several documents as one text: a warning" \
    "$(many 'SE News\nHD Story %s\n\nText.\n\n' factiva.txt
    many 'ZCZC\r\nafp00%s 4 i 80 GBR\r\n\r\nText.\r\nNNNN\r\n' wire.log
    many 'ZCZC AB%s\nText.\n' wire
    many '__________\n\nDocument %s of 5\n' other.txt
    many '- id: y%s\n  title: T\n' items.yaml)" \
"factiva.txt: it looks like at least 5 documents, each of which begins with 'SE News', and becomes one article
wire.log: it looks like at least 5 documents, each of which begins with 'ZCZC', and becomes one article
wire: it looks like at least 5 documents, each of which begins with 'ZCZC', and becomes one article
other.txt: it looks like at least 5 documents, each of which begins with '__________', and becomes one article
items.yaml: it looks like at least 5 documents, each of which begins with '- id:', and becomes one article"
is "several documents: none where rulers and speakers come again" \
    "$(many '-----\nA part %s\n' rulers.txt; many 'Anna:\nA word %s\n' talk.txt
    many 'Line %s\nLine\n' lines.txt; many 'All\nall%.0s\nAll\n' all.txt)" ''

# ---- BibTeX ----

cat > a.bib << 'END'
% by Zotero
@string{vp = "The Vale Post"}
@comment{not @article{x, title = {y}}}
@article{example2024,
  title = {The {Ferry} of M{\"u}nchen \& {\'E}t\'e},
  author = {Example, Rita and {Vale and Sons} and Jos{\'e} Sample},
  journal = vp,
  year = 2024, month = mar, day = {11},
  url = {https://vale.example/bib_1},
  abstract = "It runs {"}again{"}.",
  keywords = {ferries, rivers},
  language = {en},
}
@online{two, title = "Two" # " parts", date = {2024-03-12}, abstract={x}}
@misc(three, title={Three}, year = {2023}, month = "11~dec", note={n})
@misc{four, title={Four}, year = {2023}, month = dec # "~11"}
@misc{five, title={Five}, year = {in press}}
@article{open, title = {never closed
END
is "BibTeX: entries, TeX, dates, and one without an end" \
    "$(see show a.bib)" \
'A a.bib: record 1 {"authors":[{"name":"Rita Example"},{"name":"Vale and Sons"},{"name":"José Sample"}],"byline":"Rita Example, Vale and Sons, José Sample","ext":{"journal":"The Vale Post","key":"example2024"},"headline":"The Ferry of München & Été","id":"https://vale.example/bib_1","keywords":["ferries","rivers"],"lang":"en","published":"2024-03-11","source":{"file":"a.bib","record":1},"url":"https://vale.example/bib_1"} text/plain; charset=utf-8 17
A a.bib: record 2 {"ext":{"key":"two"},"headline":"Two parts","id":"a.bib:2","published":"2024-03-12","source":{"file":"a.bib","record":2}} text/plain; charset=utf-8 2
W a.bib: record 3: it has no text
W a.bib: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
A a.bib: record 3 {"ext":{"key":"three","note":"n"},"headline":"Three","id":"a.bib:3","published":"2023-12-11","source":{"file":"a.bib","record":3}} text/plain; charset=utf-8 0
W a.bib: record 4: it has no text
A a.bib: record 4 {"ext":{"key":"four"},"headline":"Four","id":"a.bib:4","published":"2023-12-11","source":{"file":"a.bib","record":4}} text/plain; charset=utf-8 0
W a.bib: record 5: '"'"'in press'"'"' is not certainly a date; it is kept as text
W a.bib: record 5: it has no text
A a.bib: record 5 {"ext":{"key":"five","year":"in press"},"headline":"Five","id":"a.bib:5","source":{"file":"a.bib","record":5}} text/plain; charset=utf-8 0
R 1 a.bib: record 6: the entry has no end, or a field without a value
Z 5'
is "BibTeX: the text" "$(see bodies a.bib | sed -n 1p)" \
    '"It runs \"again\".\n"'

cat > macros.bib << 'END'
@comment
@misc{not-in-it, title = {One}, abstract = {x}}
@Comment{jabref-meta: @misc{in-it, title = {x}}}
@preamble{"\newcommand{\x}{y}" # { @misc{no, title = {x}} }}
@STRING(vale = "Vale")
@string{post = "The " # Vale # { Post}}
@string{mar = "III"}
@misc{b, title = POST # { of } # vale, journal = unknown, month = mar, year = 2024, abstract = post}
@string{open
@misc{c, title = {Names}, abstract = "S\l awomir Ho\v{r}ej\v{s}\'{\i}, Erd\H{o}s; \O re, \c{S}en",
 author = {Bj{\o}rn \AA{}s and {\L}ukasz}, url = {http://x.example/~a--b\_c}}
@misc{d, title = {On \emph{all} ``gates'' --- 1990--95,\ 50\,\% \& more}, abstract = {\textbf {x}}}
END
is "BibTeX: abbreviations, comments, and a preamble" \
    "$(see headline macros.bib; see bodies macros.bib; see end macros.bib; see meta macros.bib | sed -n 2p)" \
'One
The Vale Post of Vale
Names
On all “gates” — 1990–95, 50 % & more
"x\n"
"The Vale Post\n"
"Sławomir Hořejší, Erdős; Øre, Şen\n"
"x\n"
R 1 macros.bib: a @string has no end, or no name or value: open
Z 4
{"ext":{"journal":"unknown","key":"b"},"headline":"The Vale Post of Vale","id":"macros.bib:2","published":"2024-03","source":{"file":"macros.bib","record":2}}'
is "BibTeX: names and addresses in TeX" "$(see meta macros.bib | sed -n 3p | cut -d, -f 1-4; see meta macros.bib | grep -o '"url.*')" \
'{"authors":[{"name":"Bjørn Ås"},{"name":"Łukasz"}],"byline":"Bjørn Ås, Łukasz"
"url":"http://x.example/~a--b_c"}'
python3 -c 'print("@string{a0 = {%s}}" % ("x" * 999))
for i in range(30): print("@string{a%d = a%d # a%d}" % (i + 1, i, i))
print("@misc{b, title = a30}")' > laughs.bib
is "BibTeX: abbreviations that grow" "$(see end laughs.bib | sed -n '1p;$p')" \
    'R 7 laughs.bib: abbreviations stand for more than 64 MiB: a16
Z 0'

# ---- Nexis ----

cat > nexis.txt << 'END'


                               1 of 2 DOCUMENTS


                               The Vale Post

                         March 11, 2024 Monday
                            Late Edition - Final

The Ferry Runs Again;
Three Years Late

BYLINE: By RITA EXAMPLE

SECTION: Section A; Column 1; Metro; Pg. 1

LENGTH: 12 words

DATELINE: ALBANY, March 10

BODY:

 It runs again.

NOTE: this is text.

URL: http://www.vale.example/

SUBJECT: FERRIES (90%); RIVERS (78%)

LOAD-DATE: March 12, 2024

LANGUAGE: ENGLISH

PUBLICATION-TYPE: Newspaper


                      Copyright 2024 The Vale Post Company
                              All Rights Reserved

                               2 of 2 DOCUMENTS


                      Copyright 2024 The Vale Post Company
                              All Rights Reserved

                                The Vale Post

                                12 March 2024

HEADLINE: The Weir Holds

BODY:
It holds.
END
cat > plain.txt << 'END'
                               1 of 2 DOCUMENTS

                                 The Vale Post

                         March 11, 2024 Monday

The Ferry Runs

BYLINE: By RITA
EXAMPLE

SECTION: METRO; Pg. 6

LENGTH: 35 words


It runs
again.

LONDON: So it is.

Last.

LOAD-DATE: March 12, 2024

GRAPHIC: A photo.

Another photo.

                       Copyright 2024 The Vale Post

                               2 of 2 DOCUMENTS

                                 The Vale Post

                                March 12, 2024

Two

HIGHLIGHT: One.

And more.

BODY:

The text.
END
is "Nexis: a text without a name" "$(see bodies plain.txt
    see meta plain.txt | grep -o '"byline":"[^"]*"\|"\(GRAPHIC\|LENGTH\|HIGHLIGHT\|summary\)":"[^"]*"')" \
'"It runs\nagain.\n\nLONDON: So it is.\n\nLast.\n"
"The text.\n"
"byline":"RITA EXAMPLE"
"GRAPHIC":"A photo.\n\nAnother photo."
"LENGTH":"35 words"
"HIGHLIGHT":"And more."
"summary":"One."'
printf 'TY  - NEWS\nID  - 1\nTI  - \214luza\nAB  - \277\363\263w\nER  - \n' > east.ris
printf '@article{a, title = {\214luza}, abstract = {\277\363\263w}}\n' > east.bib
is "a charset that is not windows-1252, maybe" \
    "$(see W east.ris east.bib; see W --charset windows-1250 east.ris
    see headline --charset windows-1250 east.ris east.bib)" \
'east.ris: it is not UTF-8, and is read as WINDOWS-1252 (--charset)
east.bib: it is not UTF-8, and is read as WINDOWS-1252 (--charset)
Śluza
Śluza'
is "Nexis: paper, date, headline, fields; a site is no address" \
    "$(see show nexis.txt)" \
'A nexis.txt: record 1 {"authors":[{"name":"RITA EXAMPLE"}],"byline":"RITA EXAMPLE","ext":{"DATELINE":"ALBANY, March 10","LENGTH":"12 words","LOAD-DATE":"March 12, 2024","PUBLICATION-TYPE":"Newspaper","URL":"http://www.vale.example/","copyright":"Copyright 2024 The Vale Post Company\nAll Rights Reserved","publication":"The Vale Post"},"headline":"The Ferry Runs Again; Three Years Late","id":"nexis.txt:1","keywords":["FERRIES","RIVERS"],"lang":"en","published":"2024-03-11","section":"Section A; Column 1; Metro; Pg. 1","source":{"file":"nexis.txt","record":1}} text/plain; charset=utf-8 36
W nexis.txt: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
A nexis.txt: record 2 {"ext":{"publication":"The Vale Post"},"headline":"The Weir Holds","id":"nexis.txt:2","published":"2024-03-12","source":{"file":"nexis.txt","record":2}} text/plain; charset=utf-8 10
Z 2'
is "Nexis: the text, with what only looks like a field" \
    "$(see bodies nexis.txt)" '"It runs again.\n\nNOTE: this is text.\n"
"It holds.\n"'
is "text that only speaks of documents is text" \
    "$(printf 'Case 1 of 2 DOCUMENTS\n' > case.txt; see headline case.txt)" \
    'Case 1 of 2 DOCUMENTS'

# ---- Movable Type ----

cat > mt << 'END'
AUTHOR: Rita Example
TITLE: The Ferry &amp; the Weir
BASENAME: ferry
STATUS: Publish
ALLOW COMMENTS: 1
CONVERT BREAKS: __default__
DATE: 03/11/2024 03:31:05 PM
CATEGORY: Town
PRIMARY CATEGORY: News
TAGS: "ferries, old",rivers
-----
BODY:
<p>It runs
-----
again.</p>

-----
EXTENDED BODY:
<p>More: and more.</p>

-----
EXCERPT:
It runs.

-----
KEYWORDS:
boats, weirs
-----
COMMENT:
AUTHOR: Jo
EMAIL: jo@a.example
DATE: 03/12/2024 10:00:00 AM
TITLE: Mine
Good.
-----
COMMENT:
AUTHOR: Sam
-----
PING:
TITLE: There
-----
--------
AUTHOR: Jo Sample
TITLE: Two
STATUS: Draft
DATE: 02/03/2024 12:05:00 AM
CATEGORY: Town
-----
BODY:
Plain.
-----
--------
TITLE: Three
DATE: some day
-----
BODY:
Unfinished
END
is "Movable Type: entries, sections, drafts, an end that is missing" \
    "$(see show mt)" \
'S comment
S comment
S trackback
A mt: record 1 {"authors":[{"name":"Rita Example"}],"byline":"Rita Example","ext":{"ALLOW COMMENTS":"1","BASENAME":"ferry","CONVERT BREAKS":"__default__","STATUS":"Publish"},"headline":"The Ferry & the Weir","id":"mt:1","keywords":["Town","News","ferries, old","rivers","boats","weirs"],"published":"2024-03-11T15:31:05","section":"News","source":{"file":"mt","record":1},"summary":"It runs."} text/html 52
W mt: record 2: its status is '"'"'Draft'"'"': it was not published
W mt: articles in it have no ID or URL, so that their places are their IDs: append of another file of this name makes revisions of them (--id-prefix, --map)
A mt: record 2 {"authors":[{"name":"Jo Sample"}],"byline":"Jo Sample","ext":{"STATUS":"Draft"},"headline":"Two","id":"mt:2","published":"2024-02-03T00:05:00","section":"Town","source":{"file":"mt","record":2}} text/plain; charset=utf-8 7
W mt: record 3: '"'"'some day'"'"' is not certainly a date; it is kept as text
A mt: record 3 {"ext":{"DATE":"some day"},"headline":"Three","id":"mt:3","source":{"file":"mt","record":3}} text/plain; charset=utf-8 11
Z 3'
is "Movable Type: the text" "$(see bodies mt)" \
'"<p>It runs\n-----\nagain.</p>\n\n<p>More: and more.</p>\n"
"Plain.\n"
"Unfinished\n"'
printf 'TITLE: A\nDATE: 03/11/2024\n\nBODY:\nx\n' > letter
printf 'A text.\nTITLE: A\n-----\nBODY:\nx\n' > letter2
is "Movable Type: texts with such lines are none" \
    "$(see kinds letter letter2)" 'letter text/plain; charset=utf-8
letter2 text/plain; charset=utf-8'
{ printf '\357\273\277'; sed 's/$/\r/' mt; } | see headline - > out
is "Movable Type: lines of Windows, and from standard input" "$(cat out)" \
'The Ferry & the Weir
Two
Three'

# ---- UTF-16 ----

# As Windows saves them: what was read is what is read.
mkdir wide
for file in a.ris a.enw a.bib nexis.txt pq.txt mt; do
    { printf '\377\376'; iconv -f utf-8 -t utf-16le $file; } > wide/$file
    is "UTF-16: $file" "$(cd wide && "$SHEAF_IMPORT" $file | python3 ../decode.py show)" \
        "$(see show $file)"
done

echo "1..$n"
[ $bad = 0 ]
