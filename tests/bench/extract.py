#!/usr/bin/env python3
"""extract.py - scores what is extracted from web pages, against what people wrote down.

The pages belong to their publishers and are no part of this project: they are
half of the pages in scrapinghub/article-extraction-benchmark (`text`),
adbar/htmldate (`dates`) and adbar/trafilatura (`pages`), each set as
SET.tar.zst and SET.expect.jsonl, and score.py, in ../shared/eval or in the
folder that SHEAF_EVAL names. They are packed, extracted with their text, and
scored. Where there is npm, Mozilla's readability.js reads the same pages.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EVAL = os.environ.get("SHEAF_EVAL", os.path.join(HERE, "../../../shared/eval"))
SHEAF = os.environ.get("SHEAF", "sheaf")
SETS = ("text", "dates", "pages")

READABILITY = """
const fs = require("fs"), path = require("path");
const { JSDOM, VirtualConsole } = require("jsdom");
const { Readability } = require("@mozilla/readability");
const folder = process.argv[2];
for (const file of fs.readdirSync(folder).sort()) {
    let a = null;
    try {
        let page = fs.readFileSync(path.join(folder, file));
        try { // some are UTF-8 and don't say so
            page = new TextDecoder("utf-8", { fatal: true }).decode(page);
        } catch (e) { }
        const dom = new JSDOM(page, { url: "https://example.org/",
            contentType: "text/html", virtualConsole: new VirtualConsole() });
        a = new Readability(dom.window.document).parse();
        dom.window.close();
        // textContent would run paragraphs together.
        a.textContent = JSDOM.fragment(a.content.replace(
            /<(\\/(p|div|h[1-6]|li|t[rdh]|blockquote|pre|section)|br ?\\/?)>/gi,
            "$&\\n")).textContent;
    } catch (e) { }
    console.log(JSON.stringify({ file, text: a ? a.textContent : "",
        headline: a ? a.title : "", byline: a ? a.byline : "",
        summary: a ? a.excerpt : "", published: a ? a.publishedTime : "" }));
}
"""


def unpack(name, to):
    zstd = subprocess.Popen(
        ["zstd", "-dcq", "--long=27", os.path.join(EVAL, name + ".tar.zst")],
        stdout=subprocess.PIPE)
    subprocess.run(["tar", "x", "-C", to], stdin=zstd.stdout, check=True)
    if zstd.wait() != 0:
        sys.exit("extract.py: can't unpack " + name)


def ours(pages, tmp):
    """Yields what is known of each page, by the archive."""
    archive = os.path.join(tmp, "pages.sheaf")
    subprocess.run([SHEAF, "pack", "-q", "-f", "--fast", "--from", "html",
                    "-o", archive, pages], check=True)
    out = subprocess.run([SHEAF, "extract", "-q", "--text", "--format",
                          "jsonl", archive], check=True,
                         stdout=subprocess.PIPE).stdout
    for line in out.splitlines():
        a = json.loads(line)
        a["file"] = a["id"]
        yield a


def readability(pages, tmp):
    """The same by readability.js, or None."""
    folder = os.path.join(tmp, "npm")
    script = os.path.join(folder, "run.js")
    if not os.path.exists(script):
        if shutil.which("npm") is None:
            return None
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund",
             "--prefix", folder, "jsdom@26", "@mozilla/readability@0.6"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            return None
        with open(script, "w", encoding="utf-8") as f:
            f.write(READABILITY)
    out = subprocess.run(["node", script, pages], stdout=subprocess.PIPE,
                         check=False).stdout
    return [json.loads(line) for line in out.splitlines()]


def score(name, rows, tmp):
    predicted = os.path.join(tmp, "predicted.jsonl")
    with open(predicted, "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row) + "\n")
    out = subprocess.run([sys.executable, os.path.join(EVAL, "score.py"),
                          name, predicted], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    for line in out.splitlines():
        print("  " + line, flush=True)


def main():
    if not os.path.exists(os.path.join(EVAL, "score.py")):
        print(f"extract.py: no pages in {EVAL}; SHEAF_EVAL says where they are")
        return
    with tempfile.TemporaryDirectory() as tmp:
        for name in SETS:
            pages = os.path.join(tmp, name)
            os.mkdir(pages)
            unpack(name, pages)
            print(f"{name}, sheaf:")
            score(name, ours(pages, tmp), tmp)
            if name == "dates":  # readability.js looks for no dates in text
                continue
            rows = readability(pages, tmp)
            print(f"{name}, readability.js:")
            if rows is None:
                print("  it takes npm and the network")
            else:
                score(name, rows, tmp)


if __name__ == "__main__":
    main()
