#!/usr/bin/env python3
"""Writes what is in a good vector as JSON, for those who write a reader.

usage: twin.py FILE.sheaf...            writes FILE.json beside each
       twin.py --check FILE.sheaf...    compares, and prints the names of those that differ

The archive is read by read.py, which is written from the specification alone. spec/vectors/README.md says what the
members are.
"""

import hashlib
import json
import sys

import read


class Twin(read.Verifier):
    """A verifier that keeps what it met."""

    KINDS = {read.ARTICLE_LEAF: "article", read.SEAL_LEAF: "seal", read.REDACTION_LEAF: "redaction",
             read.KEY_LEAF: "key change"}

    def __init__(self, data):
        super().__init__(data)
        self.frame_list, self.leaf_list = [], []

    def _frame(self, frame):
        start, end = frame.start, frame.end
        kind = "zstd" if frame.kind == "ART" else "dictionary" if frame.kind == "DIC" else bytes(
            self.data[start + 8:start + 11]).decode()
        self.frame_list.append({"offset": start, "length": end - start, "type": kind})
        super()._frame(frame)

    def _leaf(self, frame):
        leaf = read.read_leaf(read.body_of(self.data, frame), frame.start)
        number = len(self.tree)
        super()._leaf(frame)
        if leaf.kind == read.ARTICLE_LEAF:
            self.leaf_list[number].update(kind="removed article")
        else:
            self._keep(number, self.KINDS[leaf.kind], leaf.record, frame)
            self.leaf_list[number]["part"] = leaf.part.hex()

    def _add_articles(self, articles, frame):
        first = len(self.tree)
        super()._add_articles(articles, frame)
        for number, article in enumerate(articles, first):
            parts = [{"role": role, "size": len(part), "sha256": hashlib.sha256(part).hexdigest()}
                     for role, part in zip((entry["role"] for entry in article.meta["parts"]), article.parts())]
            self.leaf_list[number].update(meta=article.meta, parts=parts)

    def _add_article(self, record, frame, member):
        number = len(self.tree)
        super()._add_article(record, frame, member)
        self._keep(number, "article", record, frame)

    def _keep(self, number, kind, record, frame):
        assert number == len(self.leaf_list)
        self.leaf_list.append({"leaf": number, "kind": kind, "offset": frame.start,
                               "hash": read.entry_hash(record).hex(), "record": record.hex()})


def twin_of(path):
    with open(path, "rb") as file:
        data = file.read()
    twin = Twin(data)
    twin.run()
    return {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "origin": twin.origin,
        "generations": twin.generation - 1,
        "signed": twin.signed,
        "note": twin.note.decode(),
        "root": twin.tree.root().hex(),
        "runs": [{"first": run.first, "end": run.end, "rows": run.map.rows, "root": run.map.root.hex()}
                 for run in twin.runs],
        "dictionaries": [{"id": entry.id, "offset": entry.offset, "payload": entry.payload, "raw": entry.raw}
                         for entry in twin.dictionaries],
        "frames": twin.frame_list,
        "leaves": twin.leaf_list,
    }


def lines_of(twin):
    """One line for each member and each entry of a list, so that changes can be read."""
    lines = []
    for name, value in twin.items():
        if isinstance(value, list):
            entries = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in value)
            lines.append(f"{json.dumps(name)}: [\n{entries}\n]" if entries else f"{json.dumps(name)}: []")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def expected_root(path):
    """The root that a good vector must have; None for one that is not good."""
    with open(path[:-len(".sheaf")] + ".expect", encoding="utf-8") as file:
        lines = dict(line.rstrip("\n").split(": ", 1) for line in file if line[0] != "#")
    return lines.get("root") if lines["expect"] == "ok" else None


def main(arguments):
    check = arguments[:1] == ["--check"]
    wrong = 0
    for path in arguments[check:]:
        root = expected_root(path)
        if root is None:
            continue
        twin, beside = twin_of(path), path[:-len(".sheaf")] + ".json"
        text = lines_of(twin)
        if check:
            with open(beside, encoding="utf-8") as file:
                same = file.read() == text and twin["root"] == root
            print("ok" if same else "not ok", f"{beside} has what is in the archive")
            wrong += not same
        else:
            with open(beside, "w", encoding="utf-8") as file:
                file.write(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
