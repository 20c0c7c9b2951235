#!/usr/bin/env python3
"""run.py [FILE...] - every zstd frame of archives through many decoders.

The archives are the good vectors, those that sheaf packs here from tests/newsroom in several ways, and
FILE... . What a frame holds is what the zstd of this machine makes of it. The decoders are libzstd 1.4.4 to
1.5.7, built from the sources that packages of npm carry, the one of this machine, the decoder that zstd's
authors wrote to explain the format, and some of npm that run in browsers. Prints TAP.

SHEAF and SHEAF_LIBEXEC as for the other tests; CC; DECODERS is the folder for what is downloaded and built.
"""
import glob
import os
import re
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "reference"))
import read  # noqa: E402
ROOT = os.path.dirname(os.path.dirname(HERE))
SHEAF = os.environ.get("SHEAF", os.path.join(ROOT, "build/release/sheaf"))
CC = os.environ.get("CC", "cc")
WORK = os.environ.get("DECODERS", os.path.join(ROOT, "build/decoders"))

# A package, the folder with the source of zstd in it, and the version that this is.
SOURCES = [
    ("zstd-napi@0.0.6", "deps/zstd", "1.4.4"),
    ("cppzst@2.0.7", "deps/zstd", "1.4.5"),
    ("cppzst@2.0.12", "deps/zstd", "1.4.7"),
    ("fast-zstd@1.0.5", "vendor/zstd", "1.5.3"),
    ("zstd-napi@0.0.7", "deps/zstd", "1.5.5"),
    ("zstd-napi@0.0.8", "deps/zstd", "1.5.6"),
    ("zstd-napi@0.0.13", "deps/zstd", "1.5.7"),
]
EDUCATIONAL = ("fast-zstd@1.0.5", "vendor/zstd/doc/educational_decoder")
SCRIPTED = ["fzstd@0.1.1", "zstddec@0.3.4", "@bokuweb/zstd-wasm@0.0.27", "zstd-codec@0.1.5"]

# What is packed: a name, the inputs, and the options of pack.
PACKED = [
    ("default", ["newsroom", "newsroom-corrections"], []),
    ("plain", ["newsroom", "newsroom-corrections"], ["--plain"]),
    ("small", ["newsroom", "newsroom-corrections"], ["--small"]),
    ("fast", ["newsroom", "newsroom-corrections"], ["--fast"]),
    ("web", ["newsroom"], ["--web"]),
    ("none", ["newsroom", "newsroom-corrections"], ["--dict", "none"]),
    ("blocks", ["newsroom"], ["--block", "16K", "--level", "1"]),
    ("salted", ["newsroom"], ["--salted"]),
]


def zstd_end(data, at):
    """Where the zstd frame at this place ends, and the size of its content."""
    header = read.zstd_header(data, at, len(data))
    return read.zstd_end(data, header, len(data)), header.size


def names_dictionary(frame):
    return read.zstd_header(frame, 0, len(frame)).dictionary


