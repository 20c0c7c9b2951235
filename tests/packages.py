"""packages.py - writes books and documents of word processors, as their programs do, into the current folder."""
import sys
import zipfile

EPUB = "application/epub+zip"
ODT = "application/vnd.oasis.opendocument.text"
CONTAINER = ('<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
             '<rootfiles><rootfile full-path="%s" media-type="application/oebps-package+xml"/></rootfiles></container>')
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf"'


def put(name, *files):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
        for path, text in files:
            z.writestr(path, text, zipfile.ZIP_STORED if path == "mimetype" else zipfile.ZIP_DEFLATED)


def page(title, text):
    return ('<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>%s</title>'
            '</head><body>%s</body></html>' % (title, text))


def opf(version, about, files, spine):
    return ('<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="%s"><metadata %s>%s</metadata>'
            '<manifest>%s</manifest><spine>%s</spine></package>' %
            (version, DC, about, "".join('<item id="%s" href="%s" %s/>' % f for f in files),
             "".join('<itemref idref="%s"/>' % s for s in spine)))


PAGE = 'media-type="application/xhtml+xml"'


def large():
    """Chapters that come last in the book's list and in its table, and again and again in its order."""
    lost = ["lost%d" % i for i in range(300000)]
    good = ["c%d" % i for i in range(6000)]
    points = "".join('<navPoint><navLabel><text>%s</text></navLabel><content src="%s"/></navPoint>' % (s, s) for s in lost + good)
    put("large.epub", ("mimetype", EPUB), ("META-INF/container.xml", CONTAINER % "b.opf"),
        ("b.opf", opf("2.0", "", [("ncx", "toc.ncx", 'media-type="application/x-dtbncx+xml"')] +
                      [(s, s + ".html", "") for s in lost + good], good * 10 + ["none"] * 100000)),
        ("toc.ncx", '<ncx><navMap><navPoint>%s</navPoint></navMap></ncx>' % points),
        *[(s + ".html", page(s, "<p>x</p>")) for s in good])


if sys.argv[1:] == ["large"]:
    large()
    sys.exit()
put("three.epub", ("mimetype", EPUB), ("META-INF/container.xml", CONTAINER % "OEBPS/content.opf"),
    ("OEBPS/content.opf", opf(
        "3.0", '<dc:title>The Vale Reader</dc:title><dc:creator>Rita Example</dc:creator><dc:creator>Jo Sample'
        '</dc:creator><dc:date>2024-03-11</dc:date><dc:language>en-GB</dc:language><dc:publisher>Vale Press'
        '</dc:publisher><dc:identifier>urn:isbn:1</dc:identifier><dc:subject>Rivers</dc:subject>'
        '<meta property="dcterms:modified">2024-03-12T10:00:00Z</meta>',
        [("nav", "nav.xhtml", PAGE + ' properties="nav"'), ("cover", "cover.xhtml", PAGE),
         ("c2", "text/two%20b.xhtml", PAGE), ("c1", "text/one.xhtml", PAGE)], ["cover", "nav", "c1", "c2", "none"])),
    ("OEBPS/nav.xhtml", page("Contents", '<nav><ol><li><a href="text/one.xhtml#x">The <i>Ferry</i></a></li></ol></nav>')),
    ("OEBPS/cover.xhtml", page("Cover", '<img src="c.jpg"/>')),
    ("OEBPS/text/two b.xhtml", page("The weir", "<h1>The weir</h1><p>It holds.</p>")),
    ("OEBPS/text/one.xhtml", page("The Vale Reader", "<p>It runs.</p>")))
put("two.epub", ("META-INF/container.xml", CONTAINER % "book.opf"),
    ("book.opf", opf("2.0", '<dc:title>Old</dc:title><dc:creator opf:role="aut">Ann Test</dc:creator>'
                     '<dc:date opf:event="modification">2024-05-01</dc:date><dc:date opf:event="publication">2023</dc:date>',
                     [("ncx", "toc.ncx", 'media-type="application/x-dtbncx+xml"'), ("a", "a.html", PAGE), ("b", "b.html", PAGE)],
                     ["a", "b"])),
    ("toc.ncx", '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Gate</text></navLabel>'
     '<content src="a.html"/></navPoint></navMap></ncx>'),
    ("a.html", page("Old", "<p>It opens.</p>")), ("b.html", b"\x93\x02\x00locked"))
put("late.zip", ("OEBPS/a.html", page("A", "<p>It opens.</p>")), ("META-INF/container.xml", CONTAINER % "book.opf"),
    ("book.opf", opf("2.0", '<dc:title>Late</dc:title>', [("a", "OEBPS/a.html", PAGE)], ["a"])), ("mimetype", EPUB))
