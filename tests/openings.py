"""openings.py - does the work of sheaf-import grow as its input does?

Each input is made in two sizes, the second four times the first. Instructions
are counted by valgrind (lackey, since callgrind would write a file, which the
importer's sandbox forbids), not seconds, so that a busy machine makes no
difference. What an empty input takes is subtracted."""
import os
import re
import shutil
import subprocess
import tempfile
import zipfile

import tap

IMPORT = os.path.abspath(os.environ["SHEAF_IMPORT"])
SMALL, TIMES = 8000, 4
# Four times the work, and half as much again; the square would be sixteen.
MOST = 6

RSS = '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
ITEM = "<item><guid>a</guid><description>x"
ITEM_END = "</description></item></channel></rss>"
WIKI = ('<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><page><title>a</title><ns>0</ns><id>1</id>'
        "<revision><timestamp>2024-01-01T00:00:00Z</timestamp><text>")
WIKI_END = "</text></revision></page></mediawiki>"
HTML = "<!doctype html><html><head><title>abc</title></head><body>"
MAIL = "\nFrom: a@b.c\nDate: Mon, 6 May 2024 10:00:00 +0000\nMessage-ID: <a@b>\n\nbody\n"


def many(opening, before="", after=""):
    return lambda size: before + opening * (size // len(opening)) + after


def both(first, second, before, between="", after=""):
    """Half of each; {} is a number."""
    def make(size):
        parts = (f * (size // 2 // len(f)) if "{}" not in f else
                 "".join(f.replace("{}", str(i)) for i in range(size // 2 // (len(f) + 2))) for f in (first, second))
        return before + next(parts) + between + next(parts) + after
    return make


def odt(size):
    count = size // 8
    name = "xmlns:%s=\"urn:oasis:names:tc:opendocument:xmlns:%s:1.0\""
    text = ("<office:document-content %s %s %s><office:automatic-styles>%s</office:automatic-styles><office:body>"
            "<office:text>%s</office:text></office:body></office:document-content>" %
            (name % ("office", "office"), name % ("text", "text"), name % ("style", "style"),
             "".join('<style:style style:name="P%d"/>' % i for i in range(count)),
             "".join('<text:p text:style-name="P%d">x</text:p>' % i for i in range(count))))
    with zipfile.ZipFile("made.odt", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        z.writestr("content.xml", text)
    with open("made.odt", "rb") as f:
        return f.read()


KINDS = [
    ("MediaWiki: {{x", "a.xml", many("{{x", WIKI, WIKI_END)),
    ("MediaWiki: {{date|", "a.xml", many("{{date|6 May 2024 ", WIKI, WIKI_END)),
    ("XML: tags whose quotes do not end", "a.xml", many('<a "="', RSS + ITEM, ITEM_END)),
    ("XML: end tags whose quotes do not end", "a.xml", many('</a "="', RSS + ITEM, ITEM_END)),
    ("XML: declarations within declarations", "a.xml", many("<!<<>", RSS + ITEM, ITEM_END)),
    ("XML: entities, and white space behind them", "a.xml",
     both("<!ENTITY", " ", '<?xml version="1.0"?><!DOCTYPE rss [', "", "]>" + RSS + ITEM + ITEM_END)),
    ("XML: long tags around many records", "a.xml", lambda size: many(
        "<item/>", '<rss version="2.0"><channel a="%s">' % ("x" * (size // 2)), "</channel></rss>")(size // 2)),
    ("feeds: elements of the feed, and items", "a.xml", both("<a/>", "<item/>", RSS)),
    ("feeds: authors of the feed, and entries", "a.xml", both(
        "<author><name>A{}</name></author>", "<entry><id>a{}</id><content>x</content></entry>",
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>')),
    ("WordPress: authors, and items", "a.xml", both(
        "<wp:author><wp:author_login>a{}</wp:author_login></wp:author>",
        "<item><guid>{}</guid><dc:creator>none</dc:creator><description>x</description></item>", RSS)),
    ("HTML: comments before the page, and white space", "a.html", both("<!---->", " ", "", "", "<html><p>x")),
    ("HTML: dates before the headline", "a.html",
     many("<i class=date></i>", HTML + "<div>", "</div><h1>The headline</h1><p>x")),
    ("HTML: white space in JSON that is none", "a.html",
     many(" ", HTML + '<script type="application/ld+json">{"@type":"NewsArticle",', "x</script><p>x")),
    ("Markdown: addresses of links", "a.md", many("](a", "# Title\n\n[")),
    ("mail: addresses without addresses", "a.eml", many("a, ", "To: ", MAIL)),
    ("mail: addresses that are only quoted", "a.eml", many('a, "@"', "To: ", MAIL)),
    ("BibTeX: comments", "a.bib", many("@comment{", "@misc{x,\n title={y}, abstract={zzz zzz}}\n")),
    ("ODT: styles, and paragraphs in them", "a.odt", odt),
]


def steps(name, data):
    with open(name, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    try:
        done = subprocess.run(["valgrind", "--tool=lackey", "--basic-counts=yes", IMPORT, "--media", name],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              check=False, timeout=300)
    except subprocess.TimeoutExpired:
        return None
    found = re.search(rb"guest instrs: +([0-9,]+)", done.stderr)
    if found is None:
        return None
    return int(found.group(1).replace(b",", b""))


def main():
    if shutil.which("valgrind") is None:
        tap.skip_all("no valgrind")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        empty = steps("empty.txt", "x\n")
        if empty is None:
            tap.skip_all("valgrind cannot run sheaf-import")
        for what, name, make in KINDS:
            one, more = (steps(name, make(size)) for size in (SMALL, SMALL * TIMES))
            good = one is not None and more is not None and more - empty < MOST * max(one - empty, 1)
            tap.ok(what, good, f"{one} instructions, then {more}; {empty} for nothing")
            if os.environ.get("V"):
                print(f"# {(more - empty) / max(one - empty, 1):.1f} times, {(more - empty) / SMALL / TIMES:.0f} a byte")
        os.chdir("/")


main()
tap.finish()