class Frames:
    """Collects frames, and has zstd unpack them a stretch at a time."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.count = self.bytes = 0
        self.file = path + ".with"

    def unpack(self, frames, option=None, content=b""):
        command = ["zstd", "-dcq", "-M32MB"]
        if option:
            with open(self.file, "wb") as f:
                f.write(content)
            command += [option, self.file] if option == "-D" else [option + self.file]
        return subprocess.run(command, input=frames, check=True, stdout=subprocess.PIPE).stdout

    def item(self, kind, data):
        self.out.write(kind + struct.pack("<I", len(data)) + data)

    def frame(self, frame, content):
        self.out.write(b"F" + struct.pack("<II", len(frame), len(content)) + frame + content)
        self.count += 1
        self.bytes += len(frame)

    def stretch(self, frames, dictionary):
        """Frames with one dictionary, or none: pairs of the frame and the size of its content."""
        if not frames:
            return
        content = self.unpack(b"".join(f for f, _ in frames), "-D" if dictionary else None, dictionary)
        self.item(b"D", dictionary)
        at = 0
        for frame, size in frames:
            self.frame(frame, content[at:at + size])
            at += size
        assert at == len(content), "frames with other sizes than they say"
        frames.clear()

    def archive(self, data):
        """Articles, columns of groups, dictionaries and differences; counts of each."""
        at, dictionary, places, undo = 0, b"", [], None
        articles, plain, counts = [], [], {"article": 0, "GRP": 0, "dictionary": 0, "REV": 0}
        while at < len(data):
            magic, size = struct.unpack_from("<II", data, at)
            if magic == 0xFD2FB528:
                end, length = zstd_end(data, at)
                if dictionary and names_dictionary(data[at:end]) == 0:
                    plain.append((data[at:end], length))
                else:
                    articles.append((data[at:end], length))
                counts["article"] += 1
                at = end
                continue
            end = at + 8 + size
            kind = data[at + 8:at + 11]
            if magic == 0x184D2A5D:
                self.stretch(articles, dictionary)
                payload = data[at + 8:end]
                dictionary = self.unpack(payload)
                places.append((at, dictionary))
                plain.append((payload, len(dictionary)))
                counts["dictionary"] += 1
            elif kind == b"REV":
                self.stretch(articles, dictionary)
                base, length = struct.unpack_from(">QI", data, at + 12)
                used = [d for place, d in places if place <= base][-1:] or [b""]
                frame = data[base:base + length]
                used = used[0] if names_dictionary(frame) else b""
                old = undo_words(self.unpack(frame, "-D" if used else None, used), used)
                patch = data[at + 24:end - 8]
                self.item(b"D", b"")
                self.item(b"P", old)
                self.frame(patch, self.unpack(patch, "--patch-from=", old))
                counts["REV"] += 1
            elif kind == b"GRP":
                start = data.find(b"\x28\xb5\x2f\xfd", at + 12, end - 8)
                if start >= 0:
                    stop, length = zstd_end(data, start)
                    assert stop == end - 8, "a group with more than its columns"
                    named = names_dictionary(data[start:stop])
                    (articles if named else plain).append((data[start:stop], length))
                    counts["GRP"] += 1
            at = end
        self.stretch(articles, dictionary)
        self.stretch(plain, b"")
        return counts

    def close(self):
        self.out.close()
        if os.path.exists(self.file):
            os.remove(self.file)


def undo_words(content, dictionary):
    """Words in the place of their codes, by the recipe that archives carry."""
    if dictionary[-4:] != b"\xf7WDS" or content[:1] == b"{":
        return content
    if not undo_words.undo:
        text = open(os.path.join(ROOT, "spec/recipe.py"), encoding="utf-8").read()
        scope = {}
        exec(text[text.index("def undo("):text.index("def contents(")], scope)
        undo_words.undo = scope["undo"]
    return undo_words.undo(content, dictionary)


undo_words.undo = None


def good_vectors():
    for expect in sorted(glob.glob(os.path.join(ROOT, "spec/vectors/*.expect"))):
        text = open(expect, encoding="utf-8").read()
        file = expect[:-7] + ".sheaf"
        if re.search(r"^expect: ok$", text, re.M) and os.path.exists(file):
            yield file


def packed():
    """Makes the archives, and gives their paths."""
    folder = os.path.join(WORK, "packed")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    environment = dict(os.environ, XDG_STATE_HOME=os.path.join(folder, "state"))
    for name, inputs, options in PACKED:
        path = os.path.join(folder, name + ".sheaf")
        for i, what in enumerate(inputs):
            first = ["pack", "-o", path] + options if i == 0 else ["append", path]
            subprocess.run([SHEAF, first[0], "-q", *first[1:], os.path.join(ROOT, "tests", what)],
                           check=True, env=environment)
        yield path


def fetch(package):
    """The folder of a package of npm, or None."""
    folder = os.path.join(WORK, re.sub(r"[@/]", "_", package))
    if os.path.isdir(os.path.join(folder, "package")):
        return os.path.join(folder, "package")
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, package],
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    tarball = glob.glob(os.path.join(folder, "*.tgz"))
    if done.returncode or not tarball:
        return None
    subprocess.run(["tar", "-xzf", tarball[0], "-C", folder], check=True)
    os.remove(tarball[0])
    return os.path.join(folder, "package")


def build(name, source, more):
    """A decoder, or None; `more` are sources and flags."""
    program = os.path.join(WORK, "decoder-" + name)
    # ZSTD_DISABLE_ASM: the packages have no assembler sources.
    command = [CC, "-O2", "-w", "-DZSTD_DISABLE_ASM", "-D_GNU_SOURCE", "-I", source, "-o", program,
               os.path.join(HERE, "decoder.c"), *more]
    return program if subprocess.run(command).returncode == 0 else None


def libzstd(package, folder):
    source = fetch(package)
    if source is None:
        return None
    lib = os.path.join(source, folder, "lib")
    files = glob.glob(lib + "/common/*.c") + glob.glob(lib + "/decompress/*.c")
    return build(package.replace("@", "-"), lib, files + ["-I", lib + "/common", "-pthread"])


def educational():
    source = fetch(EDUCATIONAL[0])
    if source is None:
        return None
    folder = os.path.join(source, EDUCATIONAL[1])
    return build("educational", folder, [folder + "/zstd_decompress.c", "-DEDUCATIONAL"])


def scripted(package):
    """A command, or None: the package is installed with npm."""
    name = package.rsplit("@", 1)[0]
    done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts",
                           "--prefix", WORK, package], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode:
        return None
    # Beside its packages, where it finds them.
    shutil.copy(os.path.join(HERE, "decoder.js"), WORK)
    return ["node", os.path.join(WORK, "decoder.js"), name]


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def say(self, good, text):
        self.n += 1
        self.bad += not good
        print("ok" if good else "not ok", self.n, "-", text, flush=True)

    def skip(self, text, why):
        self.n += 1
        print("ok", self.n, "-", text, "# SKIP", why, flush=True)


def run(tap, name, command, frames, version=None):
    if command is None:
        tap.skip(name, "it cannot be had here")
        return
    done = subprocess.run([*command, frames], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.strip().splitlines() or ["said nothing"]
    good = done.returncode == 0 and (version is None or lines[-1].startswith(version + ":"))
    # It must also notice that something is wrong.
    control = subprocess.run([*command, frames + ".wrong"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    good = good and control.returncode == 1
    tap.say(good, f"{name}: {lines[-1]}")
    for line in lines[:-1][:20] if not good else []:
        print("#", line)


def main():
    missing = [p for p in ("zstd", "npm", "node", "tar", CC.split()[0]) if shutil.which(p) is None]
    if missing:
        print("1..0 # SKIP there is no", *missing)
        return 0
    os.makedirs(WORK, exist_ok=True)
    path = os.path.join(WORK, "frames")
    frames, total = Frames(path), {}
    for group, files in ("vectors", good_vectors()), ("packed", packed()), ("given", sys.argv[1:]):
        number = 0
        for number, file in enumerate(files, 1):
            with open(file, "rb") as f:
                for kind, count in frames.archive(f.read()).items():
                    total[kind] = total.get(kind, 0) + count
        print(f"# {group}: {number} archives")
    frames.close()
    with open(path + ".wrong", "wb") as f:
        frame = bytes.fromhex("28b52ffd240b590000") + b"Other bytes" + bytes.fromhex("f9fb2f38")
        f.write(b"F" + struct.pack("<II", len(frame), 11) + frame + b"Some bytes.")
    print(f"# {frames.count} zstd frames, {frames.bytes} bytes:",
          ", ".join(f"{count} {kind}" for kind, count in total.items()))
    tap = Tap()
    tap.say(all(total.values()), "there are frames of each kind")
    program = build("here", HERE, ["-lzstd"])
    run(tap, "libzstd of this machine", program and [program], path)
    for package, folder, version in SOURCES:
        program = libzstd(package, folder)
        run(tap, f"libzstd {version} ({package})", program and [program], path, version)
    program = educational()
    run(tap, f"zstd's educational decoder ({EDUCATIONAL[0]})", program and [program], path)
    for package in SCRIPTED:
        run(tap, package, scripted(package), path)
    print(f"1..{tap.n}")
    return tap.bad != 0


if __name__ == "__main__":
    sys.exit(main())
