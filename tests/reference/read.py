#!/usr/bin/env python3
"""A second reader of the Sheaf archive format, written from spec/format.md alone.

    read.py list FILE          ID, published and headline of each article, in leaf order
    read.py get FILE ID        the body of the newest revision of ID
    read.py verify FILE [PUB]  check every clause; PUB is a minisign public key

It shares no code with the program that it is compared with. It needs Python 3.11 and the program zstd.
Exit codes: 0 good, 1 I/O, 2 usage, 3 no such article, 4 malformed, 5 not authentic, 6 unsupported, 7 over a limit.
"""

import base64
import functools
import hashlib
import json
import mmap
import os
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
from bisect import bisect_left
from collections import deque, namedtuple

# --- Errors ---------------------------------------------------------------------------------------------------------

IO, USAGE, MISSING, MALFORMED, UNAUTHENTIC, UNSUPPORTED, LIMIT = range(1, 8)
CODES = {"F9.7": UNAUTHENTIC, "F9.8": UNAUTHENTIC, "F9.10": UNAUTHENTIC, "F14.1": LIMIT}


class Refusal(Exception):
    """What stops the program: a message, the exit code, and mostly a clause and an offset."""

    def __init__(self, message, code, clause=None, offset=None):
        super().__init__(message)
        self.code, self.clause, self.offset = code, clause, offset

    def __str__(self):
        place = f" [{self.clause} at {self.offset}]" if self.clause else ""
        return f"{self.args[0]}{place}"


def refuse(clause, offset, message):
    raise Refusal(message, CODES.get(clause, MALFORMED), clause, offset)


def require(condition, clause, offset, message):
    if not condition:
        refuse(clause, offset, message)


def unsupported(clause, offset, message):
    raise Refusal(message, UNSUPPORTED, clause, offset)


# --- F1: hashes, integers, trees ------------------------------------------------------------------------------------

ZEROS = bytes(32)
EMPTY_ROOT = hashlib.sha256(b"").digest()


