#!/usr/bin/env python3
"""A second checker of proofs, written from the specification alone (F15, with F6, F8 and F9).

    check.py PROOF --key KEY [--id ID] [--rev N] [--meta FILE] [--article FILE] [--newest | --absent]
    check.py PROOF --key KEY --from NOTE

KEY is a minisign public key's base64, or the file that it is in. It prints a JSON object that says what is proven, and
shares no code with the program that it is compared with. It needs Python 3.8 and nothing else; Ed25519 is done here, slowly.
Exit codes: 0 proven, 2 usage, 4 malformed, 5 not proven.
"""

import argparse
import base64
import hashlib
import json
import re
import sys

MALFORMED, UNPROVEN, UNSUPPORTED = 4, 5, 6


class Refusal(Exception):
    def __init__(self, code, clause, message):
        super().__init__(f"{message} [{clause}]")
        self.code, self.clause = code, clause


def malformed(condition, clause, message):
    if not condition:
        raise Refusal(MALFORMED, clause, message)


def unproven(condition, clause, message):
    if not condition:
        raise Refusal(UNPROVEN, clause, message)


# --- Ed25519 (RFC 8032), verifying only -----------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def point_add(a, b):
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, d - c, d + c, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(n, a):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = point_add(out, a)
        a = point_add(a, a)
        n >>= 1
    return out


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


GY = 4 * pow(5, P - 2, P) % P
GX = recover_x(GY, 0)
G = (GX, GY, 1, GX * GY % P)


