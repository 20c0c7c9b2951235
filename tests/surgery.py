"""surgery.py - changes an archive as an attacker without the key would.

After each change it corrects everything that only guards against damage: sums
of frames and pages, checksums of zstd frames, sums over a group's frames,
hashes of tops. Then only the checks that are meant to can refuse the change.
"""
import hashlib
import struct

SKIP = b"\x53\x2a\x4d\x18"
DICT = b"\x5d\x2a\x4d\x18"
ZSTD = b"\x28\xb5\x2f\xfd"


def h8(data):
    return hashlib.blake2b(data, digest_size=32).digest()[:8]


def h32(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def xxh64(data):
    """As zstd has it, for the checksum at the end of a frame."""
    p = [11400714785074694791, 14029467366897019727, 1609587929392839161,
         9650029242287828579, 2870177450012600261]
    m = (1 << 64) - 1
    rot = lambda x, r: ((x << r) | (x >> (64 - r))) & m
    mix = lambda acc, x: rot((acc + x * p[1]) & m, 31) * p[0] & m
    at, n = 0, len(data)
    if n >= 32:
        v = [(p[0] + p[1]) & m, p[1], 0, -p[0] & m]
        while at + 32 <= n:
            for i in range(4):
                v[i] = mix(v[i], struct.unpack_from("<Q", data, at)[0])
                at += 8
        h = sum(rot(v[i], r) for i, r in enumerate((1, 7, 12, 18))) & m
        for x in v:
            h = ((h ^ mix(0, x)) * p[0] + p[3]) & m
    else:
        h = p[4]
    h = (h + n) & m
    while at + 8 <= n:
        h ^= mix(0, struct.unpack_from("<Q", data, at)[0])
        h = (rot(h, 27) * p[0] + p[3]) & m
        at += 8
    if at + 4 <= n:
        h ^= struct.unpack_from("<I", data, at)[0] * p[0] & m
        h = (rot(h, 23) * p[1] + p[2]) & m
        at += 4
    for b in data[at:]:
        h = rot(h ^ (b * p[4] & m), 11) * p[0] & m
    h = (h ^ h >> 33) * p[1] & m
    h = (h ^ h >> 29) * p[2] & m
    return h ^ h >> 32


def zstd_parts(data, at):
    """Header's length, blocks as (offset, type, size), the frame's end."""
    d = data[at + 4]
    single, fcs = d >> 5 & 1, d >> 6
    head = 5 + (not single) + (0, 1, 2, 4)[d & 3]
    head += (single, 2, 4, 8)[fcs]
    blocks, p = [], at + head
    while True:
        b = int.from_bytes(data[p:p + 3], "little")
        kind, size = b >> 1 & 3, b >> 3
        blocks.append((p + 3, kind, size))
        p += 3 + (1 if kind == 1 else size)
        if b & 1:
            return head, blocks, p + (4 if d & 4 else 0)


def frames(data):
    """(offset, type, length) of each frame; type "" is an article."""
    at, out = 0, []
    while at < len(data):
        magic = bytes(data[at:at + 4])
        if magic == ZSTD:
            end, kind = zstd_parts(data, at)[2], ""
        else:
            end = at + 8 + struct.unpack_from("<I", data, at + 4)[0]
            kind = "DIC" if magic == DICT else bytes(data[at + 8:at + 11]).decode()
        out.append((at, kind, end - at))
        at = end
    return out


def stored(data, at):
    """The content of a zstd frame in which nothing is compressed, or None."""
    _, blocks, _ = zstd_parts(data, at)
    if any(kind != 0 for _, kind, _ in blocks):
        return None
    return b"".join(bytes(data[p:p + n]) for p, _, n in blocks)


def reseal(data):
    """Make right what guards against damage only."""
    first = last = None
    for at, kind, n in frames(data):
        if kind == "":
            plain = stored(data, at)
            if plain is not None:
                data[at + n - 4:at + n] = struct.pack(
                    "<I", xxh64(plain) & 0xffffffff)
        elif kind == "GRP":
            start = int.from_bytes(data[at + 12:at + 20], "big")
            data[at + 58:at + 66] = h8(bytes(data[start:at]))
        elif kind in ("MAP", "URL", "DIR"):
            pages(data, at, kind, n)
        elif kind == "TOP":
            last = (at, n)
        elif kind == "END":
            data[at + 12 + 20:at + 12 + 52] = h32(
                bytes(sealed(data, *last)))
            prev = int.from_bytes(data[at + 80:at + 88], "big")
            if prev:
                data[at + 88:at + 120] = h32(bytes(data[prev:prev + n]))
        if kind not in ("", "DIC"):
            sealed(data, at, n)
    return data


def sealed(data, at, n):
    data[at + n - 8:at + n] = h8(bytes(data[at:at + n - 8]))
    return data[at:at + n]


WIDTH = {"MAP": 20, "URL": 11, "DIR": 24}


def map_root(rows):
    """The tree over the rows of a map, as page roots and roots have it."""
    level = [hashlib.sha256(b"\0" + b"sheaf/map/v1" + bytes(4) + r[:11]).digest()
             for r in rows]

    def root(x):
        if len(x) == 1:
            return x[0]
        k = 1
        while 2 * k < len(x):
            k *= 2
        return hashlib.sha256(b"\1" + root(x[:k]) + root(x[k:])).digest()
    return root(level)


KEY_BYTES = {"MAP": 6, "URL": 4}
FIELDS = {"MAP": (5, 6, 3), "URL": (5,)}


def block(data, at, kind, n):
    """Of a block of a table: its widths, and for each page where it is, its
    length without the sum, and its rows."""
    if kind == "DIR":
        per = 256 * WIDTH[kind] + 8
        full, rest = divmod(n - 20, per)
        lens = [per] * full + ([rest] if rest else [])
        counts = [(x - 8) // WIDTH[kind] for x in lens]
        widths, at = [], at + 12
    else:
        widths = list(data[at + 14:at + 15 + len(FIELDS[kind])])
        rows = int.from_bytes(data[at + 12:at + 14], "big")
        counts = [min(256, rows - i) for i in range(0, rows, 256)]
        lens = [KEY_BYTES[kind] + (x * sum(widths) + 7) // 8 + 8 for x in counts]
        at += 14 + len(widths)
    out = []
    for length, count in zip(lens, counts):
        out.append((at, length - 8, count))
        at += length
    return widths, out


def table_rows(data, at, n):
    """The rows of a block of MAP."""
    rows = []
    widths, pages_ = block(data, at, "MAP", n)
    for p, length, count in pages_:
        key = int.from_bytes(data[p:p + 6], "big")
        left, bits = 8 * (length - 6), int.from_bytes(data[p + 6:p + length], "big")
        for _ in range(count):
            values = []
            for width in widths:
                left -= width
                values.append(bits >> left & (1 << width) - 1)
            key += values[0]
            rows.append(key.to_bytes(6, "big") + b"".join(
                v.to_bytes(size, "big") for v, size in zip(values[1:], FIELDS["MAP"])))
    return rows


def put_rows(data, at, n, rows):
    """Other rows in a block of MAP, as long as they fit."""
    widths, pages_ = block(data, at, "MAP", n)
    rows = list(rows)
    for p, length, count in pages_:
        before = data[p:p + 6] = rows[0][:6]
        bits = total = 0
        for row in rows[:count]:
            gap = int.from_bytes(row[:6], "big") - int.from_bytes(before, "big")
            before = row[:6]
            for width, value in zip(widths, (gap, int.from_bytes(row[6:11], "big"),
                                             int.from_bytes(row[11:17], "big"),
                                             int.from_bytes(row[17:], "big"))):
                assert 0 <= value < 1 << width
                bits, total = bits << width | value, total + width
        data[p + 6:p + length] = (bits << -total % 8).to_bytes(length - 6, "big")
        del rows[:count]


def pages(data, at, kind, n):
    for p, length, _ in block(data, at, kind, n)[1]:
        data[p + length:p + length + 8] = h8(bytes(data[p:p + length]))
    if kind == "MAP":
        rows = table_rows(data, at, n)
        roots = [map_root(rows[i:i + 256]) for i in range(0, len(rows), 256)]
        data[at + n - 8 - 32 * len(roots):at + n - 8] = b"".join(roots)


def top(data):
    """The last top, its fields up to the note, and what stands after it."""
    at, n = [(a, n) for a, k, n in frames(data) if k == "TOP"][-1]
    body = bytes(data[at + 12:at + n - 8])
    origin_len = int.from_bytes(body[74:76], "big")
    note_at = 76 + origin_len
    note_len = int.from_bytes(body[note_at:note_at + 4], "big")
    note = body[note_at + 4:note_at + 4 + note_len]
    return at, body[:note_at], note, body[note_at + 4 + note_len:]


def with_top(data, before, note, after):
    """The archive with another last top, and its end made for that."""
    data = bytearray(data)
    list_ = frames(data)
    at, _, _, _ = top(data)
    tops = [f for f in list_ if f[1] == "TOP"]
    ends = [f for f in list_ if f[1] == "END"]
    pads = [f for f in list_ if f[1] == "PAD" and f[0] > tops[-2][0]]
    frame = lambda kind, body: bytearray(
        SKIP + struct.pack("<I", len(body) + 12) + kind + b"\1" + body + bytes(8))
    new = frame(b"TOP", before + len(note).to_bytes(4, "big") + note + after)
    sealed(new, 0, len(new))
    old = bytes(data[ends[-2][0] + 12:ends[-2][0] + 168])
    at = tops[-2][0]
    start = int.from_bytes(old[52:60], "big")
    one = len(new) + 176
    gap = 4096 if at + one - start >= 65536 else 0
    end = at + 2 * one + gap
    out = data[:at]
    for i in range(2):
        top_at = len(out)
        body = ((top_at + len(new)).to_bytes(8, "big") +
                top_at.to_bytes(8, "big") + len(new).to_bytes(4, "big") +
                h32(bytes(new)) + old[52:60] + end.to_bytes(8, "big") + old[68:])
        e = frame(b"END", body)
        out += new + sealed(e, 0, len(e))
        if i == 0 and gap:
            p = frame(b"PAD", bytes(gap - 20))
            out += sealed(p, 0, len(p))
    assert len(out) == end and (gap != 0) == bool(pads)
    return out


def load(path):
    with open(path, "rb") as f:
        return bytearray(f.read())


def save(path, data):
    with open(path, "wb") as f:
        f.write(data)
