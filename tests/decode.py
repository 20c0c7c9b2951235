#!/usr/bin/env python3
"""decode.py - the stream of sheaf-import, one line a record.

usage: decode.py HOW [FILE] < STREAM

It knows nothing but the stream's layout:

  A PLACE META TYPE SIZE     S TEXT (or KIND)     W TEXT     R CODE TEXT
  F CODE TEXT     P DONE TOTAL     Z COUNT
"""
import json
import sys


def records(f):
    def num(n):
        return int.from_bytes(f.read(n), "big")

    assert f.read(8) == b"SHFIMP1\n", "no magic"
    while True:
        kind = f.read(1)
        if kind == b"A":
            place = f.read(num(2)).decode()
            meta = f.read(num(4))
            heads = []
            for _ in range(num(1)):
                role = num(1)
                heads.append((role, f.read(num(1)).decode(), num(8)))
            parts = [(r, t, f.read(n)) for r, t, n in heads]
            assert [len(p[2]) for p in parts] == [h[2] for h in heads]
            yield "A", place, meta, parts
        elif kind == b"S":
            kind = f.read(num(1)).decode()
            yield "S", f.read(num(4)).decode() or kind
        elif kind in (b"W", b"I"):
            yield kind.decode(), f.read(num(4)).decode()
        elif kind == b"R":
            code, text = num(1), f.read(num(4)).decode()
            yield "R", code, text, f.read(num(4))
        elif kind == b"F":
            yield "F", num(1), f.read(num(4)).decode()
            break
        elif kind == b"P":
            yield "P", num(8), num(8)
        elif kind == b"Z":
            yield "Z", num(8)
            break
        else:
            sys.exit("stream broken off")
    assert f.read(1) == b"", "more after the end"


def unwrap(v):
    if isinstance(v, dict):
        if set(v) == {"$json"}:
            return json.loads(v["$json"])
        return {k: unwrap(x) for k, x in v.items()}
    return [unwrap(x) for x in v] if isinstance(v, list) else v


def rebuild(meta, body):
    out = {}
    for key, field in unwrap(meta["source"].get("keys", {})).items():
        out[key] = body.decode() if field == "body" else meta[field]
    for key, v in meta.get("ext", {}).items():
        out.update({key: unwrap(v)} if key != "$members" else unwrap(v))
    return out


def main():
    what = sys.argv[1]
    articles = []
    for r in records(sys.stdin.buffer):
        if r[0] == "A":
            meta = json.loads(r[2])
            again = json.dumps(meta, sort_keys=True, ensure_ascii=False,
                               separators=(",", ":"))
            assert again.encode() == r[2], "not canonical"
            assert r[3][0][0] == 2
            articles.append((meta, r[3][0][2]))
        if what == "show" and r[0] == "A":
            print("A", r[1], r[2].decode(), r[3][0][1], len(r[3][0][2]))
        elif r[0] == "R" and what in ("show", "end"):
            print(*r[:3])
        elif what == "show" or (what == "end" and r[0] in "FZ"):
            print(*r)
        elif what == "parts" and r[0] in "AR":
            print(r[2].decode() if r[0] == "A" else "R " + r[2])
            for role, kind, data in r[3] if r[0] == "A" else []:
                print(role, kind, len(data))
        elif r[0] in "WI" and what == r[0]:
            print(r[1])
        elif what == "kinds" and r[0] == "A":
            print(json.loads(r[2])["id"], r[3][0][1])
        elif what == "meta" and r[0] == "A":
            print(r[2].decode())
        elif what == "headline" and r[0] == "A":
            print(meta.get("headline", ""))
        elif what == "id" and r[0] == "A":
            print(meta["id"])
        elif what == "bodies" and r[0] == "A":
            print(json.dumps(r[3][0][2].decode(), ensure_ascii=False))
    if what == "body":
        sys.stdout.buffer.write(articles[0][1])
    if what == "same-json":
        want = [json.loads(line) for line in open(sys.argv[2]) if line.strip()]
        print("same" if [rebuild(*a) for a in articles] == want else "other")


if __name__ == "__main__":
    main()