def same_point(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def signed(key, message, signature):
    a, r = decode_point(key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER or len(signature) != 64:
        return False
    if same_point(point_times(8, a), (0, 1, 1, 0)) or same_point(point_times(8, r), (0, 1, 1, 0)):
        return False  # of a small order
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return same_point(point_times(s, G), point_add(r, point_times(h, a)))


# --- Trees, hashes, base64 ------------------------------------------------------------------------------------------


def H(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def entry_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(n):
    return 1 << (n - 1).bit_length() - 1


class WrongLength(Exception):
    pass


def set_root(size, leaves, path):
    """The root of a tree of `size`, from a dict of leaf hashes and the path of F15."""
    numbers, hashes, taken = sorted(leaves), [path[i:i + 32] for i in range(0, len(path), 32)], 0

    def stretch(a, b, some):
        nonlocal taken
        if not some:
            if taken == len(hashes):
                raise WrongLength
            taken += 1
            return hashes[taken - 1]
        if b - a == 1:
            return leaves[a]
        m = a + split(b - a)
        left = stretch(a, m, [n for n in some if n < m])
        return node_hash(left, stretch(m, b, [n for n in some if n >= m]))

    root = stretch(0, size, numbers)
    if taken != len(hashes):
        raise WrongLength
    return root


def inclusion_root(index, size, leaf, path):
    """RFC 9162, 2.1.1, read backwards: the path from the top down."""
    path = list(path)

    def within(m, n):
        if n == 1:
            return leaf
        if not path:
            raise WrongLength
        other, k = path.pop(), split(n)
        return node_hash(within(m, k), other) if m < k else node_hash(other, within(m - k, n - k))

    root = within(index, size)
    if path:
        raise WrongLength
    return root


def consistency_roots(old, new, path, old_root):
    """RFC 9162, 2.1.4.1, read backwards: both roots."""
    path = list(path)

    def within(m, n, known):
        if m == n:
            if known:
                return old_root, old_root
            if not path:
                raise WrongLength
            h = path.pop()
            return h, h
        if not path:
            raise WrongLength
        other, k = path.pop(), split(n)
        if m <= k:
            first, second = within(m, k, known)
            return first, node_hash(second, other)
        first, second = within(m - k, n - k, False)
        return node_hash(other, first), node_hash(other, second)

    roots = within(old, new, True)
    if path:
        raise WrongLength
    return roots


def from_base64(text, clause):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refusal(MALFORMED, clause, "not base64") from None
    malformed(base64.b64encode(data).decode() == text, clause, "another base64 than the one")
    return data


def decimal(text, clause):
    malformed(re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.A) and int(text) < 2**63, clause, "not a number")
    return int(text)


# --- F9: the note ---------------------------------------------------------------------------------------------------


class Note:
    def __init__(self, data):
        malformed(len(data) <= 65536 and data.endswith(b"\n"), "F9.1", "not a note")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Refusal(MALFORMED, "F9.1", "not UTF-8") from None
        malformed(not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", text), "F9.1", "control characters")
        lines = text[:-1].split("\n")
        malformed(re.fullmatch(r"[A-Za-z0-9._/~-]{1,255}", lines[0]) and not lines[0].startswith("cosignature/"),
                  "F9.2", "not an origin")
        self.origin = lines[0]
        malformed(len(lines) > 1, "F9.3", "no size")
        self.size = decimal(lines[1], "F9.3")
        malformed(len(lines) > 2, "F9.4", "no root")
        self.root = from_base64(lines[2], "F9.4")
        malformed(len(self.root) == 32, "F9.4", "not a root")
        malformed(len(lines) > 3, "F9.1", "not signed")
        malformed(lines[3] == "", "F9.4" if "" in lines[3:] else "F9.1", "a line after the root")
        sigs, seen = lines[4:], set()
        malformed(1 <= len(sigs) <= 16, "F9.1", "no signatures, or too many")
        for n, line in enumerate(sigs):
            match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
            malformed(match, "F9.5", "not a signature")
            sig = from_base64(match[2], "F9.5")
            malformed(len(sig) >= 5, "F9.5", "not a signature")
            malformed((match[1] == self.origin) == (n == 0), "F9.6", "the first is not the log's, or another is")
            malformed((match[1], sig[:4]) not in seen, "F9.6", "a key has signed twice")
            seen.add((match[1], sig[:4]))
            if n == 0:
                malformed(len(sig) == 68, "F9.6", "the log's signature has another length")
                self.key_id, self.signature = sig[:4], sig[4:]
        self.text = "\n".join(lines[:3]).encode() + b"\n"

    def check_key(self, key):
        ours = hashlib.sha256(self.origin.encode() + b"\n\x01" + key).digest()[:4]
        unproven(ours == self.key_id, "F9.7", "signed with another key")
        unproven(signed(key, self.text, self.signature), "F9.8", "the signature is not valid")


# --- F6: records, key changes, seals --------------------------------------------------------------------------------


class Record:
    def __init__(self, number, data, clause):
        self.number, self.hash = number, entry_hash(data)
        malformed(len(data) >= 96 and data[:16] == b"sheaf/leaf/v1\0\0\0" and data[18:20] == b"\0\0", clause, "no record")
        self.type, count = data[16], data[17]
        malformed(1 <= self.type <= 4 and len(data) == 96 + 44 * count, clause, "no record")
        self.rev = int.from_bytes(data[20:24], "big")
        self.time = int.from_bytes(data[24:32], "big", signed=True)
        self.prev, self.id_hash = data[32:64], data[64:96]
        self.parts = []
        for at in range(96, len(data), 44):
            role, algorithm, zero = data[at], data[at + 1], data[at + 2:at + 4]
            malformed(zero == b"\0\0" and algorithm in (1, 2), clause, "no record")
            self.parts.append((role, algorithm, int.from_bytes(data[at + 4:at + 12], "big"), data[at + 12:at + 44]))
        roles = [part[0] for part in self.parts]
        if self.type == 1:
            good = (count >= 2 and roles[:2] == [1, 2] and all(3 <= r <= 7 for r in roles[2:]) and self.rev >= 1
                    and self.parts[0][1] == 1 and len({p[1] for p in self.parts[1:]}) == 1
                    and (self.rev == 1) == (self.prev == bytes(32)))
        else:
            good = roles == [8] and self.parts[0][1] == 1 and (self.type == 3 or self.id_hash == bytes(32))
        malformed(good, clause, "no record of that type")


ED25519 = bytes((1, 1, 0, 32, 0, 32, 0, 64, 0, 64))


def key_change_length(data):
    """What a key change states as its length; None if it cannot be one."""
    if len(data) < 34 or data[:16] != b"sheaf/rekey/v1\0\0":
        return None
    return 34 + sum(int.from_bytes(data[at:at + 2], "big") for at in range(18, 26, 2))


def follow(keys, origin, key):
    before, steps = None, 0
    for data in keys:
        if data[16:18] != ED25519[:2]:
            raise Refusal(UNSUPPORTED, "F6.8", "keys of an unknown algorithm")
        malformed(data[16:26] == ED25519, "F6.8", "lengths")
        old, new = data[34:66], data[66:98]
        what = data[:98] + origin.encode()
        malformed(old != new and before in (None, old), "F6.8", "no key change")
        malformed(signed(old, what, data[98:162]) and signed(new, what, data[162:226]), "F6.8", "signatures")
        if key == old:
            key, steps = new, steps + 1
        before = new
    return key, steps


def decode_seal(data):
    unproven(len(data) >= 113 and data[:16] == b"sheaf/seal/v1\0\0\0" and data[112] <= 8
             and len(data) == 113 + 56 * data[112], "F15.6", "no seal")
    runs = []
    for at in range(113, len(data), 56):
        first, end, rows = (int.from_bytes(data[at + i:at + i + 8], "big") for i in (0, 8, 16))
        runs.append((first, end, rows, data[at + 24:at + 56]))
    return runs


# --- F15 ------------------------------------------------------------------------------------------------------------


class Proof:
    """The text, taken apart."""

    def __init__(self, data):
        malformed(len(data) <= 1 << 24, "F15.5", "longer than 16 MiB")
        head, _, note = data.partition(b"\n\n")
        try:
            self.lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            self.lines = head.decode("latin-1").split("\n")
        self.keys, self.leaves, self.seal, self.rows = [], [], None, []
        first = self.lines[0]
        if first == "c2sp.org/tlog-proof@v1":
            self.kind, self.clause = "one", "F15.1"
            malformed(len(head) + 2 <= 1 << 20, "F15.1", "longer than 1 MiB")
            self.take_one()
        elif first == "sheaf-proof/v1":
            self.kind, self.clause = "many", "F15.5"
            self.take_many()
        elif first.startswith("old "):
            self.kind, self.clause = "history", "F15.8"
            self.old = decimal(first[4:], "F15.8")
            self.take_hashes(1, 63)
        else:
            raise Refusal(MALFORMED, "F15.1", "not a proof")
        malformed(b"\n\n" in data, self.clause, "no note")
        self.note = Note(note)

    def take_hashes(self, at, most):
        self.path = [from_base64(line, self.clause) for line in self.lines[at:]]
        malformed(len(self.path) <= most and all(len(h) == 32 for h in self.path), self.clause, "not hashes")

    def take_one(self):
        at = 1
        self.extra = None
        if at < len(self.lines) and self.lines[at].startswith("extra "):
            self.extra = from_base64(self.lines[at][6:], "F15.1")
            at += 1
        malformed(at < len(self.lines) and self.lines[at].startswith("index "), "F15.1", "no index")
        self.index = decimal(self.lines[at][6:], "F15.1")
        self.take_hashes(at + 1, 64)

    def take_many(self):
        at = 1

        def fields(word, count):
            nonlocal at
            if at == len(self.lines) or not self.lines[at].startswith(word + " "):
                return None
            found = self.lines[at].split(" ")[1:]
            malformed(len(found) == count, "F15.5", f"not a {word}")
            at += 1
            return found

        while (key := fields("key", 1)) is not None:
            self.keys.append(from_base64(key[0], "F15.5"))
            malformed(key_change_length(self.keys[-1]) == len(self.keys[-1]), "F15.5", "not a key change")
        while (leaf := fields("leaf", 2)) is not None:
            self.leaves.append((decimal(leaf[0], "F15.5"), from_base64(leaf[1], "F15.5")))
        numbers = [number for number, _ in self.leaves]
        malformed(numbers and all(a < b for a, b in zip(numbers, numbers[1:])), "F15.5", "leaves out of order")
        if (seal := fields("seal", 1)) is not None:
            self.seal = from_base64(seal[0], "F15.5")
        last = None
        while (rows := fields("rows", 4)) is not None:
            run, first = decimal(rows[0], "F15.5"), decimal(rows[1], "F15.5")
            data, path = from_base64(rows[2], "F15.5"), from_base64(rows[3], "F15.5")
            malformed(self.seal is not None and run < 8 and data and len(data) % 11 == 0 and len(path) % 32 == 0,
                      "F15.5", "rows")
            malformed(last is None or (run, first) >= last, "F15.5", "rows out of order")
            last = (run, first + len(data) // 11)
            self.rows.append((run, first, [data[i:i + 11] for i in range(0, len(data), 11)], path))
        path = fields("path", 1)
        malformed(path is not None and at == len(self.lines), "F15.5", "no path")
        self.path = from_base64(path[0], "F15.5")
        malformed(len(self.path) % 32 == 0, "F15.5", "no path")


def check_one(proof):
    note = proof.note
    malformed(proof.index < note.size, "F15.1", "past the note")
    try:
        inclusion_root(proof.index, note.size, bytes(32), proof.path)
    except WrongLength:
        raise Refusal(MALFORMED, "F15.1", "the path has another length") from None
    extra = proof.extra
    malformed(extra and len(extra) >= 96, "F15.2", "no record")
    length = 96 + 44 * extra[17]
    malformed(len(extra) >= length, "F15.2", "no record and key changes")
    proof.keys, rest = [], extra[length:]
    while rest:
        one = key_change_length(rest)
        malformed(one and one <= len(rest), "F15.2", "no record and key changes")
        proof.keys.append(rest[:one])
        rest = rest[one:]
    record = Record(proof.index, extra[:length], "F15.2")
    malformed(record.type == 1, "F15.2", "not an article")
    root = inclusion_root(proof.index, note.size, record.hash, proof.path)
    unproven(root == note.root, "F15.3", "leaf and path don't give the root")
    return [record]


def check_many(proof):
    note = proof.note
    last = proof.leaves[-1][0]
    malformed(last < note.size, "F15.5", "past the note")
    try:
        set_root(note.size, {number: bytes(32) for number, _ in proof.leaves}, proof.path)
    except WrongLength:
        raise Refusal(MALFORMED, "F15.5", "the path has another length") from None
    malformed(proof.seal is None or last == note.size - 1, "F15.5", "the seal is not last")
    records = [Record(number, data, "F15.5") for number, data in proof.leaves]
    root = set_root(note.size, {r.number: r.hash for r in records}, proof.path)
    unproven(root == note.root, "F15.6", "leaves and path don't give the root")
    proof.runs = []
    if proof.seal is None:
        return records
    part = records[-1].parts[0]
    unproven(records[-1].type == 2 and part[2:] == (len(proof.seal), H(proof.seal)), "F15.6", "another seal")
    proof.runs = decode_seal(proof.seal)
    at = 0
    for first, end, _, _ in proof.runs:
        unproven(first == at <= end, "F15.6", "runs")
        at = end
    unproven(at == note.size, "F15.6", "runs")
    for run, first, rows, path in proof.rows:
        unproven(run < len(proof.runs), "F15.6", "no such run")
        _, _, count, root = proof.runs[run]
        unproven(first + len(rows) <= count, "F15.6", "no such rows")
        unproven(all(a < b for a, b in zip(rows, rows[1:])), "F15.6", "rows out of order")
        hashes = {first + i: entry_hash(b"sheaf/map/v1\0\0\0\0" + row) for i, row in enumerate(rows)}
        try:
            got = set_root(count, hashes, path)
        except WrongLength:
            raise Refusal(MALFORMED, "F15.5", "a path of rows has another length") from None
        unproven(got == root, "F15.6", "rows and path don't give the map's root")
    return records


def complete(proof, records, id_hash):
    """F15.7: are all rows with this ID's key there, in each run?"""
    if proof.kind != "many" or proof.seal is None:
        return False
    known, key = {r.number: r for r in records}, id_hash[:6]
    for run, (_, _, count, _) in enumerate(proof.runs):
        if count == 0:
            continue
        for _, first, rows, _ in (line for line in proof.rows if line[0] == run):
            below = [row for row in rows if row[:6] < key]
            above = [row for row in rows if row[:6] > key]
            same = [int.from_bytes(row[6:], "big") for row in rows if row[:6] == key]
            if ((below or first == 0) and (above or first + len(rows) == count)
                    and all(n >> 1 in known and known[n >> 1].type == (3 if n & 1 else 1)
                            and known[n >> 1].id_hash[:6] == key for n in same)):
                break
        else:
            return False
    return True


def compare(record, meta, article):
    salt = b""
    if meta is not None:
        _, _, size, commitment = record.parts[0]
        line = json.loads(meta)
        unproven(size == len(meta) and commitment == H(meta), "F15.4", "another metadata line")
        parts = [p["size"] for p in line["parts"]]
        unproven([p[2] for p in record.parts[1:]] == parts and line["rev"] == record.rev
                 and line.get("prev", "00" * 32) == record.prev.hex() and H(line["id"].encode()) == record.id_hash,
                 "F15.4", "the line and the record differ")
        salt = bytes.fromhex(line.get("salt", ""))
    if article is not None:
        _, algorithm, size, commitment = record.parts[1]
        unproven(size == len(article), "F15.4", "another length")
        unproven(algorithm == 1 or salt, "F15.4", "salted, and no metadata")
        unproven(commitment == H(article, salt if algorithm == 2 else b""), "F15.4", "another text")


def ask(proof, records, options):
    articles = [r for r in records if r.type == 1]
    meta, wanted = options.meta, options.rev
    id_hash = H(options.id.encode()) if options.id is not None else None
    if meta is not None:
        line = json.loads(meta)
        theirs = H(line["id"].encode())
        unproven(id_hash in (None, theirs), "F15.4", "metadata of another ID")
        unproven(wanted in (None, line["rev"]), "F15.4", "metadata of another revision")
        id_hash, wanted = theirs, line["rev"]
    if id_hash is None and len(articles) != 1:
        return {}
    found = [r for r in articles if id_hash in (None, r.id_hash) and wanted in (None, r.rev)]
    if not found:
        all_there = id_hash is not None and complete(proof, records, id_hash)
        unproven(all_there, "F15.4" if proof.seal is None else "F15.7", "nothing is said of this ID")
        unproven(options.absent, "F15.7", "there is no such article")
        return {"standing": "absent"}
    record = found[-1]
    compare(record, meta, options.article)
    unproven(not options.absent, "F15.7", "there is such an article")
    if any(r.type == 3 and r.prev == record.hash and r.id_hash == record.id_hash for r in records):
        standing = "redacted"
    elif any(r.id_hash == record.id_hash and r.number > record.number for r in articles):
        standing = "older"
    else:
        standing = "newest" if complete(proof, records, record.id_hash) else "unknown"
    unproven(not options.newest or standing == "newest", "F15.7", "not shown to be the newest")
    return {"standing": standing, "rev": record.rev, "leaf": record.number}


def check_history(proof, old, key):
    note = proof.note
    malformed(proof.kind == "history", "F15.8", "not of two checkpoints")
    malformed(proof.old <= note.size, "F15.8", "backwards")
    try:
        if proof.old == 0:
            malformed(not proof.path, "F15.8", "hashes from nothing")
        else:
            consistency_roots(proof.old, note.size, proof.path, bytes(32))
    except WrongLength:
        raise Refusal(MALFORMED, "F15.8", "the path has another length") from None
    unproven(proof.old == old.size, "F15.8", "of another size")
    if old.size == 0:
        good = old.root == hashlib.sha256(b"").digest()
    else:
        good = consistency_roots(old.size, note.size, proof.path, old.root) == (old.root, note.root)
    unproven(good and old.origin == note.origin, "F15.8", "not the beginning")
    note.check_key(key)
    return {"proven": True, "from": old.size, "size": note.size}


def check(options):
    with open(options.proof, "rb") as file:
        proof = Proof(file.read())
    if options.old is not None:
        with open(options.old, "rb") as file:
            return check_history(proof, Note(file.read()), options.key)
    malformed(proof.kind != "history", "F15.1", "of two checkpoints")
    records = check_one(proof) if proof.kind == "one" else check_many(proof)
    key, steps = follow(proof.keys, proof.note.origin, options.key)
    proof.note.check_key(key)
    articles = sum(r.type == 1 for r in records)
    return {"proven": True, "articles": articles, "size": proof.note.size, "origin": proof.note.origin,
            "key_changes": steps, **ask(proof, records, options)}


def public_key(text):
    try:
        with open(text, encoding="utf-8") as file:
            text = file.read().split("\n")[1]
    except OSError:
        pass
    data = base64.b64decode(text)
    if len(data) != 42 or data[:2] != b"Ed":
        raise ValueError("not a public key")
    return data[10:]


def content(path):
    with open(path, "rb") as file:
        return file.read()


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("proof")
    parser.add_argument("--key", type=public_key, required=True)
    parser.add_argument("--id")
    parser.add_argument("--rev", type=int)
    parser.add_argument("--meta", type=content)
    parser.add_argument("--article", type=content)
    parser.add_argument("--newest", action="store_true")
    parser.add_argument("--absent", action="store_true")
    parser.add_argument("--from", dest="old")
    options = parser.parse_args(arguments)
    if options.meta is not None and options.meta.endswith(b"\n"):
        options.meta = options.meta[:-1]
    try:
        print(json.dumps(check(options)))
    except Refusal as refusal:
        print(f"check.py: {options.proof}: {refusal}", file=sys.stderr)
        return refusal.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
