#!/usr/bin/env python3
"""mutants.py [-n NUMBER] [-s SEED] [-j JOBS] [--again LOG] [FILE...] - do the tests notice when the library is wrong?

Changes one thing in a source file of the library, builds it, runs the tests, those that concern the file first,
and stops at the first that fails. Prints each mutant that no test noticed: the place, the line
before and after. Those that tests/mutants.md argues are counted on their own; the exit code is 1 if any is left.

The same seed gives the same mutants of the same source; --again takes those that an earlier run printed. No mutant
leaves out a call that only frees: LeakSanitizer notices that, in make check-asan. All is done in a copy of the tree, in build/mutants, where
the library is a shared one, so that a mutant is one compilation and one link. Importing and reading over HTTP are
left to `build/test`, which must be there.
"""
import argparse
import collections
import concurrent.futures
import glob
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build/mutants")
FOLDERS = "base log format read write proof check".split()
CC = os.environ.get("CC", "gcc")
NEED = ["-std=c11", "-D_GNU_SOURCE", "-DSHEAF_TEST", "-Isrc", "-Ibuild/made", "-fPIC", "-pthread", "-w", "-O1"]
LIBS = "-lzstd -lsodium -pthread".split()
if os.path.exists("/usr/include/openssl/sha.h"):
    NEED.append("-DSHEAF_LIBCRYPTO")
    LIBS.append("-lcrypto")
# They test the importer, what is only in the command, or for longer than all others together.
OTHER_TESTS = "t_import_sandbox t_dictcache t_crash t_steady".split()
SECONDS = 60  # no test may take longer, whatever it took before
MEMORY = 6 << 30

Change = collections.namedtuple("Change", "path line start end text")


# --- What is changed ----------------------------------------------------------------------------------------------

TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
          "+": "-", "-": "+"}
NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>|\+|-)(?= )")
CONDITION = re.compile(r"\b(if|while) \(")
FREES = re.compile(r"^\s+(\w*_free|\w+->close|close)\(.*\);$")
STATEMENT = re.compile(r"^\s+[a-z_][\w>.\[\]-]*(\(.*\)| [-+|&^]?= .*|\+\+|--);$")
RETURN = re.compile(r"^\s+return (\w*fail\w*\(.*\)|rc);$")


def blanked(text):
    """The text with comments, strings and preprocessor lines as spaces, but #defines of numbers."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)
    text = re.sub(r"^#(?!define \w+ \(?\d)(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)
    # Unit tests within sources, and what only says what must hold.
    return re.sub(r"\b(assert|_Static_assert)\([^;]*;", blank, text)


def closing(text, at):
    """Where the parenthesis that opens at `at` closes."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    return None


