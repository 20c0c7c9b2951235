# A sheaf: an archive of articles. Nothing but zstd (RFC 8878) is needed to read it.
# Recipe: from here to "End of the recipe" is a script. Anybody can have changed it, as
# no signature covers it: compare it with one from elsewhere before you run it.
#
# An article is a zstd frame: a line of JSON, a line feed, then its parts, whose sizes
# are in the line. All other frames are skippable. One with the magic 184D2A5D is a
# dictionary for the articles after it. Where it ends in F7 "WDS", frequent words in
# these articles are codes, which undo() puts back. A frame REV is a revision, stored
# as its difference from an earlier article.
#
# List the articles, or print all revisions of one:
#     python3 recipe.py FILE [ID]
import json, os, struct, subprocess, sys, tempfile

def unpack(frames, option=None, file=b""):
    """What zstd makes of these frames, given this file."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "file")
        with open(name, "wb") as f:
            f.write(file)
        zstd = ["zstd", "-q", "-d", "-c"]
        zstd += [option, name] if option == "-D" else [option + name] if option else []
        return subprocess.run(zstd, input=frames, check=True, stdout=subprocess.PIPE).stdout

def undo(coded, dictionary):
    end = len(dictionary)
    back, length = (int.from_bytes(dictionary[end - i:][:4], "big") for i in (12, 8))
    table = dictionary[end - back:][:length]
    kinds, entries = table[:256], table[256:].split(b"\0")
    codes = [b for b in range(256) if kinds[b] == 1]
    firsts = [b for b in range(256) if kinds[b] == 2]
    letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    two = range(0xc3, 0xe0)
    out, at, ends, entry = bytearray(), 0, False, False
    while at < len(coded):
        mark, kind = 0, kinds[coded[at]]
        if kind in (3, 4, 5):
            mark, at = kind, at + 1
            kind = 0 if mark == 3 else kinds[coded[at]]
        before, entry = entry, kind != 0
        item = coded[at:at + 1]
        if kind == 1:
            item = entries[codes.index(coded[at])]
        elif kind == 2:
            item = entries[len(codes) + 256 * firsts.index(coded[at]) + coded[at + 1]]
            at += 1
        at += 1
        if ends and mark != 3 and (entry or before) and (item[0] in letters or item[0] in two):
            out += b" "
        if mark == 4:
            item = bytes([item[0] ^ 32]) + item[1:]
        out += item.upper() if mark == 5 else item
        last = item if entry else out[-2:]
        ends = last[-1] in letters or (len(last) > 1 and last[-1] > 127 and last[-2] in two)
    return bytes(out)

def contents(frames, dictionary):
    """The content of each of these frames, which use this dictionary."""
    if not frames:
        return
    option = "-D" if dictionary else None
    stream, at = unpack(b"".join(frame for frame, size in frames), option, dictionary), 0
    for frame, size in frames:
        content, at = stream[at:at + size], at + size
        coded = dictionary[-4:] == b"\xf7WDS" and content[:1] != b"{"
        yield undo(content, dictionary) if coded else content

def zstd_frame(data, at):
    """Where the zstd frame at this place ends, and the size of its content."""
    flags = data[at + 4]
    at += 5 + (not flags & 32) + (0, 1, 2, 4)[flags & 3]
    width = (flags >> 5 & 1, 2, 4, 8)[flags >> 6]
    size = int.from_bytes(data[at:at + width], "little") + 256 * (width == 2)
    at += width
    last = False
    while not last and at < len(data):
        block = int.from_bytes(data[at:at + 3], "little")
        last = block & 1
        at += 3 + (1 if block & 6 == 2 else block >> 3)
    return at + (flags & 4) + (not last), size

def walk(data):
    """The content of each frame with articles."""
    at, frames, dictionaries = 0, [], [(0, b"")]
    while at + 8 <= len(data):
        magic, size = struct.unpack_from("<II", data, at)
        if magic == 0xFD2FB528:                       # articles
            end, size = zstd_frame(data, at)
            if end > len(data):
                break
            frames.append((data[at:end], size))
            at = end
            continue
        if at + 8 + size > len(data):
            break
        if magic == 0x184D2A5D or data[at + 8:at + 11] == b"REV":
            yield from contents(frames, dictionaries[-1][1])
            frames = []
        if magic == 0x184D2A5D:                       # a dictionary
            payload = data[at + 8:at + 8 + size]
            dictionaries.append((at, unpack(payload)))
        elif data[at + 8:at + 11] == b"REV":          # a difference
            base, length = struct.unpack_from(">QI", data, at + 12)
            used = [d for place, d in dictionaries if place <= base][-1]
            frame = data[base:base + length], zstd_frame(data, base)[1]
            old = next(contents([frame], used))
            yield unpack(data[at + 24:at + size], "--patch-from=", old)
        at += 8 + size                                # anything else is skipped
    yield from contents(frames, dictionaries[-1][1])
    if at != len(data):
        sys.exit("The file is cut off at %d." % at)

for content in walk(open(sys.argv[1], "rb").read()):
    while content:
        line, content = content.split(b"\n", 1)
        article = json.loads(line)
        size = article["parts"][0]["size"]
        if len(sys.argv) < 3:
            print(article["id"], article["rev"], article.get("headline", ""), sep="\t")
        elif article["id"] == sys.argv[2]:
            sys.stdout.buffer.write(content[:size])
        content = content[sum(part["size"] for part in article["parts"]):]
# End of the recipe.