put("first.zip", ("META-INF/container.xml", CONTAINER % "book.opf"), ("a.html", page("A", "<p>It opens.</p>")),
    ("book.opf", opf("2.0", '<dc:title>First</dc:title>', [("a", "a.html", PAGE)], ["a"])))
put("java.zip", ("META-INF/x", "x"), ("a.txt", "x"), ("META-INF/MANIFEST.MF", "Manifest-Version: 1.0"))
# Paths as one program or another writes them: in the list of the book, and in the archive.
PATHS = [("Einführung.xhtml",) * 2, ("第二章.xhtml",) * 2, ("Stra%C3%9Fe.xhtml", "Straße.xhtml"), ("a b.xhtml",) * 2,
         ("100%.xhtml",) * 2, ("c%20d.xhtml",) * 2, ("Cafe\u0301.xhtml", "Café.xhtml"), ("Upper.xhtml", "upper.XHTML"),
         ("./x/../e.xhtml", "e.xhtml"), ("../top.xhtml", "../top.xhtml"), ("/OEBPS/root.xht", "root.xht"), ("Teil:1.xhtml",) * 2,
         ("x\\y.xhtml",) * 2]
put("paths.epub", ("mimetype", EPUB), ("META-INF/container.xml", CONTAINER % "OEBPS/ö.opf"),
    ("OEBPS/ö.opf", opf("3.0", "", [("nav", "Ü.xhtml", PAGE + ' properties="scripted nav"')] +
                        [("c%d" % i, href, PAGE) for i, (href, _) in enumerate(PATHS)] +
                        [("far", "http://vale.example/far.xhtml", PAGE), ("gone", "Köln.xhtml", PAGE),
                         ("picture", "p.svg", 'media-type="image/svg+xml"')],
                        ["nav"] + ["c%d" % i for i in range(len(PATHS))] + ["far", "gone", "picture"])),
    ("OEBPS/Ü.xhtml", page("", "".join('<a href="%s">%d</a>' % (href, i) for i, (href, _) in enumerate(PATHS)))),
    *[("top.xhtml" if path[0] == "." else "OEBPS/" + path, page("x", "<p>%s</p>" % href)) for href, path in PATHS])
put("wide.epub", ("mimetype", EPUB), ("META-INF/container.xml", CONTAINER % "b.opf"),
    ("b.opf", opf("3.0", "", [(s, s + ".xhtml", PAGE) for s in ("little", "big", "mark")], ["little", "big", "mark"])),
    ("little.xhtml", page("Größe", "<p>x</p>").replace("utf-8", "utf-16").encode("utf-16")),
    ("big.xhtml", b"\xfe\xff" + page("Maß", "<p>x</p>").replace("utf-8", "utf-16").encode("utf-16-be")),
    ("mark.xhtml", b"\xef\xbb\xbf" + page("Mark", "<p>x</p>").encode()))
put("none.epub", ("mimetype", EPUB), ("a.html", page("A", "<p>x</p>")))

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="%s"/></Relationships>')


def core(title):
    return ('<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>%s</dc:title>'
            '<dc:creator>Rita Example</dc:creator><cp:keywords>Locks</cp:keywords><cp:lastModifiedBy>Jo</cp:lastModifiedBy>'
            '<dcterms:created>2024-03-11T09:00:00Z</dcterms:created><dcterms:modified>2024-03-12T09:00:00Z'
            '</dcterms:modified></cp:coreProperties>' % title)


def docx(name, title, body, main="word/document.xml", notes=()):
    put(name, *[("word/%snotes.xml" % kind, "<w:%snotes %s>%s</w:%snotes>" % (kind, W, "".join(
        '<w:%snote w:id="%d"><w:p><w:r><w:%snoteRef/></w:r><w:r><w:t> %s %d.</w:t></w:r></w:p>%s</w:%snote>' %
        (kind, i, kind, kind, i, para("More.") if i == 3 else "", kind) for i in ids), kind)) for kind, ids in notes],
        ("[Content_Types].xml", TYPES), ("_rels/.rels", RELS % main), ("docProps/core.xml", core(title)),
        (main, '<?xml version="1.0"?><w:document %s><w:body>%s<w:sectPr/></w:body></w:document>' % (W, body)))


def para(text, style=None):
    pr = '<w:pPr><w:pStyle w:val="%s"/><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>' % style if style else ""
    return "<w:p>%s<w:r><w:rPr><w:b/></w:rPr><w:t>%s</w:t></w:r></w:p>" % (pr, text)