def H(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def H8(data):
    return H(data)[:8]


def entry_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def number(data):
    return int.from_bytes(data, "big")


class Tree:
    """The tree of RFC 9162: levels[k] holds the roots of all full subtrees of 2^k entries."""

    def __init__(self, hashes=()):
        self.levels = [[]]
        for digest in hashes:
            self.add(digest)

    def __len__(self):
        return len(self.levels[0])

    def add(self, digest):
        level = 0
        self.levels[0].append(digest)
        while len(self.levels[level]) % 2 == 0:
            left, right = self.levels[level][-2:]
            level += 1
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(node_hash(left, right))

    def root(self, end=None, start=0):
        """The root over the entries from start to end; start is a multiple of a power of two that is enough."""
        end = len(self) if end is None else end
        peaks = []
        while start < end:
            level = (end - start).bit_length() - 1
            peaks.append(self.levels[level][start >> level])
            start += 1 << level
        if not peaks:
            return EMPTY_ROOT
        root = peaks.pop()
        while peaks:
            root = node_hash(peaks.pop(), root)
        return root


def root_of_blocks(roots):
    """The root of a tree from the roots of its blocks, all but the last of them full."""
    return Tree(roots).root()


# --- Ed25519 (RFC 8032, section 5.1) ----------------------------------------------------------------------------------

FIELD = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
EDWARDS = -121665 * pow(121666, -1, FIELD) % FIELD
ROOT_OF_MINUS_1 = pow(2, (FIELD - 1) // 4, FIELD)
NEUTRAL = (0, 1, 1, 0)      # points are X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z


def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % FIELD, (p[1] + p[0]) * (q[1] + q[0]) % FIELD
    c, d = 2 * p[3] * q[3] * EDWARDS % FIELD, 2 * p[2] * q[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def point_times(count, p):
    sum_, p = NEUTRAL, p
    while count:
        if count & 1:
            sum_ = point_add(sum_, p)
        p = point_add(p, p)
        count >>= 1
    return sum_


def point_bytes(p):
    inverse = pow(p[2], -1, FIELD)
    x, y = p[0] * inverse % FIELD, p[1] * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_of(data):
    """The point of 32 bytes in their one form, None if there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= FIELD:
        return None
    u, v = (y * y - 1) % FIELD, (EDWARDS * y * y + 1) % FIELD
    x = u * pow(v, 3, FIELD) * pow(u * pow(v, 7, FIELD), (FIELD - 5) // 8, FIELD) % FIELD
    if v * x * x % FIELD == -u % FIELD:
        x = x * ROOT_OF_MINUS_1 % FIELD
    if v * x * x % FIELD != u or (x == 0 and sign):
        return None
    x = FIELD - x if x & 1 != sign else x
    return x, y, 1, x * y % FIELD


BASE = point_of((4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little"))


def large_order(p):
    """Not one of the eight points that make a signature hold for almost anything."""
    return point_bytes(point_times(8, p)) != point_bytes(NEUTRAL)


def ed25519_verifies(key, message, signature):
    """F1: R is compared as bytes, and neither key nor R may be of small order."""
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER or not large_order(a) or not large_order(r):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    minus_a = (FIELD - a[0], a[1], 1, FIELD - a[3])
    return point_bytes(point_add(point_times(s, BASE), point_times(h, minus_a))) == signature[:32]


# --- Zstandard frames (RFC 8878) ------------------------------------------------------------------------------------

ZSTD = b"\x28\xb5\x2f\xfd"
Header = namedtuple("Header", "end size window dictionary checksum reserved")


def take(data, at, count, limit):
    require(at + count <= limit, "F2.2", at, "the zstd frame does not end within the file")
    return data[at:at + count]


def zstd_header(data, at, limit):
    """RFC 8878, section 3.1.1.1. The size is None when it is not stated."""
    at += 4
    descriptor = take(data, at, 1, limit)[0]
    single = descriptor & 0x20
    at += 1
    window = None
    if not single:
        byte = take(data, at, 1, limit)[0]
        base = 1 << (10 + (byte >> 3))
        window = base + (base >> 3) * (byte & 7)
        at += 1
    count = (0, 1, 2, 4)[descriptor & 3]
    dictionary = int.from_bytes(take(data, at, count, limit), "little")
    at += count
    count = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    size = int.from_bytes(take(data, at, count, limit), "little") if count else None
    if count == 2:
        size += 256
    at += count
    return Header(at, size, size if single else window, dictionary, bool(descriptor & 4), bool(descriptor & 8))


def zstd_end(data, header, limit):
    """Where the frame ends, by its block headers (RFC 8878, section 3.1.1.2)."""
    at, last = header.end, False
    while not last:
        block = int.from_bytes(take(data, at, 3, limit), "little")
        last, kind, size = block & 1, block >> 1 & 3, block >> 3
        require(kind != 3, "F4.10", at, "a zstd block has the reserved type")
        require(size <= min(header.window, 128 << 10), "F4.10", at, "a zstd block is larger than the frame allows")
        at += 3
        take(data, at, 0, limit)
        if kind == 2:
            check_modes(data[at:min(at + size, limit)], at)
        at += 1 if kind == 1 else size
    at += 4 if header.checksum else 0
    take(data, at, 0, limit)
    return at


def check_modes(block, offset):
    """F4.10 on the sequences of a compressed block (RFC 8878, 3.1.1.3); one that is cut off fails to decompress."""
    first = block[0] if block else 0
    kind, form = first & 3, first >> 2 & 3
    if kind < 2:        # raw and RLE literals
        length = (1, 2, 1, 3)[form]
        size = int.from_bytes(block[:length], "little") >> (4 if form & 1 else 3)
        at = length + (size if kind == 0 else 1)
    else:
        length, bits = ((3, 10), (3, 10), (4, 14), (5, 18))[form]
        at = length + (int.from_bytes(block[:length], "little") >> (4 + bits) & (1 << bits) - 1)
    count = block[at] if at < len(block) else 0
    at += 1 if count < 128 else 2 if count < 255 else 3
    require(count == 0 or at >= len(block) or block[at] & 3 == 0, "F4.10", offset,
            "a block's symbol compression modes have reserved bits set")


def check_zstd_header(header, offset, in_force):
    """F4.1; in_force is the ID of the dictionary in force, 0 if there is none yet."""
    require(header.size is not None, "F4.1", offset, "the zstd frame does not state its content size")
    require(header.checksum, "F4.1", offset, "the zstd frame has no checksum")
    require(not header.reserved, "F4.1", offset, "the zstd frame has the reserved bit set")
    require(header.window <= 8 << 20, "F4.1", offset, "the zstd frame asks for a window above 8 MiB")
    require(header.dictionary == in_force, "F4.1", offset, "the zstd frame does not name the dictionary in force")


def unzstd(frames, size, dictionary=None, window_log=23, base=None):
    """The content of zstd frames back to back, or None if they are broken or do not have that size."""
    command = ["zstd", "-dc", "-q", f"--long={window_log}", f"-M{1 << window_log}"]
    with tempfile.NamedTemporaryFile() as file:
        if dictionary is not None or base is not None:
            file.write(base or dictionary)
            file.flush()
            command += [f"--patch-from={file.name}"] if base else ["-D", file.name]
        with tempfile.TemporaryFile() as source:
            source.write(frames)
            source.seek(0)
            with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                content = process.stdout.read(size + 1)
                if len(content) > size:
                    process.kill()
                process.stdout.close()
    return content if process.returncode == 0 and len(content) == size else None


class Inflater:
    """Decompresses zstd frames in order, a long stretch with each run of zstd."""

    STRETCH = 32 << 20

    def __init__(self, data, frames, dictionaries):
        """Frames are (start, end, header); dictionaries maps the IDs met so far to their content."""
        self.data, self.frames, self.dictionaries = data, frames, dictionaries
        self.position, self.ready, self.taken = 0, deque(), 0

    def next(self):
        """The content of the next frame, whose header was checked; None if it is broken (F4.10)."""
        if not self.ready:
            stretch = self._stretch()
            self.ready.extend(self._inflate(stretch))
            self.position += len(stretch)
        start, _, header = self.frames[self.taken]
        self.taken += 1
        return undo_words(self.ready.popleft(), self.dictionaries.get(header.dictionary), start)

    def _stretch(self):
        first = self.frames[self.position][2]
        count, total = 1, first.size
        for _, _, header in self.frames[self.position + 1:self.position + 65536]:
            if header.dictionary != first.dictionary or header.size is None or header.window > 8 << 20:
                break
            total += header.size
            if total > self.STRETCH:
                break
            count += 1
        return self.frames[self.position:self.position + count]

    def _inflate(self, frames):
        """All contents; or when a frame is broken, those before it and None."""
        total = sum(header.size for _, _, header in frames)
        source = b"".join(self.data[start:end] for start, end, _ in frames)
        content = unzstd(source, total, self.dictionaries.get(frames[0][2].dictionary))
        if content is not None:
            return self._cut(frames, content)
        if len(frames) == 1:
            return [None]
        half = len(frames) // 2
        contents = self._inflate(frames[:half])
        return contents if contents[-1] is None else contents + self._inflate(frames[half:])

    @staticmethod
    def _cut(frames, content):
        contents, at = [], 0
        for _, _, header in frames:
            contents.append(content[at:at + header.size])
            at += header.size
        return contents


# --- F17: words -----------------------------------------------------------------------------------------------------

SELF, ONE, TWO, ESCAPE, CAPITAL, UPPER = range(6)
ENTRY_LIMIT, ENTRIES_LIMIT, TABLE_LIMIT, UNDONE_LIMIT = 63, 32768, 1 << 20, 16 << 20
WORD_BYTES = set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
LEADS = set(range(0xc3, 0xe0))                               # of letters of two bytes
BEGINS = WORD_BYTES | LEADS


@functools.lru_cache(maxsize=4)
def words_of(raw, offset):
    """F17.1: kinds of bytes, entries of one byte, entries of two bytes by the first; None if there is no table."""
    if raw[-4:] != b"\xf7WDS" or len(raw) < 12:
        return None
    back, length = struct.unpack(">II", raw[-12:-4])
    require(length <= TABLE_LIMIT and back <= len(raw) and 12 <= back and length <= back - 12, "F17.1", offset,
            "the table of words is not in the dictionary")
    table = raw[len(raw) - back:len(raw) - back + length]
    kinds, texts = table[:256], table[256:].split(b"\0")
    require(len(kinds) == 256 and texts.pop() == b"" and 1 <= len(texts) <= ENTRIES_LIMIT
            and all(1 <= len(text) <= ENTRY_LIMIT for text in texts), "F17.1", offset, "the entries have another form")
    require(max(kinds) <= UPPER and kinds[ord("{")] == SELF
            and all(kinds.count(mark) == 1 for mark in (ESCAPE, CAPITAL, UPPER)), "F17.1", offset, "no such kinds")
    ones = [byte for byte in range(256) if kinds[byte] == ONE]
    twos = [byte for byte in range(256) if kinds[byte] == TWO]
    least = len(ones) + 256 * len(twos) - (255 if twos else 0)
    require(least <= len(texts) <= len(ones) + 256 * len(twos), "F17.1", offset, "the entries are not for the codes")
    rest = texts[len(ones):]
    return kinds, dict(zip(ones, texts)), {byte: rest[256 * at:256 * at + 256] for at, byte in enumerate(twos)}


def undo_words(content, raw, offset):
    """F17.2: what the content of a frame stands for that names this dictionary."""
    words = words_of(raw, offset) if raw else None
    if not words or content is None or content[:1] == b"{":
        return content
    out, at, before = bytearray(), 0, None                  # before: the entry just written, None after a byte
    while at < len(content):
        item, entry, escaped, at = next_word(words, content, at, offset)
        last = before if before is not None else out[-2:]
        if not escaped and (entry or before is not None) and ends_in_word(last) and item[0] in BEGINS:
            out += b" "
        out += item
        before = item if entry else None
        require(len(out) <= UNDONE_LIMIT, "F17.2", offset, "codes of words that stand for more than 16 MiB")
    return bytes(out)


def next_word(words, content, at, offset):
    """The item at a place, whether it is an entry, whether it is an escaped byte, and where the next one is."""
    def byte(place):
        require(place < len(content), "F17.2", offset, "coded content is cut off")
        return content[place]

    kinds, ones, twos = words
    kind = kinds[byte(at)]
    if kind == SELF:
        return content[at:at + 1], False, False, at + 1
    if kind == ESCAPE:
        return bytes([byte(at + 1)]), False, True, at + 2
    mark = kind if kind in (CAPITAL, UPPER) else None
    at += mark is not None
    kind = kinds[byte(at)]
    require(kind in (ONE, TWO), "F17.2", offset, "no entry after a mark")
    if kind == ONE:
        item = ones[content[at]]
    else:
        some = twos[content[at]]
        at += 1
        require(byte(at) < len(some), "F17.2", offset, "a code without an entry")
        item = some[content[at]]
    if mark == CAPITAL:
        require(item[:1].isalpha(), "F17.2", offset, "a capital before what is no letter")
        item = bytes([item[0] ^ 0x20]) + item[1:]
    return item.upper() if mark == UPPER else item, True, False, at + 1


def ends_in_word(text):
    return len(text) > 0 and (text[-1] in WORD_BYTES or (len(text) > 1 and text[-1] > 0x7f and text[-2] in LEADS))


def check_words(raw, flags, offset):
    """F17.1, F17.3 on a dictionary."""
    require(not words_of(raw, offset) or flags & HEAD_WORDS, "F17.3", offset, "a table of words, but no flag for it")


# --- F2: frames -----------------------------------------------------------------------------------------------------

SHEAF, DICTIONARY = b"\x53\x2a\x4d\x18", b"\x5d\x2a\x4d\x18"
TYPES = set("SHF REV PAR GRP SLB MAP URL DIR LEF TIL TOP END PAD".split())
FRAME_LIMIT = 64 << 20

# kind: ART, DIC, or the type of a sheaf frame; header: of an article's zstd frame
Frame = namedtuple("Frame", "kind start end header")


def read_frame(data, at, limit):
    """The frame at an offset, by F2; its content is not looked at."""
    magic = data[at:min(at + 4, limit)]
    require(magic in (ZSTD, DICTIONARY, SHEAF), "F2.1", at, "no frame begins here")
    if magic == ZSTD:
        return read_article_frame(data, at, limit)
    require(at + 8 <= limit, "F2.2", at, "the frame does not end within the file")
    length = int.from_bytes(data[at + 4:at + 8], "little")
    require(length <= FRAME_LIMIT, "F2.2", at, "the frame is longer than 64 MiB")
    require(magic == DICTIONARY or length >= 12, "F2.2", at, "the sheaf frame is shorter than its fields")
    end = at + 8 + length
    optional = magic == SHEAF and re.fullmatch(rb"[a-z][A-Za-z]{2}", data[at + 8:at + 11])
    require(end <= limit, "F2.2", at, "the frame does not end within the file")
    if magic == DICTIONARY:
        refuse_magic_within(data, at + 8, end)
        return Frame("DIC", at, end, None)
    require(H8(data[at:end - 8]) == data[end - 8:end], "F2.3", at, "the frame's sum does not match")
    if optional:
        body = data[at + 12:end - 8]
        require(not any(m in body for m in (ZSTD, DICTIONARY, SHEAF)), "F2.5", at,
                "a frame's magic is within an optional frame")
        return Frame("optional", at, end, None)
    kind = data[at + 8:at + 11].decode("latin-1")
    require(kind in TYPES, "F2.4", at, "the frame's type is unknown")
    if data[at + 11] != 1:
        unsupported("F2", at, f"format version {data[at + 11]} is not supported")
    if kind == "GRP":
        refuse_magic_within(data, at + 12 + GROUP_LENGTH, end - 8)
    if kind == "REV":
        refuse_magic_within(data, at + 12 + DIFFERENCE_LENGTH, end - 8)
    return Frame(kind, at, end, None)


def read_article_frame(data, at, limit):
    header = zstd_header(data, at, limit)
    end = zstd_end(data, header, limit)
    refuse_magic(data, header, end)
    return Frame("ART", at, end, header)


def refuse_magic(data, header, end):
    """F2.5: in the blocks of a zstd frame that ends there."""
    at = data.find(SHEAF, header.end, end - (4 if header.checksum else 0))
    require(at < 0, "F2.5", at, "a sheaf frame's magic is within another frame")


def refuse_magic_within(data, start, end):
    """F2.5 for a zstd frame inside another one; whether it is sound is for other clauses."""
    inner = inner_frame(data, start, end)
    if inner:
        refuse_magic(data, inner[2], end)


def inner_frame(data, start, end):
    """The one zstd frame that fills a stretch, as (start, end, header); None if that is something else."""
    if data[start:min(start + 4, end)] != ZSTD:
        return None
    try:
        header = zstd_header(data, start, end)
        return (start, end, header) if zstd_end(data, header, end) == end else None
    except Refusal:
        return None


def body_of(data, frame):
    return data[frame.start + 12:frame.end - 8]


def valid_frame(data, at, kinds):
    """The sheaf frame at an offset if it is sound and of one of these kinds, else None."""
    if at < 0 or at + 12 > len(data) or data[at:at + 4] != SHEAF or data[at + 8:at + 11] not in kinds:
        return None
    try:
        return read_frame(data, at, len(data))
    except Refusal:
        return None


# --- F3: head -------------------------------------------------------------------------------------------------------

HEAD_WORDS = 1
HEAD_TEXT = b"articles in zstd frames; see man 5 sheaf"


def check_head(data):
    """F3; it comes before everything else, so what is no head breaks F3.1, not F2."""
    require(len(data) >= 64 and data[:4] == SHEAF, "F3.1", 0, "the file does not begin with a head")
    require(data[4:8] == struct.pack("<I", 56) and data[8:11] == b"SHF", "F3.1", 0,
            "the file does not begin with a head")
    frame = read_frame(data, 0, len(data))
    body = body_of(data, frame)
    flags = number(body[:4])
    require(flags & ~HEAD_WORDS == 0, "F3.2", 12, "the head has unknown flags")
    require(body[4:] == HEAD_TEXT, "F3.3", 16, "the head's text is another")
    return flags


# --- F4: articles ---------------------------------------------------------------------------------------------------

ROLES = {"body": 2, "text": 3, "raw": 4, "summary": 5, "media": 6, "note": 7}
LINE_LIMIT = 1 << 20
CONTENT_LIMIT = 1 << 16       # of several articles in one frame
ARTICLE_LIMIT = 4 << 30
NO_TIME = -(1 << 63)
HEX64 = re.compile(r"[0-9a-f]{64}")
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Article:
    """An article's metadata, checked by F4.2 to F4.9, and where its parts are in the content of its frame."""

    def __init__(self, content, start, offset):
        end = content.find(b"\n", start, start + LINE_LIMIT + 1)
        require(end >= 0 or len(content) - start <= LINE_LIMIT, "F4.2", offset,
                "the metadata line does not end within 1 MiB")
        end = len(content) if end < 0 else end      # without a line feed, the content is too short by it (F4.9)
        self.content, self.offset = content, offset
        self.line, self.first_part = content[start:end], end + 1
        self.meta = parse_line(self.line, offset)
        self._check_id()
        self._check_revision()
        self._check_parts()
        self._check_previous()
        self._check_strings()
        self.end = self.first_part + sum(self.sizes)
        require(len(content) >= self.end, "F4.9", offset, "the content is shorter than its parts")

    def _check_id(self):
        self.id = self.meta.get("id")
        require(type(self.id) is str and 1 <= len(self.id.encode()) <= 1024, "F4.4", self.offset,
                "the ID is not a string of 1 to 1,024 bytes")
        require(not re.search("[\0-\x1f\x7f-\x9f]", self.id), "F4.4", self.offset, "the ID has a control character")

    def _check_revision(self):
        self.rev = self.meta.get("rev")
        require(type(self.rev) is int and 1 <= self.rev < 1 << 32, "F4.5", self.offset, "the revision is out of range")

    def _check_parts(self):
        parts = self.meta.get("parts")
        require(type(parts) is list and 1 <= len(parts) <= 254, "F4.6", self.offset, "there are not 1 to 254 parts")
        for index, part in enumerate(parts):
            require(type(part) is dict and part.keys() == {"role", "size", "type"}, "F4.6", self.offset,
                    "a part has not exactly the members role, size and type")
            role, size, media = part["role"], part["size"], part["type"]
            require(type(role) is str and role in ROLES, "F4.6", self.offset, "a part's role is unknown")
            require((role == "body") == (index == 0), "F4.6", self.offset, "the first part alone is the body")
            require(type(size) is int and size >= 0, "F4.6", self.offset, "a part's size is not a number")
            require(type(media) is str and re.fullmatch("[ -~]{1,127}", media), "F4.6", self.offset,
                    "a part's type is not 1 to 127 printable ASCII characters")
        self.roles = [ROLES[part["role"]] for part in parts]
        self.sizes = [part["size"] for part in parts]

    def _check_previous(self):
        prev = self.meta.get("prev")
        require(("prev" in self.meta) == (self.rev > 1), "F4.7", self.offset, "prev does not fit the revision")
        require(self.rev == 1 or type(prev) is str and HEX64.fullmatch(prev), "F4.7", self.offset,
                "prev is not 64 hexadecimal digits")
        self.prev = bytes.fromhex(prev) if prev else ZEROS

    def _check_strings(self):
        for name in ("headline", "section", "url", "published", "updated"):
            require(type(self.meta.get(name, "")) is str, "F4.8", self.offset, f"{name} is not a string")
        salt = self.meta.get("salt", "0" * 64)
        require(type(salt) is str and HEX64.fullmatch(salt), "F4.8", self.offset,
                "the salt is not 64 hexadecimal digits")

    def parts(self):
        at = self.first_part
        for size in self.sizes:
            yield self.content[at:at + size]
            at += size

    def time(self):
        """F4: milliseconds, by updated or else by published."""
        for name in ("updated", "published"):
            time = milliseconds(self.meta.get(name, ""))
            if time is not None:
                return time
        return NO_TIME

    def leaf_record(self):
        """F6: the record follows from the article alone."""
        salt = bytes.fromhex(self.meta.get("salt", ""))
        parts = [part_record(1, 1, len(self.line), H(self.line))]
        for role, part in zip(self.roles, self.parts()):
            commitment = hashlib.blake2b(part, digest_size=32, key=salt).digest()
            parts.append(part_record(role, 2 if salt else 1, len(part), commitment))
        return leaf_record(1, len(parts), self.rev, self.time(), self.prev, H(self.id.encode())) + b"".join(parts)

    def column(self, name):
        """F7: a string as it stands in the line, without its quotes."""
        if name == "rev":
            return b"%d" % self.rev
        text = json.dumps(self.meta.get(name, ""), ensure_ascii=False)[1:-1].encode()
        return b"" if name != "id" and len(text) > 1024 else text


def parse_line(line, offset):
    """F4.2, F4.3: the line is canonical when writing what was read gives the same bytes."""
    try:
        meta = json.loads(line.decode(), parse_float=not_allowed, parse_constant=not_allowed)
        canonical = json.dumps(meta, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        refuse("F4.3", offset, "the metadata is nested too deeply")
    except ValueError:
        refuse("F4.2", offset, "the metadata line is not JSON of the form asked for")
    require(type(meta) is dict, "F4.2", offset, "the metadata line is not a JSON object")
    require(canonical == line, "F4.2", offset, "the metadata line is not in canonical form")
    check_depth(line, offset)
    check_value(meta, offset)
    return meta


def not_allowed(text):
    raise ValueError(text)


def check_depth(line, offset):
    depth = 0
    for byte in STRINGS.sub(b"", line):
        depth += (byte in b"{[") - (byte in b"}]")
        require(depth <= 32, "F4.3", offset, "the metadata is nested too deeply")


def check_value(value, offset):
    if type(value) is dict:
        for name, member in value.items():
            require(name.isascii(), "F4.2", offset, "a member name is not ASCII")
            check_value(member, offset)
    elif type(value) is list:
        for member in value:
            check_value(member, offset)
    elif type(value) is int:
        require(abs(value) < 1 << 53, "F4.2", offset, "an integer is too large")
    else:
        require(value is not None, "F4.2", offset, "the metadata has a null")


TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
                  r"(?:T(\d\d):(\d\d):(\d\d)(?:(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d)))?)?)?)?", re.ASCII)


def milliseconds(text):
    """F4: the time of an RFC 3339 string or of a coarser form, None for another string."""
    match = TIME.fullmatch(text)
    if not match:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    hour, minute, second = int(match[4] or 0), int(match[5] or 0), int(match[6] or 0)
    zone_hour, zone_minute = int(match[9] or 0), int(match[10] or 0)
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    if max(hour, zone_hour) > 23 or max(minute, second, zone_minute) > 59:
        return None
    zone = (zone_hour * 60 + zone_minute) * (-1 if match[8] == "-" else 1)
    minutes = (days_before(year, month) + day - 1) * 1440 + hour * 60 + minute - zone
    return (minutes * 60 + second) * 1000 + int(((match[7] or "") + "000")[:3])


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year, month):
    return 29 if month == 2 and leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def days_before(year, month):
    """Days from 1970-01-01 to the first of a month."""
    past = year - 1
    days = year * 365 + past // 4 - past // 100 + past // 400 - 719527
    return days + sum(days_in_month(year, m) for m in range(1, month))


def articles_of(content, frame):
    """F4.11: the articles of a frame, mostly one."""
    require(content is not None, "F4.10", frame.start, "the article does not decompress")
    articles = [Article(content, 0, frame.start)]
    while articles[-1].end < len(content):
        require(len(content) <= CONTENT_LIMIT, "F4.11", frame.start, "a frame of several articles is above 64 KiB")
        articles.append(Article(content, articles[-1].end, frame.start))
    return articles


DIFFERENCE_LENGTH = 12
DIFFERENCE_LIMIT = 1 << 20
# base: offset of the frame that it is made against; start, end, header: of the zstd frame in it
Difference = namedtuple("Difference", "base length start end header")


def read_difference(data, frame):
    """F4.12, F4.13 as far as the frame alone tells."""
    at, start, end = frame.start, frame.start + 12 + DIFFERENCE_LENGTH, frame.end - 8
    require(start <= end, "F4.12", at, "the difference names no frame")
    base, length = struct.unpack(">QI", data[start - DIFFERENCE_LENGTH:start])
    require(data[start:min(start + 4, end)] == ZSTD, "F4.13", at, "the difference has no zstd frame")
    try:
        header = zstd_header(data, start, end)
        complete = zstd_end(data, header, end) == end
    except Refusal as refusal:
        if refusal.clause != "F2.2":
            raise
        complete = False
    require(complete, "F4.13", at, "the difference is not just one zstd frame")
    require(header.dictionary == 0, "F4.13", at, "the difference asks for a dictionary")
    check_zstd_header(header, at, 0)
    require(header.size <= DIFFERENCE_LIMIT, "F4.13", at, "the difference is of more than 1 MiB")
    return Difference(base, length, start, end, header)


def undo_difference(data, frame, difference, base):
    """The article, from the content of the frame that it is made against."""
    content = unzstd(data[difference.start:difference.end], difference.header.size, base=base)
    require(content is not None, "F4.10", frame.start, "the difference does not decompress")
    article, same = Article(content, 0, frame.start), articles_of(base, frame)
    require(article.end == len(content) or len(content) <= CONTENT_LIMIT, "F4.11", frame.start,
            "a frame of several articles is above 64 KiB")
    require(article.end == len(content), "F4.13", frame.start, "a difference of more than one article")
    require(any(one.id == article.id and one.rev < article.rev for one in same), "F4.12", frame.start,
            "the difference is not made against an earlier revision")
    return article


def check_base_content(content, offset):
    """F4.12, where codes stand for more than the header says."""
    require(content is None or len(content) <= DIFFERENCE_LIMIT, "F4.12", offset,
            "the frame that the difference is made against is another one")


def check_base(header, length, difference, offset):
    """F4.12 on the frame that a difference is made against."""
    require(length == difference.length and header.size <= DIFFERENCE_LIMIT, "F4.12", offset,
            "the frame that the difference is made against is another one")


def article_frames(frames):
    """The articles among frames, as an Inflater takes them."""
    return [(frame.start, frame.end, frame.header) for frame in frames if frame.kind == "ART"]


def check_article_header(frame, in_force):
    check_zstd_header(frame.header, frame.start, in_force)
    require(frame.header.size <= ARTICLE_LIMIT, "F14.1", frame.start, "the article is larger than 4 GiB")


# --- F5: dictionaries -----------------------------------------------------------------------------------------------

DICTIONARY_LIMIT = 16 << 20
PIECE = 4096


def read_dictionary(data, frame):
    """F5.1, F5.2: the ID and the content of a dictionary frame."""
    start, end = frame.start + 8, frame.end
    require(end - start <= DICTIONARY_LIMIT, "F5.1", frame.start, "the dictionary is larger than 16 MiB")
    header = dictionary_header(data, start, end, frame.start)
    require(header.size <= DICTIONARY_LIMIT, "F5.1", frame.start, "the dictionary is larger than 16 MiB")
    raw = unzstd(data[start:end], header.size, window_log=24)
    require(raw is not None, "F5.2", frame.start, "the dictionary does not decompress")
    require(raw[:4] == b"\x37\xa4\x30\xec" and len(raw) >= 8, "F5.2", frame.start, "not a dictionary in zstd's format")
    ident = int.from_bytes(raw[4:8], "little")
    require(32768 <= ident < 1 << 31 and ident != 0x184d2a53, "F5.2", frame.start, "the dictionary's ID is not allowed")
    return ident, raw


def dictionary_header(data, start, end, offset):
    """F5.2: the payload is one zstd frame with content size and checksum, without a dictionary."""
    inner = inner_frame(data, start, end)
    require(inner, "F5.2", offset, "the dictionary is not one zstd frame")
    header = inner[2]
    require(header.size is not None and header.checksum and header.dictionary == 0, "F5.2", offset,
            "the dictionary's frame lacks size or checksum, or names a dictionary")
    return header


def parity_body(offset, payload, ident, raw):
    """F5.3: the body of the PAR frame that belongs to a dictionary."""
    pieces = [payload[at:at + PIECE] for at in range(0, len(payload), PIECE)]
    width = min(PIECE, len(payload))
    count = 1 if len(pieces) == 1 else max(2, -(-len(pieces) // 48))
    rows = [0] * count
    for index, piece in enumerate(pieces):
        rows[index % count] ^= number(piece.ljust(width, b"\0"))
    return (struct.pack(">QIII", offset, len(payload), len(raw), ident) + H(raw)
            + b"".join(map(H8, pieces)) + b"".join(row.to_bytes(width, "big") for row in rows))


# --- F6: leaves, seals, redactions, key changes ---------------------------------------------------------------------

LEAF_DOMAIN = b"sheaf/leaf/v1".ljust(16, b"\0")
SEAL_DOMAIN = b"sheaf/seal/v1".ljust(16, b"\0")
REDACTION_DOMAIN = b"sheaf/redact/v1".ljust(16, b"\0")
KEY_DOMAIN = b"sheaf/rekey/v1".ljust(16, b"\0")
ARTICLE_LEAF, SEAL_LEAF, REDACTION_LEAF, KEY_LEAF = 1, 2, 3, 4
FIXED_LENGTH, PART_LENGTH = 96, 44
REASON_LIMIT = 1024
KEY_HEAD = 34
ED25519 = bytes((1, 1, 0, 32, 0, 32, 0, 64, 0, 64))         # both algorithms, and the lengths of keys and signatures
# record: its bytes; part: those of a statement's part, of a removed article None
Leaf = namedtuple("Leaf", "kind rev prev id_hash record part")
KeyChange = namedtuple("KeyChange", "leaf offset old new")  # the keys are None if their algorithm is unknown


def leaf_record(kind, parts, rev, time, prev, id_hash):
    return LEAF_DOMAIN + struct.pack(">BBHIq", kind, parts, 0, rev, time) + prev + id_hash


def part_record(role, algorithm, size, commitment):
    return struct.pack(">BBHQ", role, algorithm, 0, size) + commitment


def leaf_type(data, frame):
    """The type in a LEF frame's record; F6.1 when there is no such type."""
    body = body_of(data, frame)
    kind = body[16] if len(body) > 16 else 0
    require(ARTICLE_LEAF <= kind <= KEY_LEAF, "F6.1", frame.start, "not a leaf record of a known type")
    return kind


def read_leaf(body, offset):
    """F6.1, F6.2: a stored leaf, of one of the two forms."""
    def right(condition, what):
        require(condition, "F6.1", offset, what)

    right(len(body) >= FIXED_LENGTH and body[:16] == LEAF_DOMAIN, "not a leaf record")
    kind, count, zero, rev = struct.unpack(">BBHI", body[16:24])
    end = FIXED_LENGTH + PART_LENGTH * count
    right(ARTICLE_LEAF <= kind <= KEY_LEAF and zero == 0, "not a leaf record of a known type")
    right(len(body) >= end, "the leaf record is cut off")
    parts = [struct.unpack(">BBHQ32s", body[at:at + PART_LENGTH]) for at in range(FIXED_LENGTH, end, PART_LENGTH)]
    right(all(part[2] == 0 for part in parts), "the leaf record is not zero where it has to be")
    leaf = Leaf(kind, rev, body[32:64], body[64:96], body[:end], None if kind == ARTICLE_LEAF else body[end:])
    if kind == ARTICLE_LEAF:
        right(len(body) == end, "something follows the record of a removed article")
        right(removed_parts_possible(parts), "no article can have these parts")
        right(rev >= 1 and (rev == 1) == (leaf.prev == ZEROS), "no article can have this rev and prev")
        return leaf
    right([part[:2] for part in parts] == [(8, 1)], "a statement has one part of role 8")
    right(kind == REDACTION_LEAF or leaf.id_hash == ZEROS, "the record has the hash of an ID")
    require(len(leaf.part) == parts[0][3], "F6.2", offset, "the part's size is not the one in the record")
    require(H(leaf.part) == parts[0][4], "F6.2", offset, "the part's commitment does not match")
    return leaf


def removed_parts_possible(parts):
    """The metadata line, the body, and others; salted or not, but the line never."""
    roles, algorithms = [part[0] for part in parts], [part[1] for part in parts]
    return (2 <= len(parts) <= 255 and roles[:2] == [1, 2] and all(3 <= role <= 7 for role in roles[2:])
            and algorithms[0] == 1 and algorithms[1:] in ([1] * (len(parts) - 1), [2] * (len(parts) - 1)))


def read_redaction(leaf, offset):
    """F6.7: the number of the leaf that a redaction names, and the reason."""
    part = leaf.part
    require(part[:16] == REDACTION_DOMAIN and 1 <= len(part) - 24 <= REASON_LIMIT, "F6.7", offset,
            "the redaction's part is not of the form asked for")
    try:
        reason = part[24:].decode()
    except UnicodeDecodeError:
        refuse("F6.7", offset, "the reason is not UTF-8")
    require(not re.search("[\0-\x1f\x7f-\x9f]", reason), "F6.7", offset, "the reason has a control character")
    return number(part[16:24]), reason


def read_key_change(leaf, origin, offset):
    """F6.8, but for what is before it: the keys old and new; None and None if their algorithm is unknown."""
    part = leaf.part
    lengths = [number(part[at:at + 2]) for at in range(18, 26, 2)]
    require(len(part) == KEY_HEAD + sum(lengths) and part[:16] == KEY_DOMAIN, "F6.8", offset,
            "the key change's part is not of the form asked for")
    if part[16:18] != ED25519[:2]:
        return None, None
    require(part[16:26] == ED25519, "F6.8", offset, "the key change's lengths are not those of Ed25519")
    old, new = part[34:66], part[66:98]
    require(old != new, "F6.8", offset, "the new key is the old one")
    if origin is None:
        return old, new
    message = part[:98] + origin.encode("latin-1")
    require(ed25519_verifies(old, message, part[98:162]), "F6.8", offset, "the old key's signature does not match")
    require(ed25519_verifies(new, message, part[162:226]), "F6.8", offset, "the new key's signature does not match")
    return old, new


def seal_part(generation, first, prev_root, prev_note, redactions, runs):
    """F6.5: all of a seal's part follows from what is before it."""
    note_hash = H(prev_note) if prev_note else ZEROS
    listed = b"".join(struct.pack(">QQQ", run.first, run.end, run.map.rows) + run.map.root for run in runs)
    return (SEAL_DOMAIN + struct.pack(">QQQ", generation, first, first) + prev_root + note_hash
            + struct.pack(">QB", redactions, len(runs)) + listed)


def without_map_roots(part):
    """A seal's part without its runs' map roots, which have a clause of their own (F8.6)."""
    runs = part[113:]
    return part[:113] + b"".join(runs[at:at + 24] for at in range(0, len(runs), 56))


# --- F7: groups -----------------------------------------------------------------------------------------------------

GROUP_LIMIT = 256
COLUMNS_LIMIT = 16 << 10  # for each article
Group = namedtuple("Group", "start first count dict last_end first_day last_day raw frames")
GROUP_FIELDS = ">QQHIQiiQ8s"
# One article of a group: its time, NO_TIME if it has none or was removed, and its line of each column.
Member = namedtuple("Member", "time cells")
GROUP_LENGTH = struct.calcsize(GROUP_FIELDS)


def read_group(body, offset):
    require(len(body) >= GROUP_LENGTH, "F7.1", offset, "the group's frame is too short")
    return Group(*struct.unpack(GROUP_FIELDS, body[:GROUP_LENGTH]))


def columns_frame(data, frame):
    """The zstd frame in a group's frame, as (start, end, header); None if there is not just one."""
    return inner_frame(data, frame.start + 12 + GROUP_LENGTH, frame.end - 8)


def cells_of(length, article=None):
    """F7: an article's line of each column; all but the first are empty if it was removed."""
    names = ("published", "section", "id", "rev", "headline")
    return [b"%d\n" % length] + [(article.column(name) if article else b"") + b"\n" for name in names]


def group_days(times):
    days = [clamp(time // 86400000) for time in times if time != NO_TIME]
    return (min(days), max(days)) if days else ((1 << 31) - 1, -(1 << 31))


def clamp(day):
    return max(-(1 << 31) + 1, min((1 << 31) - 2, day))


# --- F8: tables and runs --------------------------------------------------------------------------------------------

MAP_DOMAIN = b"sheaf/map/v1".ljust(16, b"\0")
WIDTHS = {"MAP": 20, "URL": 11, "DIR": 24}
ROW_CLAUSES = {"MAP": "F8.3", "URL": "F8.4", "DIR": "F8.5"}
PAGE_ROWS, BLOCK_ROWS = 256, 16384

# In MAP and URL rows are packed: the bytes of a key in a page, its bits, and the bytes of the fields after the gap.
Packing = namedtuple("Packing", "key_bytes key_bits fields")
PACKED = {"MAP": Packing(6, 48, (5, 6, 3)), "URL": Packing(4, 28, (5,)), "DIR": Packing(6, 48, None)}

# blocks: for each the key of its first row, its widths, and in a map its root
Table = namedtuple("Table", "offset rows blocks root")
Run = namedtuple("Run", "first end map url dir piece")


def map_entry(row):
    return entry_hash(MAP_DOMAIN + row[:11])


def url_key(url):
    return (number(H(url)[:6]) >> 20 << 20).to_bytes(6, "big")


def width_count(kind):
    return 1 + len(PACKED[kind].fields) if PACKED[kind].fields else 0


def page_length(kind, rows, widths):
    """The bytes of a page with its sum."""
    if kind == "DIR":
        return rows * WIDTHS[kind] + 8
    return PACKED[kind].key_bytes + (rows * sum(widths) + 7) // 8 + 8


def block_length(kind, rows, widths):
    """The bytes of a block's body."""
    full, rest = divmod(rows, PAGE_ROWS)
    length = 2 + len(widths) if widths else 0
    length += full * page_length(kind, PAGE_ROWS, widths) + (page_length(kind, rest, widths) if rest else 0)
    return length + (32 * (full + (rest > 0)) if kind == "MAP" else 0)


def fields_of(kind, page):
    """The fields of the rows of a page, gap first."""
    shape, fields, before = PACKED[kind], [], None
    for row in page:
        key, at = number(row[:6]) >> 48 - shape.key_bits, 6
        values = [0 if before is None else key - before]
        for size in shape.fields:
            values.append(number(row[at:at + size]))
            at += size
        fields.append(values)
        before = key
    return fields


def in_pages(rows):
    return [rows[first:first + PAGE_ROWS] for first in range(0, len(rows), PAGE_ROWS)]


def least_widths(kind, rows):
    if kind == "DIR":
        return b""
    fields = [values for page in in_pages(rows) for values in fields_of(kind, page)]
    return bytes(max(column).bit_length() for column in zip(*fields))


def pack_page(kind, page, widths):
    """A page of MAP or URL without its sum."""
    shape, packed, bits = PACKED[kind], 0, 0
    for values in fields_of(kind, page):
        for value, width in zip(values, widths):
            packed, bits = packed << width | value, bits + width
    key = number(page[0][:6]) >> 48 - shape.key_bits
    return key.to_bytes(shape.key_bytes, "big") + (packed << -bits % 8).to_bytes((bits + 7) // 8, "big")


def unpack_page(kind, page, rows, widths, offset):
    """The rows of a page, which comes with its sum."""
    require(len(page) == page_length(kind, rows, widths) and H8(page[:-8]) == page[-8:], "F8.2", offset,
            "a page's sum does not match")
    if kind == "DIR":
        return [page[at:at + WIDTHS[kind]] for at in range(0, len(page) - 8, WIDTHS[kind])]
    shape, found = PACKED[kind], []
    key, left = number(page[:shape.key_bytes]), 8 * (len(page) - 8 - shape.key_bytes)
    packed = number(page[shape.key_bytes:-8])
    for _ in range(rows):
        values = []
        for width in widths:
            left -= width
            values.append(packed >> left & (1 << width) - 1)
        key += values[0]
        require(key < 1 << shape.key_bits, "F8.7", offset, "a key has too many bits")
        row = (key << 48 - shape.key_bits).to_bytes(6, "big")
        found.append(row + b"".join(v.to_bytes(size, "big") for v, size in zip(values[1:], shape.fields)))
    return found


def possible_widths(kind, widths):
    shape = PACKED[kind]
    most = [shape.key_bits, *(8 * size for size in shape.fields or ())]
    return all(width <= limit for width, limit in zip(widths, most))


def rows_of_block(kind, body):
    """The number of rows of a block, None if there is no such number, and its widths."""
    if kind == "DIR":
        pages = -(-len(body) // (PAGE_ROWS * WIDTHS[kind] + 8))
        return (len(body) - 8 * pages) // WIDTHS[kind], b""
    return number(body[:2]), body[2:2 + width_count(kind)]


def read_block(kind, body, offset):
    """F8.2 and F8.7 within one block: its rows, and in a map the roots of its pages."""
    count, widths = rows_of_block(kind, body)
    require(possible_widths(kind, widths), "F8.7", offset, "no field has so many bits")
    require(len(widths) == width_count(kind) and 0 < count <= BLOCK_ROWS
            and block_length(kind, count, widths) == len(body), "F8.2", offset, "the block has another length")
    rows, pages, at = [], [], 2 + len(widths) if widths else 0
    for first in range(0, count, PAGE_ROWS):
        length = page_length(kind, min(PAGE_ROWS, count - first), widths)
        pages.append(body[at:at + length - 8])
        rows += unpack_page(kind, body[at:at + length], min(PAGE_ROWS, count - first), widths, offset)
        at += length
    check_order(kind, rows, offset)
    if widths:
        require(widths == least_widths(kind, rows), "F8.7", offset, "the widths are not the least")
        packed = [pack_page(kind, page, widths) for page in in_pages(rows)]
        require(packed == pages, "F8.7", offset, "bits that must be 0 are not")
    return rows, [body[i:i + 32] for i in range(at, len(body), 32)]


def check_order(kind, rows, offset):
    width = WIDTHS[kind] if kind == "DIR" else 11
    for left, right in zip(rows, rows[1:]):
        require(left[:width] < right[:width], "F8.1", offset, "the rows are not strictly increasing")


def read_table(kind, frames, data):
    """All rows of a table and its outline, by F8.1 and F8.2."""
    rows, page_roots = [], []
    for frame in frames:
        block, roots = read_block(kind, body_of(data, frame), frame.start)
        require(frame is frames[-1] or len(block) == BLOCK_ROWS, ROW_CLAUSES[kind], frame.start,
                "a block that is not the last is not full")
        rows += block
        page_roots += roots
    offset = frames[0].start if frames else 0
    check_order(kind, rows, offset)
    if kind == "MAP":
        check_page_roots(rows, page_roots, offset)
    return rows, outline(kind, rows, offset)


def check_page_roots(rows, page_roots, offset):
    for index, root in enumerate(page_roots):
        page = rows[index * PAGE_ROWS:(index + 1) * PAGE_ROWS]
        require(Tree(map(map_entry, page)).root() == root, "F8.2", offset, "a page root does not match")


def outline(kind, rows, offset):
    blocks, tree = [], Tree(map(map_entry, rows) if kind == "MAP" else ())
    for first in range(0, len(rows), BLOCK_ROWS):
        end = min(first + BLOCK_ROWS, len(rows))
        blocks.append((rows[first][:6], least_widths(kind, rows[first:end]),
                       tree.root(end, first) if kind == "MAP" else b""))
    return Table(offset, len(rows), blocks, tree.root())


def kept_runs(runs, first, part, offset):
    """F8: how many earlier runs are left beside a generation's own, which begins where the seal's part says."""
    count = part[112] if len(part) > 112 else 0
    require(1 <= count <= 8 and len(part) == 113 + 56 * count, "F6.5", offset, "the seal's part is malformed")
    begins = number(part[57 + 56 * count:65 + 56 * count])
    borders = [run.first for run in runs] + [first]
    require(begins in borders and borders.index(begins) < 8, "F6.5", offset, "the seal states runs that cannot be")
    return borders.index(begins), begins


# --- F9: checkpoint -------------------------------------------------------------------------------------------------

Note = namedtuple("Note", "text origin size root key_id signature")
ORIGIN = re.compile(r"[A-Za-z0-9._/~-]{1,255}")


def check_origin(origin, offset):
    require(ORIGIN.fullmatch(origin) and not origin.startswith("cosignature/"), "F9.2", offset,
            "the origin is not of the form asked for")


def canonical_base64(text):
    """The bytes of base64 text in its one form, else None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def read_note(data, offset):
    """F9.1 to F9.6: all that can be said of a note without the archive and without the key."""
    text, lines, signatures = split_note(data, offset)
    origin, size, root = (lines + ["", "", ""])[:3]
    check_origin(origin, offset)
    require(re.fullmatch("0|[1-9][0-9]{0,18}", size) and int(size) < 1 << 63, "F9.3", offset,
            "the checkpoint's size is not of the form asked for")
    digest = canonical_base64(root)
    require(digest is not None and len(digest) == 32, "F9.4", offset,
            "the checkpoint's root is not of the form asked for")
    require(len(lines) == 3, "F9.4", offset, "a line follows the checkpoint's root")
    parsed = [read_signature(line, offset) for line in signatures]
    check_signers(parsed, origin, offset)
    _, key_id, signature = parsed[0]
    return Note(text, origin, int(size), digest, key_id, signature)


def split_note(data, offset):
    require(len(data) <= 1 << 16, "F9.1", offset, "the note is larger than 64 KiB")
    try:
        note = data.decode()
    except UnicodeDecodeError:
        refuse("F9.1", offset, "the note is not UTF-8")
    require(not any(unicodedata.category(c) == "Cc" and c != "\n" for c in note), "F9.1", offset,
            "the note has a control character")
    require(note.endswith("\n"), "F9.1", offset, "the note does not end in a line feed")
    text, empty, rest = note.partition("\n\n")
    signatures = rest[:-1].split("\n")
    require(empty and rest and 1 <= len(signatures) <= 16 and "" not in signatures, "F9.1", offset,
            "the note is not made of a text, an empty line and 1 to 16 signature lines")
    return (text + "\n").encode(), text.split("\n"), signatures


def read_signature(line, offset):
    fields = line.split(" ")
    require(len(fields) == 3 and fields[0] == "\u2014", "F9.5", offset, "a signature line is not of the form asked for")
    name = fields[1]
    require(name and "+" not in name and not any(c.isspace() for c in name), "F9.5", offset,
            "a key name is not allowed")
    blob = canonical_base64(fields[2])
    require(blob is not None and len(blob) >= 5, "F9.5", offset, "a signature is not of the form asked for")
    return name, blob[:4], blob[4:]


def check_signers(signatures, origin, offset):
    require(signatures[0][0] == origin, "F9.6", offset, "the first signature is not the log's")
    require(all(name != origin for name, _, _ in signatures[1:]), "F9.6", offset, "the log's name comes twice")
    signers = [(name, key_id) for name, key_id, _ in signatures]
    require(len(set(signers)) == len(signers), "F9.6", offset, "a name and key ID come twice")


def key_id_of(origin, key):
    return hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]


def check_signature(note, key, changes, offset):
    """F9.7, F9.8, F9.10: signed by the trusted key, followed through the key changes below the note's size."""
    former = []
    for change in changes:
        if change.leaf < note.size and change.old is None:
            unsupported("", change.offset, "a key change of an unknown algorithm comes before the checkpoint")
        if change.leaf < note.size and change.old == key:
            former.append(key)
            key = change.new
    if note.key_id != key_id_of(note.origin, key):
        before = note.key_id in [key_id_of(note.origin, old) for old in former]
        require(not before, "F9.10", offset, "the checkpoint was signed with a key that another one had replaced")
        refuse("F9.7", offset, "the checkpoint was signed with another key")
    require(len(note.signature) == 64 and ed25519_verifies(key, note.text, note.signature), "F9.8", offset,
            "the checkpoint's signature does not match")


def read_public_key(path):
    """The 32 bytes of a minisign public key."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    blob = canonical_base64(lines[1].strip()) if len(lines) >= 2 else None
    if blob is None or len(blob) != 42 or blob[:2] != b"Ed":
        raise Refusal(f"{path} is not a minisign public key", USAGE)
    return blob[10:]


# --- F10: slabs and tiles -------------------------------------------------------------------------------------------

TILE, SLAB = 256, 65536
SLAB_LENGTH = 8 + 32 * TILE + 32 * SLAB


# --- F11: top -------------------------------------------------------------------------------------------------------

Dictionary = namedtuple("Dictionary", "id offset payload raw parity")
Place = namedtuple("Place", "offset root")
KeyEntry = namedtuple("KeyEntry", "leaf offset body")
Top = namedtuple("Top", "offset base kept size root articles redactions generation raw seal seal_time origin note keys "
                        "dictionaries slabs tiles runs")
LISTS = ("keys", "dictionaries", "slabs", "tiles", "runs")


class Fields:
    """Takes fields from a top's body; too few bytes break F11.1."""

    def __init__(self, body, offset):
        self.body, self.offset, self.at = body, offset, 0

    def bytes(self, count):
        require(self.at + count <= len(self.body), "F11.1", self.offset, "the top ends too early")
        self.at += count
        return self.body[self.at - count:self.at]

    def number(self, count):
        return number(self.bytes(count))

    def place(self):
        return Place(self.number(8), self.bytes(32))

    def list(self, width, have, entry):
        """The entries that are those of the base, then the others; and the number of the first."""
        kept, count = self.number(width), self.number(width)
        require(kept <= len(have), "F11.1", self.offset, "the base has fewer entries than the top keeps")
        entries = list(have[:kept])
        for _ in range(count):
            entries.append(entry(entries))
        return kept, entries

    def table(self, kind, offset):
        rows = self.number(5)
        count = -(-rows // BLOCK_ROWS)
        require(count * 6 <= len(self.body), "F11.1", self.offset, "a table has too many rows")
        blocks = [self.block(kind) for _ in range(count)]
        require(blocks == sorted(blocks, key=lambda block: block[0]), "F11.1", self.offset, "blocks are out of order")
        root = root_of_blocks(root for _, _, root in blocks) if kind == "MAP" else None
        return Table(offset if rows else 0, rows, blocks, root)

    def block(self, kind):
        shape = PACKED[kind]
        key, widths = self.number(shape.key_bytes), self.bytes(width_count(kind))
        require(key < 1 << shape.key_bits and possible_widths(kind, widths), "F11.1", self.offset,
                "a key or a width is impossible")
        return (key << 48 - shape.key_bits).to_bytes(6, "big"), widths, self.bytes(32 if kind == "MAP" else 0)

    def run(self, size, before):
        first = before[-1].end if before else 0
        end, tables = self.number(8), self.number(8)
        at, run = tables, []
        for kind in ("MAP", "URL", "DIR"):
            run.append(self.table(kind, at))
            at += table_length(kind, run[-1])
        require(at != tables or tables == 0, "F11.1", self.offset, "no table is where the run's tables are said to be")
        require(tables != 0 or at == 0, "F11.1", self.offset, "a run's tables are nowhere")
        piece = self.number(8) if first > size // TILE * TILE else None
        return Run(first, end, *run, piece)


def table_length(kind, table, blocks=None):
    """The bytes of all frames of a table, or of its first blocks."""
    return sum(20 + block_length(kind, min(BLOCK_ROWS, table.rows - index * BLOCK_ROWS), widths)
               for index, (_, widths, _) in enumerate(table.blocks[:blocks]))


def read_base(data, offset, length, place):
    """The whole top against which the one at `place` is written."""
    require(64 <= offset and offset + length <= place, "F11.1", place, "the base is out of place")
    frame = read_frame(data, offset, len(data))
    require(frame.kind == "TOP" and frame.end - frame.start == length, "F11.1", place, "the base is not a top")
    body = body_of(data, frame)
    require(number(body[:8]) == 0, "F11.1", place, "the base has a base")
    return read_top(body, offset, data)


def read_top(body, offset, data):
    """F11.1; the note stays bytes."""
    fields = Fields(body, offset)
    at, length = fields.number(8), fields.number(4)
    require(at or not length, "F11.1", offset, "no base, but its length")
    base = read_base(data, at, length, offset) if at else None
    size, articles, redactions = fields.number(8), fields.number(8), fields.number(8)
    generation, raw, seal, seal_time = fields.number(8), fields.number(8), fields.number(8), fields.number(8)
    fields.bytes(6)
    origin = fields.bytes(fields.number(2)).decode("latin-1")
    require(not base or not origin, "F11.1", offset, "an origin beside that of the base")
    note = fields.bytes(fields.number(4))
    have = base or Top(*[()] * len(Top._fields))
    lists = [
        fields.list(1, have.keys, lambda _: KeyEntry(fields.number(8), fields.number(8),
                                                     fields.bytes(fields.number(4)))),
        fields.list(2, have.dictionaries,
                    lambda _: Dictionary(*(fields.number(width) for width in (4, 8, 4, 4, 8)))),
        fields.list(4, have.slabs, lambda _: fields.place()),
        fields.list(2, have.tiles, lambda _: fields.place()),
        fields.list(1, have.runs, lambda before: fields.run(size, before)),
    ]
    kept, entries = zip(*lists)
    entries = [list(one) for one in entries]
    # A run that was kept may have lost its piece, when its tile became full.
    entries[4] = [run if run.first > size // TILE * TILE else run._replace(piece=None) for run in entries[4]]
    top = Top(offset, (at, length), kept, size, root_of_tree(*entries[2:4]), articles, redactions, generation, raw, seal,
              seal_time, base.origin if base else origin, note, *entries)
    check_counts(top)
    check_offsets(top)
    return top


def check_counts(top):
    def possible(condition, what):
        require(condition, "F11.1", top.offset, f"the top's {what} cannot be")

    possible(1 <= top.size <= 1 << 40, "size")
    possible(top.redactions <= top.articles and top.articles + top.redactions < top.size,
             "number of articles or redactions")
    possible(1 <= top.generation < 1 << 32, "generation")
    possible(len(top.slabs) == top.size // SLAB, "number of slabs")
    possible(len(top.tiles) == -(-(top.size % SLAB) // TILE), "number of tiles")
    possible(1 <= len(top.runs) <= 8, "number of runs")
    borders = [run.first for run in top.runs] + [top.size]
    possible(borders[0] == 0 and all(run.end == after for run, after in zip(top.runs, borders[1:])), "runs")
    possible(all(run.first < run.end for run in top.runs), "runs")
    for run in top.runs:
        leaves = run.end - run.first
        possible(run.map.rows <= leaves and run.url.rows <= run.map.rows and run.dir.rows <= run.map.rows, "rows")


def check_offsets(top):
    offsets = [top.seal] + [place.offset for place in top.dictionaries + top.slabs + top.tiles]
    offsets += [dictionary.parity for dictionary in top.dictionaries]
    offsets += [change.offset for change in top.keys]
    places = [change[:2] for change in top.keys] + [(top.size, top.offset)]
    require(all(a[0] < b[0] and a[1] < b[1] for a, b in zip(places, places[1:])), "F11.1", top.offset,
            "a key change's leaf number or offset cannot be")
    for run in top.runs:
        for table in run[2:5]:
            require((table.offset == 0) == (table.rows == 0), "F11.1", top.offset, "a table's offset cannot be")
            offsets += [table.offset] if table.rows else []
        offsets += [run.piece] if run.piece is not None else []
    require(all(64 <= offset < top.offset for offset in offsets), "F11.1", top.offset, "an offset in the top cannot be")


def root_of_tree(slabs, tiles):
    roots = [slab.root for slab in slabs]
    if tiles:
        roots.append(root_of_blocks(tile.root for tile in tiles))
    return root_of_blocks(roots)


# --- F12: generations and end ---------------------------------------------------------------------------------------

END_LENGTH = 176
PAD_LENGTH, PAD_FROM, PAD_FROM_TOP = 4096, 32768, 1024
End = namedtuple("End", "offset top top_length top_hash start end prev prev_hash size root must may")

# LEF frames by their type: OUT is a removed article, SAY a redaction or a key change, SEAL a seal.
LEAVES = {ARTICLE_LEAF: "OUT", SEAL_LEAF: "SEAL", REDACTION_LEAF: "SAY", KEY_LEAF: "SAY"}
IN_GROUP = {"ART", "REV", "OUT", "GRP"}
AFTER_GROUPS = {"SAY", "MAP", "URL", "DIR", "SEAL"}
# What may follow what. An empty group is left to F7.1, PAR to F5.3.
FOLLOWS = {
    "SHF": {"DIC"} | IN_GROUP | AFTER_GROUPS,
    "new": {"DIC", "TOP"} | IN_GROUP | AFTER_GROUPS,
    "DIC": IN_GROUP,
    "ART": IN_GROUP,
    "REV": IN_GROUP,
    "OUT": IN_GROUP,
    "GRP": {"DIC", "SLB"} | IN_GROUP | AFTER_GROUPS,
    "GRP of DIC": {"PAR"},
    "PAR": {"DIC", "SLB"} | IN_GROUP | AFTER_GROUPS,
    "SLB": {"DIC"} | IN_GROUP | AFTER_GROUPS,
    "SAY": {"SLB"} | AFTER_GROUPS,
    "SLB of SAY": AFTER_GROUPS,
    "MAP": {"MAP", "URL", "DIR", "SEAL"},
    "URL": {"URL", "DIR", "SEAL"},
    "DIR": {"DIR", "SEAL"},
    "SEAL": {"SLB", "TIL", "TOP"},
    "SLB of SEAL": {"TIL", "TOP"},
    "TIL": {"TOP"},
    "TOP": {"END"},
    "END": {"PAD", "TOP"},
    "PAD": {"TOP"},
    "TOP again": {"END"},
}


def origin_at(data, end):
    """The origin in the top of an end record; None if it can't be read, which is for other clauses."""
    frame = valid_frame(data, end.top, (b"TOP",))
    try:
        return read_top(body_of(data, frame), frame.start, data).origin if frame else None
    except Refusal:
        return None


def read_end(data, frame):
    """The fields of an END frame, None if it has not their length."""
    if frame is None or frame.end - frame.start != END_LENGTH:
        return None
    return End(*struct.unpack(">QQI32sQQQ32sQ32sII", body_of(data, frame)))


def end_at(data, offset):
    """The end record at an offset, if there is a valid one that says that it is there."""
    end = read_end(data, valid_frame(data, offset, (b"END",)))
    return end if end and end.offset == offset else None


def find_end(data):
    """F12, Finding the end, and whether it asks for more than this reader knows."""
    end = search_end(data)
    if end.must & ~HEAD_WORDS:
        unsupported("", end.offset, "the archive has features that are not known")
    return end


def search_end(data):
    end = end_at(data, len(data) - END_LENGTH)
    if end and end.end == len(data):
        return end
    at = len(data)
    while (at := data.rfind(SHEAF, 64, at + 3)) >= 0:
        end = end_at(data, at)
        if end:
            return end
        if data[at + 8:at + 12] == b"GRP\1" and at + 12 + GROUP_LENGTH <= len(data):
            group = read_group(data[at + 12:at + 12 + GROUP_LENGTH], at)
            end = end_at(data, group.last_end) if group.last_end else None
            if end and end.end <= group.start < at and H8(data[group.start:at]) == group.frames:
                return end
    refuse("F12.1", len(data), "there is no end record")


def check_end(data, end, start_of_top, top_end, offset):
    """F12.2, for the top that is at these offsets."""
    require(end.offset == offset, "F12.2", offset, "the end record's offset is not its own")
    require(end.start <= end.top < end.offset < end.end, "F12.2", offset, "the end record's offsets are out of order")
    require(end.top + end.top_length == end.offset, "F12.2", offset, "the end record does not follow its top")
    require((end.top, end.offset) == (start_of_top, top_end), "F12.2", offset, "the end record names another top")
    top = data[start_of_top:top_end]
    require(H(top) == end.top_hash, "F12.2", offset, "the top's hash does not match")
    require(top[24:32] == end.size.to_bytes(8, "big"), "F12.2", offset, "top and end record disagree in size")


def check_root(top, end):
    require(top.root == end.root, "F12.2", top.offset, "the slabs and tiles do not give the root of the end record")


class Order:
    """F12.3: what may come next, frame after frame; state is mostly the last frame's kind.

    Bare is that a dictionary has no PAR frame yet; top is the length of the last top.
    """

    def __init__(self):
        self.state, self.start, self.bare, self.top = "SHF", 64, False, 0

    def step(self, data, frame):
        state, kind = self.state, frame.kind
        if kind == "LEF":
            kind = LEAVES[leaf_type(data, frame)]
        require(state != "GRP of DIC" or kind == "PAR", "F5.3", frame.start,
                "no PAR frame follows the dictionary's group")
        if kind == "optional":
            require(state in ("SHF", "new"), "F2.6", frame.start, "an optional frame is within a generation")
            return
        require(kind in FOLLOWS[state], "F12.3", frame.start, "the frame is not where it belongs")
        if state == "END":
            wanted = frame.start - self.start >= PAD_FROM or self.top >= PAD_FROM_TOP
            require((kind == "PAD") == wanted, "F12.3", frame.start,
                    "a PAD frame stands here exactly after 32,768 bytes or more, or after a top of 1,024")
        if kind == "TOP":
            self.top = frame.end - frame.start
        self.state = self._next(state, kind, frame)

    def _next(self, state, kind, frame):
        if kind == "DIC":
            self.bare = True
        if kind == "GRP" and self.bare:
            self.bare = False
            return "GRP of DIC"
        if state in ("SAY", "SEAL") and kind == "SLB":
            return f"SLB of {state}"
        if kind == "TOP" and state in ("END", "PAD"):
            return "TOP again"
        if state == "TOP again":
            self.start = frame.end
            return "new"
        return kind


def walk(data, limit):
    """All frames up to limit that F2 and F12.3 let pass, and what stopped the walk, None at the limit.

    A frame's content is to be checked before the frames after it: hence a refusal is returned, to be raised later.
    """
    frames, order, at = [], Order(), 64
    try:
        while at < limit:
            frame = read_frame(data, at, limit)
            order.step(data, frame)
            frames.append(frame)
            at = frame.end
        require(order.state != "SHF", "F12.1", limit, "there is no generation")
        require(order.state == "new", "F12.5", limit, "the file ends within a generation")
    except Refusal as refusal:
        return frames, refusal
    return frames, None


# --- F13, Verify ----------------------------------------------------------------------------------------------------

class Verifier:
    """Walks an archive, recomputes all that is derived and compares."""

    def __init__(self, data, key=None):
        self.data, self.key = data, key
        self.tree = Tree()
        self.newest = {}                                    # hash of an ID: (rev, leaf hash)
        self.removed, self.named = {}, {}                   # removed articles by leaf: (offset, record); redacted ones
        self.key_leaves = []                                # bodies of their LEF frames
        self.keys, self.key_hash = [], ZEROS                # key changes, and the leaf hash of the last one
        self.map_rows, self.url_rows, self.dir_rows = [], [], []   # (leaf, row), in order of leaves
        self.articles = self.redactions = self.raw = self.generation = 0
        self.dictionaries, self.contents, self.in_force = [], {}, 0
        self.frames = {}                                    # of articles, by offset, for differences
        self.slabs, self.tiles, self.runs = [], {}, []
        self.base = (0, 0), None
        self.seal_offset, self.seal_time, self.seal_hash = 0, 0, ZEROS
        self.origin, self.note, self.signed = None, b"", 0
        self.sizes = set()                                  # of the tree, at the ends of generations
        self.prev_end, self.prev_hash, self.start = 0, ZEROS, 64

    def run(self):
        """Checks all clauses; the end is found first, and what is beyond it is refused last."""
        self.flags = check_head(self.data)
        end = find_end(self.data)
        self.archive_origin = origin_at(self.data, end)
        limit = min(len(self.data), max(end.end, end.offset + END_LENGTH))
        frames, refusal = walk(self.data, limit)
        self._inflaters(frames)
        self._begin()
        for frame in frames:
            self._frame(frame)
        if refusal:
            raise refusal
        for leaf, (offset, _) in self.removed.items():
            require(leaf in self.named, "F6.6", offset, "a removed article is named by no redaction")
        if self.key and self.note:
            note = read_note(self.note, frames[-2].start)
            check_signature(note, self.key, self.keys, frames[-2].start)
            for leaf, (offset, _) in self.removed.items():
                if leaf < note.size <= self.named[leaf]:
                    raise Refusal("a removed article's redaction is not signed", UNAUTHENTIC, "F6.6", offset)
        require(limit == len(self.data), "F12.5", limit, "something follows the last generation")

    def _inflaters(self, frames):
        columns = [columns_frame(self.data, frame) for frame in frames if frame.kind == "GRP"]
        self.article_contents = Inflater(self.data, article_frames(frames), self.contents)
        self.column_contents = Inflater(self.data, [frame for frame in columns if frame], self.contents)

    def _begin(self):
        """Before a generation."""
        self.generation += 1
        self.first = len(self.tree)
        self.group, self.group_start, self.group_raw = [], 0, 0
        self.tables = {"MAP": [], "URL": [], "DIR": []}
        self.tops, self.ends, self.tiled = [], [], False

    def _frame(self, frame):
        handlers = {"DIC": self._dictionary, "PAR": self._parity, "ART": self._articles, "REV": self._difference,
                    "GRP": self._group,
                    "MAP": self._table_frame, "URL": self._table_frame, "DIR": self._table_frame,
                    "LEF": self._leaf, "SLB": self._slab, "TIL": self._tiles, "TOP": self._top, "END": self._end,
                    "PAD": self._pad}
        if frame.kind == "optional":
            return
        self._expect_slab(frame)
        handlers[frame.kind](frame)
        if len(self.ends) == 2:
            self._finish(frame)

    def _finish(self, frame):
        """After a generation, which ends with this frame."""
        self.prev_end, self.prev_hash = frame.start, H(self.data[frame.start:frame.end])
        self.start = frame.end
        self._begin()

    # F5

    def _dictionary(self, frame):
        ident, raw = read_dictionary(self.data, frame)
        require(ident not in self.contents, "F5.2", frame.start, "another dictionary has the same ID")
        check_words(raw, self.flags, frame.start)
        self.contents[ident] = raw
        self.in_force = ident
        self.dictionaries.append(Dictionary(ident, frame.start, frame.end - frame.start - 8, len(raw), None))

    def _parity(self, frame):
        last = self.dictionaries[-1]
        payload = self.data[last.offset + 8:last.offset + 8 + last.payload]
        expected = parity_body(last.offset, payload, last.id, self.contents[last.id])
        require(body_of(self.data, frame) == expected, "F5.3", frame.start, "PAR does not agree with the dictionary")
        self.dictionaries[-1] = last._replace(parity=frame.start)

    # F4, F6.3

    def _articles(self, frame):
        check_article_header(frame, self.in_force)
        self._add_articles(articles_of(self.article_contents.next(), frame), frame)
        self.frames[frame.start] = frame

    def _difference(self, frame):
        """F4.12, F4.13."""
        difference = read_difference(self.data, frame)
        base = self.frames.get(difference.base)
        require(base, "F4.12", frame.start, "the difference is made against no frame of articles before it")
        check_base(base.header, base.end - base.start, difference, frame.start)
        raw = self.contents.get(base.header.dictionary)
        content = undo_words(unzstd(self.data[base.start:base.end], base.header.size, raw), raw, base.start)
        check_base_content(content, frame.start)
        self._add_articles([undo_difference(self.data, frame, difference, content)], frame)

    def _add_articles(self, articles, frame):
        """Those of one frame."""
        for article in articles:
            url = article.meta.get("url", article.id)
            if url != article.id:
                self.url_rows.append((len(self.tree), url_key(url.encode()) + len(self.tree).to_bytes(5, "big")))
            cells = cells_of(frame.end - frame.start if article is articles[0] else 0, article)
            self._add_article(article.leaf_record(), frame, Member(article.time(), cells))
        self.raw += len(articles[0].content)
        self.group_raw += len(articles[0].content)

    def _add_article(self, record, frame, member):
        """One that is there or was removed."""
        rev, prev, id_hash = number(record[20:24]), record[32:64], record[64:96]
        before, leaf_hash = self.newest.get(id_hash, (0, ZEROS))
        require(rev == before + 1, "F6.3", frame.start, "the revision does not follow the one before")
        require(prev == leaf_hash, "F6.3", frame.start, "prev is not the leaf hash of the revision before")
        self.newest[id_hash] = rev, entry_hash(record)
        self.group_start = self.group_start if self.group else frame.start
        self.group.append(member)
        self.articles += 1
        self._add_row(id_hash, frame)
        self.tree.add(entry_hash(record))

    def _add_row(self, id_hash, frame, redaction=0):
        """The row of MAP for the leaf that comes next."""
        leaf, length = len(self.tree), min(frame.end - frame.start, (1 << 24) - 1)
        self.map_rows.append((leaf, id_hash[:6] + (2 * leaf + redaction).to_bytes(5, "big") + frame.start.to_bytes(6, "big")
                              + length.to_bytes(3, "big")))

    # F6

    def _leaf(self, frame):
        leaf = read_leaf(body_of(self.data, frame), frame.start)
        handlers = {ARTICLE_LEAF: self._removed, SEAL_LEAF: self._seal, REDACTION_LEAF: self._redaction,
                    KEY_LEAF: self._key_change}
        handlers[leaf.kind](frame, leaf)

    def _removed(self, frame, leaf):
        self.removed[len(self.tree)] = frame.start, leaf.record
        self._add_article(leaf.record, frame, Member(NO_TIME, cells_of(frame.end - frame.start)))

    def _redaction(self, frame, leaf):
        target, _ = read_redaction(leaf, frame.start)
        require(target in self.removed, "F6.7", frame.start, "the redaction names no removed article before it")
        require(target not in self.named, "F6.7", frame.start, "another redaction names this article")
        record = self.removed[target][1]
        require((leaf.rev, leaf.prev, leaf.id_hash) == (number(record[20:24]), entry_hash(record), record[64:96]),
                "F6.7", frame.start, "rev, prev or id_hash is not that of the removed article")
        self.named[target] = len(self.tree)
        self.redactions += 1
        self._add_row(leaf.id_hash, frame, 1)
        self.tree.add(entry_hash(leaf.record))

    def _key_change(self, frame, leaf):
        old, new = read_key_change(leaf, self.archive_origin, frame.start)
        require((leaf.rev, leaf.prev) == (len(self.keys) + 1, self.key_hash), "F6.8", frame.start,
                "rev or prev does not follow the key change before")
        before = self.keys[-1].new if self.keys else None
        require(None in (before, old) or old == before, "F6.8", frame.start,
                "the old key is not the new one of the key change before")
        self.keys.append(KeyChange(len(self.tree), frame.start, old, new))
        self.key_leaves.append(leaf.record + leaf.part)
        self.key_hash = entry_hash(leaf.record)
        self.tree.add(self.key_hash)

    # F7

    def _group(self, frame):
        at, group = frame.start, read_group(body_of(self.data, frame), frame.start)
        first = len(self.tree) - len(self.group)
        require(1 <= len(self.group) <= GROUP_LIMIT, "F7.1", at, "the group has not 1 to 256 articles")
        require(first // TILE == (len(self.tree) - 1) // TILE, "F7.1", at, "the group crosses a multiple of 256 leaves")
        require((group.start, group.first, group.count) == (self.group_start, first, len(self.group)), "F7.1", at,
                "the group's start, first or count is wrong")
        days = group_days([member.time for member in self.group])
        require(group[3:8] == (self.in_force, self.prev_end, *days, self.group_raw), "F7.2", at,
                "the group's dict, last_end, days or raw is wrong")
        self._check_columns(frame)
        require(group.frames == H8(self.data[group.start:at]), "F7.4", at,
                "the group's frames is not the sum of its articles' frames")
        self.dir_rows.append((first, struct.pack(">Q", first)[2:] + struct.pack(">Q", at)[2:]
                              + struct.pack(">Iii", frame.end - at, group.first_day, group.last_day)))
        self.group, self.group_raw = [], 0

    def _check_columns(self, frame):
        columns = columns_frame(self.data, frame)
        require(columns, "F7.3", frame.start, "the group's columns are not one zstd frame")
        check_zstd_header(columns[2], columns[0], self.in_force)
        require(columns[2].size <= COLUMNS_LIMIT * len(self.group), "F7.3", frame.start,
                "the group's columns are larger than 16 KiB an article")
        try:
            content = self.column_contents.next()
        except Refusal:
            content = None
        require(content is not None, "F7.3", frame.start, "the group's columns do not decompress")
        rows = [member.cells for member in self.group]
        shared = [row[0] == b"0\n" for row in rows] + [False]
        for index, row in enumerate(rows):
            if shared[index] or shared[index + 1]:
                row[-1] = b"\n"
        expected = b"".join(cell for column in zip(*rows) for cell in column)
        require(content == expected, "F7.3", frame.start, "the group's columns are wrong")

    # F8

    def _table_frame(self, frame):
        self.tables[frame.kind].append(frame)

    def _check_tables(self, offset, end, part):
        """The tables before a seal are those of the newest run, which ends with it."""
        kept, first = kept_runs(self.runs, self.first, part, offset)
        tables = [self._table(kind, rows, first, offset) for kind, rows in
                  (("MAP", self.map_rows), ("URL", self.url_rows), ("DIR", self.dir_rows))]
        self.runs = self.runs[:kept] + [Run(first, end, *tables, None)]

    def _table(self, kind, rows, first, offset):
        frames = self.tables[kind]
        found, table = read_table(kind, frames, self.data)
        expected = sorted(row for _, row in rows[bisect_left(rows, (first,)):])
        require(found == expected, ROW_CLAUSES[kind], frames[0].start if frames else offset,
                f"the rows of {kind} are not those of its run")
        return table

    def _seal(self, frame, seal):
        self._check_tables(frame.start, len(self.tree) + 1, seal.part)
        expected = seal_part(self.generation, self.first, self.tree.root(self.first), self.note,
                             self.redactions, self.runs)
        require(seal.rev == self.generation, "F6.5", frame.start, "the seal's revision is not its generation")
        require(seal.prev == self.seal_hash, "F6.5", frame.start, "prev is not the leaf hash of the seal before")
        require(without_map_roots(seal.part) == without_map_roots(expected), "F6.5", frame.start,
                "the seal does not state generation, tree and runs as they are")
        require(seal.part == expected, "F8.6", frame.start, "a map root in the seal is wrong")
        self.seal_offset, self.seal_time = frame.start, number(seal.record[24:32])
        self.seal_hash = entry_hash(seal.record)
        self.tree.add(self.seal_hash)

    # F10

    def _expect_slab(self, frame):
        """A slab is written once the last of its leaves is; a group's frame comes before it."""
        full = len(self.tree) // SLAB
        due = full > len(self.slabs) and not self.group and frame.kind != "PAR"
        require(due or frame.kind != "SLB", "F10.1", frame.start, "an SLB frame is not for a full slab")
        require(not due or frame.kind == "SLB", "F10.1", frame.start, "a full slab has no SLB frame")

    def _slab(self, frame):
        body, first = body_of(self.data, frame), len(self.slabs) * SLAB
        require(len(body) == SLAB_LENGTH and number(body[:8]) == first, "F10.1", frame.start,
                "the slab does not begin and end where it should")
        roots = b"".join(self.tree.levels[8][first // TILE:(first + SLAB) // TILE])
        leaves = b"".join(self.tree.levels[0][first:first + SLAB])
        require(body[8:8 + 32 * TILE] == roots, "F10.2", frame.start, "the slab's tile roots are wrong")
        require(body[8 + 32 * TILE:] == leaves, "F10.2", frame.start, "the slab's leaf hashes are wrong")
        self.slabs.append(Place(frame.start, self.tree.root(first + SLAB, first)))
        self.tiles = {}

    def _first_tile(self):
        """The first leaf of this generation's TIL, None if there is none."""
        size = len(self.tree)
        if size == self.first or size % SLAB == 0:
            return None
        first = max(size // SLAB * SLAB, self.first // TILE * TILE)
        return max(first, self.runs[-1].first) if size - first < TILE else first

    def _tiles(self, frame):
        body, first = body_of(self.data, frame), self._first_tile()
        require(first is not None, "F10.1", frame.start, "a TIL frame is left over")
        leaves = self.tree.levels[0][first:]
        require(len(body) == 8 + 32 * len(leaves) and number(body[:8]) == first, "F10.1", frame.start,
                "the tiles do not begin and end where they should")
        require(body[8:] == b"".join(leaves), "F10.2", frame.start, "the tiles' leaf hashes are wrong")
        for leaf in range(first // TILE * TILE, len(self.tree), TILE):
            offset = frame.start + 20 + 32 * (leaf - first) if leaf >= first else self.tiles[leaf // TILE].offset
            self.tiles[leaf // TILE] = Place(offset, self.tree.root(min(leaf + TILE, len(self.tree)), leaf))
        if first % TILE:
            self.runs[-1] = self.runs[-1]._replace(piece=frame.start + 20)
        self.tiled = True

    # F11

    def _top(self, frame):
        require(self.tiled or self._first_tile() is None, "F10.1", frame.start, "the TIL frame is missing")
        self.tops.append(frame)
        if len(self.tops) == 2:
            first, second = (self.data[top.start:top.end] for top in self.tops)
            require(first == second, "F12.3", frame.start, "the copies of the top differ")
            return
        top = read_top(body_of(self.data, frame), frame.start, self.data)
        require(top.base in ((0, 0), self.base[0]), "F11.4", frame.start, "the base is not the newest whole top")
        require(top.size == len(self.tree) and top.root == self.tree.root(), "F6.4", frame.start,
                "the top's tree is not the one over all leaves")
        self._check_map_roots(top)
        self._check_note(top)
        self._check_top(top)
        self.origin, self.note, self.top = top.origin, top.note, top

    def _check_map_roots(self, top):
        for stated, run in zip(top.runs, self.runs):
            require(stated[:2] != run[:2] or stated.map.root == run.map.root, "F8.6", top.offset,
                    "a run's map root is wrong")

    def _check_top(self, top):
        def right(condition, what):
            require(condition, "F11.3", top.offset, f"the top's {what} wrong")

        right(top.articles == self.articles, "number of articles is")
        right(top.redactions == self.redactions, "number of redactions is")
        right([change[:2] for change in top.keys] == [(change.leaf, change.offset) for change in self.keys],
              "key changes are")
        right(top.generation == self.generation, "generation is")
        right(top.raw == self.raw, "raw is")
        right(top.seal == self.seal_offset, "seal is")
        right(top.seal_time == self.seal_time, "seal's time is")
        right([change.body for change in top.keys] == self.key_leaves, "copies of key changes are")
        right(self.origin in (None, top.origin), "origin is")
        right(top.dictionaries == self.dictionaries, "dictionaries are")
        right(top.slabs == self.slabs, "slabs are")
        right(top.tiles == [self.tiles[index] for index in sorted(self.tiles)], "tiles are")
        right([run[:2] for run in top.runs] == [run[:2] for run in self.runs], "runs are")
        for stated, run in zip(top.runs, self.runs):
            right(stated.map == run.map and self._same(stated.url, run.url) and self._same(stated.dir, run.dir),
                  "tables are")
            right(stated.piece in (None, run.piece), "tiles are")
        if top.base != (0, 0):
            right(top.kept == tuple(self._kept(name, top) for name in LISTS), "kept entries are too few, which is")

    def _kept(self, name, top):
        """How many entries of a list are those of the base, from the first one on."""
        mine, base, count = getattr(top, name), getattr(self.base[1], name), 0
        if name == "runs":  # a base's piece counts only while the run has one
            base = [run._replace(piece=other.piece if other.piece is None else run.piece)
                    for run, other in zip(base, mine)]
        while count < min(len(mine), len(base)) and mine[count] == base[count]:
            count += 1
        return count

    @staticmethod
    def _same(stated, table):
        return stated[:3] == table[:3]

    # F9

    def _check_note(self, top):
        check_origin(top.origin, top.offset)
        before, self.signed = self.signed, 0
        require(top.note or not before, "F9.9", top.offset, "the checkpoint of the generation before is left out")
        if not top.note:
            return
        note = read_note(top.note, top.offset)
        require(note.origin == top.origin, "F9.9", top.offset, "the checkpoint has another origin")
        require(note.size == top.size or note.size in self.sizes, "F9.9", top.offset,
                "no generation ends where the checkpoint does")
        require(note.size >= before, "F9.9", top.offset, "the checkpoint of the generation before is of more leaves")
        require(note.root == self.tree.root(note.size), "F9.9", top.offset, "the checkpoint's root is not the tree's")
        self.signed = note.size

    # F12

    def _pad(self, frame):
        body = body_of(self.data, frame)
        require(frame.end - frame.start == PAD_LENGTH and not any(body), "F12.3", frame.start,
                "PAD is not 4,096 bytes, zero within")

    def _end(self, frame):
        end = read_end(self.data, frame)
        require(end, "F12.2", frame.start, "the end record has another length")
        check_end(self.data, end, self.tops[-1].start, self.tops[-1].end, frame.start)
        check_root(self.top, end)
        self.ends.append(end)
        if len(self.ends) == 2:
            if self.top.base == (0, 0):
                self.base = (end.top, end.top_length), self.top
            first = self.ends[0]._replace(offset=0, top=0)
            require(first == end._replace(offset=0, top=0), "F12.3", frame.start, "the end records disagree")
            require(end.end == frame.end, "F12.2", frame.start, "the generation does not end where it says")
            self.sizes.add(len(self.tree))
        require((end.prev, end.prev_hash) == (self.prev_end, self.prev_hash), "F12.4", frame.start,
                "prev or prev_hash is not that of the generation before")
        require(end.start == self.start, "F12.4", frame.start, "start is not the end of the generation before")
        require(end.must == self.flags, "F12.6", frame.start, "the end record has other features than the head")


def command_verify(data, key):
    verifier = Verifier(data, key)
    verifier.run()
    leaves = len(verifier.tree)
    if key:
        require(verifier.note, "F9.8", len(data), "the archive is not signed")
    print(f"leaves {leaves}")
    print(f"articles {verifier.articles}")
    print(f"generations {verifier.generation - 1}")
    print(f"redactions {verifier.redactions}")
    print(f"keys {len(verifier.keys)}")
    if key and verifier.signed < leaves:
        print(f"authentic {verifier.signed} of {leaves} leaves")
    print("authentic" if key and verifier.signed == leaves else "intact")


# --- F13, Open, Find an ID, Get -------------------------------------------------------------------------------------

class Reader:
    """Random access: the end, its top, a page of a map, an article's frame."""

    def __init__(self, data):
        self.data = data
        check_head(data)
        self.end = find_end(data)
        self.flags = self.end.must
        top = read_frame(data, self.end.top, len(data)) if 64 <= self.end.top < len(data) else None
        require(top and top.kind == "TOP", "F12.2", self.end.offset, "the end record names no top")
        check_end(data, self.end, top.start, top.end, self.end.offset)
        self.top = read_top(body_of(data, top), top.start, data)
        check_root(self.top, self.end)
        check_origin(self.top.origin, top.start)
        if self.top.note:
            read_note(self.top.note, top.start)
        self.pages = {}

    def find(self, ident):
        """The newest article with an ID, None if there is none. One that was redacted is refused as such."""
        id_hash, reasons = H(os.fsencode(ident)), {}
        for run in reversed(self.top.runs):
            for row in reversed(self._candidates(run, id_hash[:6])):
                leaf, offset, length = number(row[6:11]) >> 1, number(row[11:17]), number(row[17:20])
                frame = self._frame(leaf, offset, length)
                if frame.kind in ("ART", "REV"):
                    record = self._article(leaf, frame, ident)
                    if record:
                        return record
                    continue
                stored = read_leaf(body_of(self.data, frame), offset)
                require(stored.kind in (ARTICLE_LEAF, REDACTION_LEAF), "F8.3", offset, "a row names no article")
                if stored.id_hash != id_hash:
                    continue
                self._check_leaf(leaf, stored.record, offset)
                if stored.kind == ARTICLE_LEAF:
                    raise Refusal(f"redacted: {visible(reasons.get(leaf, 'no redaction says why'))}", MISSING)
                target, reason = read_redaction(stored, offset)
                reasons[target] = reason
        return None

    def _candidates(self, run, key):
        """All rows of a run with a key; keys of blocks and pages lead to the first of them."""
        rows, table = [], run.map
        index = self._lower_bound(run, key)
        while index < table.rows and (row := self._row(run, index))[:6] == key:
            rows.append(row)
            index += 1
        return rows

    def _lower_bound(self, run, key):
        blocks = [first for first, _, _ in run.map.blocks]
        block = max(bisect_left(blocks, key) - 1, 0)
        low, high = block * BLOCK_ROWS, min((block + 1) * BLOCK_ROWS, run.map.rows)
        while low < high:
            middle = (low + high) // 2
            if self._row(run, middle)[:6] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _row(self, run, index):
        return self._page(run.map, index // PAGE_ROWS)[index % PAGE_ROWS]

    def _page(self, table, index):
        """A page's rows, by arithmetic, with its sum checked (F8.2)."""
        block, page = divmod(index, BLOCK_ROWS // PAGE_ROWS)
        widths = table.blocks[block][1]
        body = table.offset + table_length("MAP", table, block) + 12 + 2 + len(widths)
        start = body + page * page_length("MAP", PAGE_ROWS, widths)
        if start not in self.pages:
            rows = min(PAGE_ROWS, table.rows - index * PAGE_ROWS)
            stored = self.data[start:start + page_length("MAP", rows, widths)]
            self.pages[start] = unpack_page("MAP", stored, rows, widths, start)
        return self.pages[start]

    def _frame(self, leaf, offset, length):
        """The frame that a row of the map names."""
        require(leaf < self.top.size, "F8.3", offset, "a row of the map names no leaf")
        require(64 <= offset < self.end.offset, "F8.3", offset, "a row of the map names no article")
        frame = read_frame(self.data, offset, len(self.data))
        require(frame.kind in ("ART", "REV", "LEF"), "F8.3", offset, "a row of the map names no article")
        require(min(frame.end - offset, (1 << 24) - 1) == length, "F8.3", offset, "a row of the map has another length")
        return frame

    def _article(self, leaf, frame, ident):
        """Of the frame's articles the one with this ID whose leaf hash fits; None if none has the ID."""
        if frame.kind == "REV":
            difference = read_difference(self.data, frame)
            require(64 <= difference.base < frame.start and self.data[difference.base:difference.base + 4] == ZSTD,
                    "F4.12", frame.start, "the difference is made against no frame of articles before it")
            base = read_article_frame(self.data, difference.base, frame.start)
            check_base(base.header, base.end - base.start, difference, frame.start)
            content = self._content(base)
            check_base_content(content, frame.start)
            articles = [undo_difference(self.data, frame, difference, content)]
        else:
            articles = articles_of(self._content(frame), frame)
        same = [article for article in articles if article.id == ident]
        for article in same[:-1]:
            if self._leaf_hash(leaf) == entry_hash(article.leaf_record()):
                return article
        if same:
            self._check_leaf(leaf, same[-1].leaf_record(), frame.start)
            return same[-1]
        return None

    def _content(self, frame):
        """What a frame of articles decompresses to."""
        before = [dictionary for dictionary in self.top.dictionaries if dictionary.offset < frame.start]
        check_article_header(frame, before[-1].id if before else 0)
        raw = self._dictionary(before[-1]) if before else None
        return undo_words(unzstd(self.data[frame.start:frame.end], frame.header.size, raw), raw, frame.start)

    def _dictionary(self, stated):
        frame = read_frame(self.data, stated.offset, len(self.data))
        require(frame.kind == "DIC", "F11.3", stated.offset, "the top names a dictionary that is not there")
        ident, raw = read_dictionary(self.data, frame)
        require(ident == stated.id, "F11.3", stated.offset, "the top names another dictionary")
        check_words(raw, self.flags, stated.offset)
        return raw

    def _check_leaf(self, leaf, record, offset):
        require(self._leaf_hash(leaf) == entry_hash(record), "F10.2", offset,
                "the article's leaf hash is not the tile's")

    def _leaf_hash(self, leaf):
        """The leaf hash in its tile, and the tile checked against the top."""
        first = leaf // TILE * TILE
        count = min(TILE, self.top.size - first)
        offset, root = self._tile(leaf // TILE)
        hashes = self._hashes(first, count, offset)
        require(len(hashes) == 32 * count, "F10.1", offset, "the tile is not there")
        tile = [hashes[at:at + 32] for at in range(0, len(hashes), 32)]
        require(Tree(tile).root() == root, "F10.2", offset, "the tile's root is not the one stated")
        return tile[leaf - first]

    def _hashes(self, first, count, offset):
        """Those of a tile at `offset`; the last tile may have several pieces."""
        pieces = [(first, offset)]
        if first + TILE > self.top.size:
            pieces += [(run.first, run.piece) for run in self.top.runs if run.piece is not None]
        ends = [leaf for leaf, _ in pieces[1:]] + [first + count]
        return b"".join(self.data[at:at + 32 * (end - leaf)] for (leaf, at), end in zip(pieces, ends))

    def _tile(self, index):
        """Where a tile's hashes are, and its root; a slab's tile roots must give the slab's root."""
        slab, tile = divmod(index, SLAB // TILE)
        if slab == len(self.top.slabs):
            return self.top.tiles[tile]
        place = self.top.slabs[slab]
        at = place.offset + 20
        roots = [self.data[i:i + 32] for i in range(at, at + 32 * TILE, 32)]
        require(root_of_blocks(roots) == place.root, "F10.2", place.offset,
                "the slab's tile roots do not give its root")
        return Place(at + 32 * TILE + tile * 32 * TILE, roots[tile])


def command_get(data, ident):
    article = Reader(data).find(ident)
    if article is None:
        raise Refusal("no such article", MISSING)
    sys.stdout.buffer.write(next(article.parts()))


# --- list -----------------------------------------------------------------------------------------------------------

INVISIBLE = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text):
    """Security considerations: control and bidirectional characters are not printed as they are."""
    return INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def command_list(data):
    flags = check_head(data)
    end = find_end(data)
    frames, refusal = walk(data, min(len(data), end.end))
    dictionaries, in_force, known = {}, 0, {}
    contents = Inflater(data, article_frames(frames), dictionaries)
    for frame in frames:
        if frame.kind == "DIC":
            in_force, raw = read_dictionary(data, frame)
            check_words(raw, flags, frame.start)
            dictionaries[in_force] = raw
        elif frame.kind in ("ART", "REV"):
            if frame.kind == "ART":
                check_article_header(frame, in_force)
                articles = articles_of(contents.next(), frame)
                known[frame.start] = frame
            else:
                difference = read_difference(data, frame)
                base = known.get(difference.base)
                require(base, "F4.12", frame.start, "the difference is made against no frame of articles before it")
                raw = dictionaries.get(base.header.dictionary)
                content = undo_words(unzstd(data[base.start:base.end], base.header.size, raw), raw, base.start)
                check_base_content(content, frame.start)
                articles = [undo_difference(data, frame, difference, content)]
            for article in articles:
                print(*(visible(article.meta.get(name, "")) for name in ("id", "published", "headline")), sep="\t")
    if refusal:
        raise refusal


# --- Main -----------------------------------------------------------------------------------------------------------

def open_archive(path):
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def run(arguments):
    command, path = arguments[:2]
    sys.stdout.reconfigure(encoding="utf-8")
    if command == "list":
        command_list(open_archive(path))
    elif command == "get":
        command_get(open_archive(path), arguments[2])
    else:
        command_verify(open_archive(path), read_public_key(arguments[2]) if len(arguments) > 2 else None)
    sys.stdout.flush()


def main(arguments):
    counts = {"list": (2,), "get": (3,), "verify": (2, 3)}
    if len(arguments) not in counts.get(arguments[0] if arguments else "", ()):
        print("usage: read.py list FILE | get FILE ID | verify FILE [PUB]", file=sys.stderr)
        return USAGE
    try:
        run(arguments)
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return IO
    except Refusal as refusal:
        message, code = str(refusal), refusal.code
    except OSError as error:
        message, code = error.strerror or str(error), IO
    except Exception as error:
        line = error.__traceback__
        while line.tb_next:
            line = line.tb_next
        message, code = f"internal: {type(error).__name__}: {error} (line {line.tb_lineno})", IO
    print(f"read.py: {arguments[1]}: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
