#!/usr/bin/env python3
"""verify.py - the time of verify beside that of what it cannot do without.

    tests/bench/verify.py ARCHIVE [PUBLIC-KEY [RUNS]]

That is zstd -dc -D of the same frames, one process for each dictionary, and
b2sum -l 256 of the articles with their metadata. Where words are codes, zstd
leaves them so, and what verify does besides is to undo them. Processor time
of all threads of a process, its start included; each the least of RUNS (25)
in turn with the others, so that a busy machine does little harm.

Runs build/release/sheaf, or $SHEAF.
"""

import os
import resource
import subprocess
import sys
import tempfile

import beside

ROOT = os.path.dirname(os.path.dirname(beside.HERE))
SHEAF = os.environ.get("SHEAF") or os.path.join(ROOT, "build/release/sheaf")


def cpu(argvs):
    """Seconds of user and system, of processes one after the other."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for argv in argvs:
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime +
            after.ru_stime - before.ru_stime)


def lay_out(path, folder):
    """Frames by dictionary, and all articles; returns commands of zstd."""
    tools = beside.recipe()
    with open(path, "rb") as f:
        data = f.read()
    parts = []  # (dictionary, frames)
    at, dictionary = 0, b""
    with open(os.path.join(folder, "articles"), "wb") as articles:
        while at < len(data):
            magic = int.from_bytes(data[at:at + 4], "little")
            if magic == beside.ZSTD:
                end, size = tools["zstd_frame"](data, at)
                if not parts or parts[-1][0] is not dictionary:
                    parts.append((dictionary, []))
                parts[-1][1].append((data[at:end], size))
                at = end
                continue
            end = at + 8 + int.from_bytes(data[at + 4:at + 8], "little")
            if magic == beside.DICTIONARY:
                dictionary = tools["unpack"](data[at + 8:end])
            at = end
        commands = []
        for number, (dictionary, frames) in enumerate(parts):
            base = os.path.join(folder, str(number))
            with open(base + ".zst", "wb") as f:
                f.writelines(frame for frame, _ in frames)
            for content in tools["contents"](frames, dictionary):
                articles.write(content)
            argv = ["zstd", "-qdc", base + ".zst"]
            if dictionary:
                with open(base + ".dict", "wb") as f:
                    f.write(dictionary)
                argv += ["-D", base + ".dict"]
            commands.append(argv)
    return commands


def main():
    path = sys.argv[1]
    key = sys.argv[2:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 25
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        verify = [SHEAF, "verify", "-q", "-j", "1", path]
        what = {
            "zstd": lay_out(path, folder),
            "b2sum": [["b2sum", "-l", "256",
                       os.path.join(folder, "articles")]],
            "verify": [verify],
        }
        if key:
            what["verify -p"] = [verify + ["-p"] + key]
        least = dict.fromkeys(what, float("inf"))
        for _ in range(runs):
            for name, argvs in what.items():
                least[name] = min(least[name], cpu(argvs))
    base = least["zstd"] + least["b2sum"]
    print("| | ms | times zstd and b2sum |\n| :-- | --: | --: |")
    for name, seconds in least.items():
        print("| %s | %.1f | %.3f |" % (name, 1e3 * seconds, seconds / base))


if __name__ == "__main__":
    main()