docx("style.docx", "Microsoft Word - draft3", para("The gate", "Title") + para("It is ") +
     '<w:p><w:r><w:t xml:space="preserve">not </w:t></w:r><w:del><w:r><w:delText>never</w:delText></w:r></w:del>'
     '<w:ins><w:r><w:t>o</w:t></w:r></w:ins><w:r><w:t>pen.</w:t><w:br/><w:t>Two</w:t><w:tab/><w:t>lines</w:t></w:r></w:p><w:p/>')
docx("title.docx", "Grüße", para("First"))
docx("plain.docx", "", para("First line") + para("Second"))
docx("signs.docx", "", '<w:p><w:r><w:t>Twenty</w:t><w:noBreakHyphen/><w:t>two degrees, co</w:t><w:softHyphen/><w:t>op</w:t><w:ptab/>'
     '<w:sym w:font="Wingdings" w:char="F0E0"/><w:sym w:font="Symbol" w:char="F061"/><w:sym w:font="Arial" w:char="2665"/>'
     '<w:sym w:font="Webdings" w:char="F021"/><w:br w:type="page"/><w:ruby><w:rt><w:r><w:t>かん</w:t></w:r></w:rt>'
     '<w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>')
REFER = '<w:p>%s<w:r><w:t>%s</w:t></w:r><w:r><w:%sReference w:id="%d"/></w:r><w:r><w:t>%s</w:t></w:r></w:p>'
docx("notes.docx", "", REFER % ('<w:pPr><w:pStyle w:val="Title"/></w:pPr>', "The gate", "endnote", 1, " ") +
     REFER % ("", "It opens", "footnote", 3, ", and") + REFER % ("", "shuts", "footnote", 2, ".") +
     REFER % ("", "Again", "footnote", 3, "") + REFER % ("", "None", "footnote", 9, "."),
     notes=[("foot", [-1, 2, 3]), ("end", [1])])
docx("empty.docx", "", "<w:p/>")
docx("table.xlsx", "", "", "xl/workbook.xml")
put("folder.zip", ("docProps/a.txt", "Text\n"))
put("lost.docx", ("[Content_Types].xml", TYPES), ("_rels/.rels", RELS % "word/document.xml"))

NS = ('xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
      'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
      'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"')
put("a.odt", ("mimetype", ODT), ("content.xml", '<office:document-content %s><office:automatic-styles><style:style style:name="P1" '
    'style:parent-style-name="Title"/></office:automatic-styles><office:body><office:text><text:tracked-changes>'
    '<text:p>gone</text:p></text:tracked-changes><text:p text:style-name="P1">The\n  weir</text:p>\n<text:h text:outline-level="2">'
    'Now</text:h><text:p>It<text:s text:c="2"/>holds<text:line-break/><text:span>firm</text:span><text:tab/>. '
    '<text:note><text:p>n</text:p></text:note></text:p></office:text></office:body></office:document-content>' % NS),
    ("meta.xml", '<office:document-meta %s><office:meta><meta:initial-creator>Ann Test</meta:initial-creator><dc:creator>Jo'
     '</dc:creator><meta:creation-date>2024-03-11T10:00:00.123456789</meta:creation-date><dc:date>2024-03-12T10:00:00</dc:date>'
     '<meta:keyword>Weirs</meta:keyword><dc:language>de-AT</dc:language></office:meta></office:document-meta>' % NS))
put("notes.odt", ("mimetype", ODT), ("content.xml", '<office:document-content %s><office:body><office:text><text:p>It holds<text:note>'
    '<text:note-citation>1</text:note-citation><text:note-body><text:p/><text:p> So they\n say.</text:p></text:note-body></text:note>.</text:p>'
    '<text:p>It is firm.</text:p></office:text></office:body></office:document-content>' % NS))
put("sheet.ods", ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<x/>"))

with open("plain.docx", "rb") as f, open("two.epub", "rb") as g:
    whole, book = f.read(), g.read()
for name, data in (("tail.docx", whole + whole[:-30]), ("two.docx", book + whole), ("both.epub", book + book[:40]),
                   ("cut.docx", whole[:-30])):
    with open(name, "wb") as f:
        f.write(data)
with zipfile.ZipFile("plain.docx") as z:
    put("order.zip", *[(name, z.read(name)) for name in sorted(z.namelist(), reverse=True)])
with zipfile.ZipFile("style.docx") as z:
    put("slash.docx", *[(name.replace("/", "\\").replace("core", "Core"), z.read(name)) for name in z.namelist()])
with zipfile.ZipFile("a.odt") as z:
    put("odt.zip", *[(name, z.read(name)) for name in sorted(z.namelist())], ("META-INF/manifest.xml", "<x/>"))
put("ods.zip", ("content.xml", '<o:document-content xmlns:o="urn:x"><o:body><o:spreadsheet/></o:body></o:document-content>'),
    ("META-INF/manifest.xml", "<x/>"))
