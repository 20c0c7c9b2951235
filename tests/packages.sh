#!/bin/sh
# packages.sh - what sheaf-import makes of books, and of the documents of word
# processors. Prints TAP.

. "$(dirname "$0")/import.inc"

python3 "$here/packages.py" || exit 2

is "EPUB: chapters in their order, with what the book states" \
    "$(see show three.epub)" \
'S page without text
S table of contents
A three.epub: OEBPS/text/one.xhtml {"byline":"Rita Example, Jo Sample","ext":{"book":"The Vale Reader","identifier":"urn:isbn:1","publisher":"Vale Press"},"headline":"The Ferry","id":"three.epub/OEBPS/text/one.xhtml","keywords":["Rivers"],"lang":"en-GB","published":"2024-03-11","source":{"file":"three.epub"},"updated":"2024-03-12T10:00:00Z"} text/html 159
A three.epub: OEBPS/text/two b.xhtml {"byline":"Rita Example, Jo Sample","ext":{"book":"The Vale Reader","identifier":"urn:isbn:1","publisher":"Vale Press"},"headline":"The weir","id":"three.epub/OEBPS/text/two b.xhtml","keywords":["Rivers"],"lang":"en-GB","published":"2024-03-11","source":{"file":"three.epub"},"updated":"2024-03-12T10:00:00Z"} text/html 170
Z 2'
is "EPUB 2: titles of its contents, the day of publication, what is locked" \
    "$(see show two.epub)" \
'A two.epub: a.html {"byline":"Ann Test","ext":{"book":"Old"},"headline":"Gate","id":"two.epub/a.html","published":"2023","source":{"file":"two.epub"}} text/html 148
R 1 two.epub: b.html: it is missing, or encrypted
Z 1'
is "EPUB: in a folder, and through a pipe" "$(mkdir books && cp two.epub books
    see id books
    see id - < three.epub)" 'two.epub/a.html
OEBPS/text/one.xhtml
OEBPS/text/two b.xhtml'
is "EPUB: by the files in it, wherever they are" \
    "$(for f in late.zip first.zip java.zip; do see show - < $f; done)" \
'A standard input: OEBPS/a.html {"ext":{"book":"Late"},"headline":"A","id":"OEBPS/a.html"} text/html 146
Z 1
A standard input: a.html {"ext":{"book":"First"},"headline":"A","id":"a.html"} text/html 146
Z 1
S standard input: Java archive
Z 0'
is "documents by the files in them" "$(see headline order.zip odt.zip; see show ods.zip
    see id --from archive late.zip)" 'First line
The weir
S ods.zip: OpenDocument file
Z 0
OEBPS/a.html
META-INF/container.xml
book.opf
mimetype'
is "documents with others around them, and one without its end" \
    "$(see W tail.docx two.docx both.epub cut.docx | sed 's/[0-9][0-9]* bytes/N bytes/')" \
'tail.docx: N bytes behind its end are not read; they may be another archive, or a damaged part of it
two.docx: N bytes before its first member are not read; they may be another archive
both.epub: N bytes behind its end are not read; they may be another archive, or a damaged part of it
cut.docx: its end is missing; it may have been cut short'
is "EPUB: without its list" "$(see end none.epub)" \
    'R 1 none.epub: no list of its chapters can be read
Z 0'
is "EPUB: paths that belong in no URI, or are not quite those of the archive" \
    "$(see show paths.epub | sed 's/ {"headline":"\([0-9]*\)".*/ \1/')" \
"S table of contents
A paths.epub: OEBPS/Einführung.xhtml 0
A paths.epub: OEBPS/第二章.xhtml 1
A paths.epub: OEBPS/Straße.xhtml 2
A paths.epub: OEBPS/a b.xhtml 3
A paths.epub: OEBPS/100%.xhtml 4
A paths.epub: OEBPS/c%20d.xhtml 5
A paths.epub: OEBPS/Café.xhtml 6
A paths.epub: OEBPS/upper.XHTML 7
A paths.epub: OEBPS/e.xhtml 8
A paths.epub: top.xhtml 9
A paths.epub: OEBPS/root.xht 10
A paths.epub: OEBPS/Teil:1.xhtml 11
A paths.epub: OEBPS/x\\y.xhtml 12
R 1 paths.epub: http://vale.example/far.xhtml: it is not a file of this book
R 1 paths.epub: OEBPS/Köln.xhtml: it is missing, or encrypted
S page without text
Z 13"
is "EPUB: chapters in UTF-16, and with a byte order mark" \
    "$(see headline wide.epub)" 'Größe