def changes(path):
    """All that could be changed in a file."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        whole = f.read()
    code = blanked(whole)

    def change(start, end, text):
        return Change(path, code.count("\n", 0, start) + 1, start, end, text)

    for m in OPERATOR.finditer(code):
        if m[1] not in "+-" or re.match(r" [\w(]", code[m.end():]):
            yield change(m.start(), m.end(), TURNED[m[1]])
    for m in NUMBER.finditer(code):
        if len(m[1]) < 10:
            yield change(m.start(), m.end(), str(int(m[1]) + 1))
    for m in CONDITION.finditer(code):
        end = closing(code, m.end() - 1)
        if end is not None:
            inner = whole[m.end():end]
            if m[1] == "if":
                yield change(m.end(), end, "0 && (" + inner + ")")
            yield change(m.end(), end, "!(" + inner + ")")
    for m in re.finditer(r"\b(memcmp|hash_equal)\(", code):
        end = closing(code, m.end() - 1)
        if end is not None:
            yield change(m.start(), end + 1, "0")
    at = 0
    for line in code.split("\n"):
        if STATEMENT.match(line) and not FREES.match(line) and not line.strip().startswith(("return", "case", "goto")):
            begin = at + len(line) - len(line.lstrip())
            yield change(begin, at + len(line), ";")
        if RETURN.match(line):
            begin = at + line.index("return")
            yield change(begin, at + len(line), "return 0;")
        at += len(line) + 1


def shown(mutant):
    """The changed stretch of lines, before and after, each on one line."""
    with open(os.path.join(ROOT, mutant.path), encoding="utf-8") as f:
        text = f.read()
    begin = text.rfind("\n", 0, mutant.start) + 1
    end = text.find("\n", mutant.end)
    before = text[begin:end]
    after = text[begin:mutant.start] + mutant.text + text[mutant.end:end]
    return " ".join(before.split()), " ".join(after.split())


# --- Building -----------------------------------------------------------------------------------------------------

def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          **more)


def object_of(path):
    return path[:-2].replace("/", "-") + ".o"


class Tree:
    """A copy of the sources with what was built from them."""

    def __init__(self, name, flags=()):
        self.path = os.path.join(OUT, name)
        self.flags = [*NEED, *flags]
        self.sources = sorted(p for f in FOLDERS for p in glob.glob(f"src/{f}/*.c", root_dir=ROOT))

    def copy(self):
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(os.path.join(self.path, "o"))
        for folder in ("src", "tests", "spec", "build/made"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.path, folder),
                            ignore=shutil.ignore_patterns("__pycache__"))

    def compile(self, path):
        return run([CC, *self.flags, "-DLIBEXECDIR=\"\"", "-c", "-o", "o/" + object_of(path), path], cwd=self.path)

    def link(self):
        objects = ["o/" + object_of(p) for p in self.sources]
        return run([CC, *self.flags, "-shared", "-o", "libmutant.so", *objects, *LIBS], cwd=self.path)

    def program(self, name, objects):
        return run([CC, *self.flags, "-o", name, *["o/" + object_of(p) for p in objects], "-L.", "-lmutant",
                    "-Wl,-rpath," + self.path, *LIBS], cwd=self.path)

    def build(self, pool):
        tests = [t for t in glob.glob("tests/t_*.c", root_dir=ROOT) if not t.startswith("tests/t_import")]
        makers = ["tests/make_vectors.c", "tests/make_policies.c", "tests/make_proofs.c"]
        helpers = [p for p in glob.glob("tests/*.c", root_dir=ROOT)
                   if not re.match(r"tests/(t_|make_|smoke)", p)] + ["src/http/answer.c"]
        command = glob.glob("src/cli/*.c", root_dir=ROOT)
        for done in pool.map(self.compile, self.sources + tests + makers + helpers + command):
            if done.returncode:
                sys.exit(done.stdout.decode())
        run(["ar", "rcs", "libhelp.a", *["o/" + object_of(p) for p in helpers]], cwd=self.path)
        built = [self.link()] + [self.program("sheaf", command)]
        for test in tests + makers:
            built.append(run([CC, *self.flags, "-o", os.path.basename(test)[:-2], "o/" + object_of(test), "libhelp.a",
                              "-L.", "-lmutant", "-Wl,-rpath," + self.path, *LIBS], cwd=self.path))
        for done in built:
            if done.returncode:
                sys.exit(done.stdout.decode())

    def apply(self, mutant):
        with open(os.path.join(ROOT, mutant.path), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(self.path, mutant.path), "w", encoding="utf-8") as f:
            f.write(text[:mutant.start] + mutant.text + text[mutant.end:])
        if self.compile(mutant.path).returncode or self.link().returncode:
            return False
        return True

    def restore(self, mutant):
        shutil.copy(os.path.join(ROOT, mutant.path), os.path.join(self.path, mutant.path))
        self.compile(mutant.path)

    def run_test(self, test, seconds):
        """Whether it passes; a test that does not end fails."""
        environment = dict(os.environ, SHEAF=self.path + "/sheaf", B=self.path, PYTHON="no-python",
                           SHEAF_LIBEXEC=os.path.join(ROOT, "build/test"), TMPDIR=self.path,
                           SHEAF_IMPORT=os.path.join(ROOT, "build/test/sheaf-import"),
                           NEWSROOM=ROOT + "/tests/newsroom", LOST_ROUNDS="4", ORACLE_ROUNDS="200")

        def limit():
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        process = subprocess.Popen(COMMANDS.get(test) or ["./" + test], cwd=self.path, env=environment,
                                   preexec_fn=limit, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        timer = threading.Timer(20 * seconds + 60, lambda: os.killpg(process.pid, 9))
        timer.start()
        text = process.communicate()[0]
        timer.cancel()
        return process.returncode == 0 and not re.search(rb"^not ok", text, re.M)


BROKEN = set()  # tests that fail without a mutant
COMMANDS = {
    "make_vectors": ["sh", "-c", "rm -rf made && mkdir made && ./make_vectors made && ./make_policies made && "
                     "mkdir made/proof && ./make_proofs made/proof && cp spec/vectors/README.md made && "
                     "diff -rq -x '*.json' made spec/vectors"],
    "vectors": ["sh", "tests/vectors.sh"],
    "cli": ["sh", "-c", "PYTHON=python3 sh tests/cli.sh"],
    "archives": ["sh", "-c", "rm -rf made-archives && mkdir made-archives && PYTHON=python3 sh tests/slow/archives.sh "
                 "$PWD/made-archives && if [ -d wanted-archives ]; then diff -rq made-archives wanted-archives; "
                 "else mv made-archives wanted-archives; fi"],
}


# --- Which tests look at a file ------------------------------------------------------------------------------------

# Besides t_NAME for NAME.c, the quickest first; then come all others.
BY_FOLDER = {
    "base": "t_buf t_hash t_json t_urlpath t_source t_sink t_text t_idset t_extsort t_pool make_vectors t_open",
    "log": "t_merkle t_note t_statement t_minisign t_policy make_vectors t_proof t_append",
    "format": "t_frame t_leaf t_ledger t_statement t_top t_group t_table t_words t_delta t_codec make_vectors "
              "t_open t_roundtrip t_append",
    "read": "t_open t_roundtrip make_vectors t_fooled t_damage t_append t_hostile t_removed",
    "proof": "t_proof t_merkle t_removed",
    "check": "make_vectors t_recover t_removed t_damage t_hostile",
    "write": "t_roundtrip t_append t_train t_shingle t_redact t_rewrite t_salted archives make_vectors",
}
LAST = "archives t_faults vectors t_oracle t_lost cli".split()


def all_tests():
    tests = [os.path.basename(t)[:-2] for t in sorted(glob.glob(ROOT + "/tests/t_*.c"))]
    return ["make_vectors"] + [t for t in tests if t not in OTHER_TESTS + LAST and "t_import" not in t] + LAST


def tests_for(path):
    folder, name = path.split("/")[1:]
    every = all_tests()
    own = [t for t in every if t.startswith("t_" + name[:-2].split("_")[0])]
    first = own + [t for t in BY_FOLDER[folder].split() if t in every and t not in own]
    return first + [t for t in every if t not in first]


# --- Mutants ------------------------------------------------------------------------------------------------------

def argued():
    """The mutants that tests/mutants.md gives reasons for."""
    known = set()
    path = os.path.join(ROOT, "tests/mutants.md")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for m in re.finditer(r"^- `(src/[^`]+)`\s+`+ ?(.+?) ?`+\s+to\s+`+ ?(.+?) ?`+:", text, re.M | re.S):
            known.add((m[1], " ".join(m[2].split()), " ".join(m[3].split())))
    return known


def printed(path):
    """The mutants in what an earlier run printed."""
    with open(path, encoding="utf-8") as f:
        return set(re.findall(r"^(src/\S+):\d+\n +- (.+)\n +\+ (.+)$", f.read(), re.M))


def judge(tree, mutant):
    """killed by a test, stillborn, or survived."""
    if not tree.apply(mutant):
        tree.restore(mutant)
        return "stillborn", ""
    verdict = "survived", ""
    for test in tests_for(mutant.path):
        if test not in BROKEN and not tree.run_test(test, SECONDS):
            verdict = "killed", test
            break
    tree.restore(mutant)
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("-n", type=int, default=50)
    parser.add_argument("-s", type=int, default=1)
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after this time")
    parser.add_argument("--again", metavar="LOG", help="those that an earlier run printed")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    begun = time.monotonic()
    os.makedirs(OUT, exist_ok=True)
    pool = concurrent.futures.ThreadPoolExecutor(args.j)
    files = args.files or sorted(p for f in FOLDERS for p in glob.glob(f"src/{f}/*.c", root_dir=ROOT))
    every = [c for path in files for c in changes(path)]
    trees = []
    for i in range(args.j):
        tree = Tree(f"tree{i}")
        tree.copy()
        tree.build(pool)
        trees.append(tree)
    for test, good in zip(all_tests(), pool.map(lambda t: trees[0].run_test(t, SECONDS), all_tests())):
        if not good:
            BROKEN.add(test)
            print(f"# {test} fails as it is, and is left out", flush=True)
    for tree in trees[1:]:
        shutil.copytree(trees[0].path + "/wanted-archives", tree.path + "/wanted-archives")
    if args.again:
        wanted = printed(args.again)
        chosen = [c for c in every if (c.path, *shown(c)) in wanted]
    else:
        chosen = random.Random(args.s).sample(every, min(args.n, len(every)))
    print(f"# {len(every)} possible, {len(chosen)} chosen with seed {args.s}", flush=True)
    known, count, free = argued(), collections.Counter(), list(trees)

    def one(mutant):
        if time.monotonic() - begun > 60 * args.minutes:
            return mutant, ("not begun", "")
        tree = free.pop()
        try:
            return mutant, judge(tree, mutant)
        finally:
            free.append(tree)

    for future in concurrent.futures.as_completed([pool.submit(one, m) for m in chosen]):
        mutant, (verdict, by) = future.result()
        before, after = shown(mutant)
        if verdict == "survived" and (mutant.path, before, after) in known:
            verdict = "argued"
        count[verdict] += 1
        if verdict == "survived":
            print(f"{mutant.path}:{mutant.line}\n    - {before}\n    + {after}", flush=True)
        elif os.environ.get("V"):
            print(f"# {verdict} {by}: {mutant.path}:{mutant.line}: {after}", flush=True)
        if sum(count.values()) % 10 == 0:
            print(f"# {sum(count.values())} of {len(chosen)}", flush=True)
    made = sum(count.values()) - count["stillborn"] - count["not begun"]
    print(f"{made} mutants: {count['killed']} killed, {count['argued']} argued, {count['survived']} survived "
          f"({count['stillborn']} did not compile, {count['not begun']} not begun)")
    return count["survived"] != 0


if __name__ == "__main__":
    sys.exit(main())
