#!/usr/bin/env python3
"""beside.py - what an archive holds beside its articles.

    tests/bench/beside.py ARCHIVE...

The result is a Markdown table, in bytes an article:

    hashes   leaf hashes (TIL, SLB), 32 bytes each
    rows     of the index (MAP, URL, DIR)
    groups   GRP, but for what its columns say of IDs and metadata
    rest     head, page of text, seals and other leaves, tops and ends
    sum      of these: index, tree and checks
    columns  what was left out of groups: IDs, titles, dates, sections
    parity   of the dictionaries (PAR), which belongs to them

The columns are compressed together, so their parts are not seen in the file.
What groups need is what they would take with lengths and revisions alone:
these columns are compressed here as the writer does it, by stock zstd with
the dictionary in force, but not coded (F17): digits are no words. Needs zstd.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = os.path.join(HERE, "../../spec/recipe.py")
DICTIONARY = 0x184D2A5D
ZSTD = 0xFD2FB528
SUM = ("hashes", "rows", "groups", "rest")
NAMES = SUM + ("sum", "columns", "parity")
KINDS = {b"TIL": "hashes", b"SLB": "hashes", b"MAP": "rows", b"URL": "rows",
         b"DIR": "rows", b"PAR": "parity", b"REV": None}
# The fields of GRP before the columns, and the head and sum of its frame.
FIELDS = 8 + 4 + 54
GROUP_FRAME = FIELDS + 8
LEVEL = "-9"


def recipe():
    """The functions of the script that is in each archive."""
    with open(RECIPE, encoding="utf-8") as f:
        source = f.read()
    space = {"__name__": "recipe"}
    exec(source[:re.search(r"^for content in walk", source, re.M).start()],
         space)
    return space


def compressed(data, dictionary):
    with tempfile.NamedTemporaryFile() as f:
        f.write(dictionary)
        f.flush()
        option = ["-D", f.name] if dictionary else []
        return len(subprocess.run(["zstd", "-qc", LEVEL] + option, input=data,
                                  check=True, stdout=subprocess.PIPE).stdout)


def index_of(tools, frame, dictionary):
    """The articles of a group, and the bytes without IDs and metadata."""
    column = frame[FIELDS:-8]
    size = tools["zstd_frame"](column, 0)[1]
    text = next(tools["contents"]([(column, size)], dictionary))
    count = int.from_bytes(frame[28:30], "big")
    lines = text.split(b"\n")[:-1]
    if len(lines) != 6 * count:
        raise ValueError("a group of %d with %d lines" % (count, len(lines)))
    needed = lines[:count] + lines[4 * count:5 * count]
    return count, GROUP_FRAME + compressed(b"\n".join(needed) + b"\n",
                                           dictionary)


def beside(path):
    """Bytes an article, by name."""
    tools = recipe()
    with open(path, "rb") as f:
        data = f.read()
    found = dict.fromkeys(NAMES, 0)
    at, articles, dictionary = 0, 0, b""
    while at < len(data):
        magic = int.from_bytes(data[at:at + 4], "little")
        if magic == ZSTD:
            at = tools["zstd_frame"](data, at)[0]
            continue
        end = at + 8 + int.from_bytes(data[at + 4:at + 8], "little")
        kind = data[at + 8:at + 11]
        if magic == DICTIONARY:
            dictionary = tools["unpack"](data[at + 8:end])
        elif kind == b"GRP":
            count, needed = index_of(tools, data[at:end], dictionary)
            articles += count
            found["groups"] += needed
            found["columns"] += end - at - needed
        elif KINDS.get(kind, "rest") is not None:
            found[KINDS.get(kind, "rest")] += end - at
        at = end
    found["sum"] = sum(found[name] for name in SUM)
    return {name: found[name] / max(articles, 1) for name in NAMES}


def table(rows):
    """`rows` is a list of (name, what beside() says)."""
    lines = ["| | " + " | ".join(NAMES) + " |",
             "| :-- |" + " --: |" * len(NAMES)]
    for name, found in rows:
        lines.append("| %s | %s |" % (name, " | ".join(
            "%.1f" % found[column] for column in NAMES)))
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([(os.path.basename(p), beside(p)) for p in sys.argv[1:]]))