Maß
Mark'

# Were each one looked for among all others, this would take minutes.
case ${FLAVOUR:-} in
asan | tsan | fuzz) ;;
*)
    is "EPUB: hundreds of thousands of files and entries" \
        "$(python3 "$here/packages.py" large && see end large.epub)" 'Z 6000'
    ;;
esac

about='"keywords":["Locks"],"published":"2024-03-11T09:00:00Z","source":{"file":'
by='"authors":[{"name":"Rita Example"}],"byline":"Rita Example"'
is "DOCX: a title by its style, with the original beside the text" \
    "$(see parts style.docx)" \
"{$by"',"headline":"The gate","id":"style.docx",'"$about"'"style.docx"},"updated":"2024-03-12T09:00:00Z"}
2 text/plain; charset=utf-8 37
4 application/vnd.openxmlformats-officedocument.wordprocessingml.document '"$(
    wc -c < style.docx)"
is "DOCX: paragraphs, lines and tabs, and nothing that was deleted" \
    "$(see bodies style.docx)" '"The gate\n\nIt is\n\nnot open.\nTwo\tlines\n"'
is "DOCX: paths with backslashes, in other cases of letters" \
    "$(see bodies slash.docx; see meta slash.docx | grep -o '"byline":[^,]*')" \
    "$(see bodies style.docx)
\"byline\":\"Rita Example\""
is "DOCX: signs, hyphens, and how to read what is there" "$(see bodies signs.docx)" \
    '"Twenty‑two degrees, coop\t→α♥�\n漢\n"'
is "DOCX: the headline is a title, or the first line" \
    "$(see headline title.docx plain.docx)" 'Grüße
First line'
is "DOCX: what is guessed" \
    "$(see I --report plain.docx | grep -o '"guessed":[^]]*]')" \
    '"guessed":["id","headline","published"]'
is "DOCX and ODT: notes are at the end, once each" \
    "$(see bodies notes.docx notes.odt; see headline notes.docx)" \
'"The gate[1]\n\nIt opens[2], and\n\nshuts[3].\n\nAgain[2]\n\nNone.\n\n[1] end 1.\n\n[2] foot 3.\n\nMore.\n\n[3] foot 2.\n"
"It holds[1].\n\nIt is firm.\n\n[1]\n\nSo they say.\n"
The gate'
is "DOCX: without text, or without its main part" \
    "$(see show empty.docx | cut -c 1-28
    see end lost.docx)" 'W empty.docx: it has no text
A empty.docx {"authors":[{"n
Z 1
R 1 lost.docx: its text can'"'"'t be read
Z 0'
is "tables are left out, and what only begins like DOCX is opened" \
    "$(see show table.xlsx sheet.ods folder.zip)" 'S table.xlsx: Office document
S sheet.ods: OpenDocument file
A folder.zip: docProps/a.txt {"headline":"Text","id":"folder.zip/docProps/a.txt","source":{"file":"folder.zip"}} text/plain; charset=utf-8 5
Z 1'
mkdir desk && printf 'Rita\000' > 'desk/~$plain.docx' && cp plain.docx desk &&
    echo '[.ShellClassInfo]' > desk/desktop.ini
is "what Windows hides is hidden" "$(see end desk; see id desk)" 'Z 1
plain.docx'
is "ODT: a style made from that of a title; who wrote it first" \
    "$(see meta a.odt)" \
'{"authors":[{"name":"Ann Test"}],"byline":"Ann Test","headline":"The weir","id":"a.odt","keywords":["Weirs"],"lang":"de-AT","published":"2024-03-11T10:00:00","source":{"file":"a.odt"},"updated":"2024-03-12T10:00:00"}'
is "ODT: paragraphs, spaces, lines" "$(see bodies a.odt)" \
    '"The weir\n\nNow\n\nIt  holds\nfirm\t.\n"'

echo "1..$n"
[ $bad = 0 ]
