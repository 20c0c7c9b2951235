#!/usr/bin/env python3
"""mutants.py [-n NUMBER] [-s SEED] [-j JOBS] [--log FILE] [--again] [FILE...] - do the tests notice what is wrong?

Changes one thing in a source file of the library or the command, builds it, runs the tests that reach the changed
line, the quickest first, and stops at the first that fails. Prints each mutant that no test noticed: the place, the
line before and after. Those that tests/mutants.md argues are counted on their own; the exit code is 1 if any is left.

The same seed gives the same mutants of the same source. What became of each is kept in the log, and a mutant in it
is not made again, so that a run can be stopped and continued; --again makes those of the log that survived. No
mutant leaves out a call that only frees: LeakSanitizer notices that, in make check-asan.

All is done in copies of the tree in build/mutants, where the library is a shared one, so that a mutant is one
compilation and one link. Which lines a test reaches is found by gcov, once, as long as no source and no test
changes. Importing and reading over HTTP are left to the programs in `build/test`, which must be there.
"""
import argparse
import collections
import concurrent.futures
import glob
import hashlib
import json
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
# Scripts whose results are those of the library and the command. What they need is there, or they skip it.
SCRIPTS = ("attacks collection completion export media proofs python rebuilt remote search serve shards splits "
           "terminal tiles timestamp").split()
SECONDS = 60  # no test may take longer, whatever it took before
MEMORY = 6 << 30

Change = collections.namedtuple("Change", "path line start end text")
SOURCES = {}  # as they were at the start: someone may edit them while this runs


# --- What is changed ----------------------------------------------------------------------------------------------

TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
          "+": "-", "-": "+"}
NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>|\+|-)(?= )")
CONDITION = re.compile(r"\b(if|while) \(")
FREES = re.compile(r"^\s+(\w*free|\w*_close|\w+->close|close)\(.*\);$")
DECLARED = re.compile(r"\b(u?int\d+_t|char|size_t|struct \w+) \(?\*?\w+\)?\[$")
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
        whole = SOURCES[path] = f.read()
    code = blanked(whole)

    def change(start, end, text):
        return Change(path, code.count("\n", 0, start) + 1, start, end, text)

    for m in OPERATOR.finditer(code):
        if m[1] not in "+-" or re.match(r" [\w(]", code[m.end():]):
            yield change(m.start(), m.end(), TURNED[m[1]])
    for m in NUMBER.finditer(code):
        # An array that is a byte larger is as good.
        if len(m[1]) < 10 and not DECLARED.search(code[:m.start()][-80:]):
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
    text = SOURCES[mutant.path]
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
        self.command = sorted(glob.glob("src/cli/*.c", root_dir=ROOT))
        self.sources = sorted(p for f in FOLDERS for p in glob.glob(f"src/{f}/*.c", root_dir=ROOT))

    def copy(self):
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(os.path.join(self.path, "o"))
        os.symlink("libmutant.so", os.path.join(self.path, "libsheaf.so"))
        for folder in ("src", "tests", "spec", "build/made"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.path, folder),
                            ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(os.path.join(ROOT, "README.md"), self.path)
        # Node.js needs more address space than a test gets; who has no npm, skips it.
        os.makedirs(os.path.join(self.path, "bin"))
        os.symlink("/bin/false", os.path.join(self.path, "bin/npm"))

    def compile(self, path):
        return run([CC, *self.flags, "-DLIBEXECDIR=\"\"", "-DWEBDIR=\"\"", "-c", "-o", "o/" + object_of(path), path],
                   cwd=self.path)

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
        for done in pool.map(self.compile, self.sources + tests + makers + helpers + self.command):
            if done.returncode:
                sys.exit(done.stdout.decode())
        run(["ar", "rcs", "libhelp.a", *["o/" + object_of(p) for p in helpers]], cwd=self.path)
        built = [self.link()] + [self.program("sheaf", self.command)]
        for test in tests + makers:
            built.append(run([CC, *self.flags, "-o", os.path.basename(test)[:-2], "o/" + object_of(test), "libhelp.a",
                              "-L.", "-lmutant", "-Wl,-rpath," + self.path, *LIBS], cwd=self.path))
        for done in built:
            if done.returncode:
                sys.exit(done.stdout.decode())

    def apply(self, mutant):
        text = SOURCES[mutant.path]
        with open(os.path.join(self.path, mutant.path), "w", encoding="utf-8") as f:
            f.write(text[:mutant.start] + mutant.text + text[mutant.end:])
        if self.compile(mutant.path).returncode:
            return False
        made = self.program("sheaf", self.command) if mutant.path in self.command else self.link()
        return made.returncode == 0

    def restore(self, mutant):
        with open(os.path.join(self.path, mutant.path), "w", encoding="utf-8") as f:
            f.write(SOURCES[mutant.path])
        self.compile(mutant.path)
        if mutant.path in self.command:
            self.program("sheaf", self.command)
        shutil.rmtree(self.path + "/tmp", ignore_errors=True)

    def run_test(self, test, seconds=SECONDS):
        """Whether it passes; a test that does not end fails."""
        os.makedirs(self.path + "/tmp", exist_ok=True)
        environment = dict(os.environ, SHEAF=self.path + "/sheaf", B=self.path, FLAVOUR="test", CC=CC,
                           PYTHON="no-python" if test == "vectors" else sys.executable,
                           SHEAF_LIBEXEC=os.path.join(ROOT, "build/test"), TMPDIR=self.path + "/tmp",
                           SHEAF_IMPORT=os.path.join(ROOT, "build/test/sheaf-import"),
                           XDG_CACHE_HOME=self.path + "/cache", PYTHONDONTWRITEBYTECODE="1",
                           NEWSROOM=self.path + "/tests/newsroom", PATH=self.path + "/bin:" + os.environ["PATH"],
                           LOST_ROUNDS="4", ORACLE_ROUNDS="200")

        def limit():
            os.setsid()
            # The helpers set a limit of their own, so that the hard one stays.
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        process = subprocess.Popen(command_of(test), cwd=self.path, env=environment,
                                   preexec_fn=limit, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        timer = threading.Timer(10 * seconds + 60, lambda: os.killpg(process.pid, 9))
        timer.start()
        text = process.communicate()[0]
        timer.cancel()
        return process.returncode == 0 and not re.search(rb"^not ok", text, re.M)


def command_of(test):
    if test in COMMANDS:
        return COMMANDS[test]
    if test.startswith("cli/"):
        return ["sh", "tests/cli.sh", test[4:]]
    return ["sh", f"tests/{test}.sh"] if test in SCRIPTS else ["./" + test]


COMMANDS = {
    "make_vectors": ["sh", "-c", "rm -rf made && mkdir made && ./make_vectors made && ./make_policies made && "
                     "mkdir made/proof && ./make_proofs made/proof && cp spec/vectors/README.md made && "
                     "diff -rq -x '*.json' made spec/vectors"],
    "vectors": ["sh", "tests/vectors.sh"],
    "archives": ["sh", "-c", "rm -rf made-archives && mkdir made-archives && sh tests/slow/archives.sh "
                 "$PWD/made-archives && if [ -d wanted-archives ]; then diff -rq made-archives wanted-archives; "
                 "else mv made-archives wanted-archives; fi"],
}


# --- Which tests reach a line --------------------------------------------------------------------------------------

def all_tests():
    programs = [os.path.basename(t)[:-2] for t in sorted(glob.glob(ROOT + "/tests/t_*.c"))]
    cases = ["cli/" + os.path.basename(t)[:-3] for t in sorted(glob.glob(ROOT + "/tests/cli/*.sh"))]
    return [*COMMANDS, *(t for t in programs if t not in OTHER_TESTS and "t_import" not in t), *cases, *SCRIPTS]


def fingerprint():
    """Of everything on which it depends which tests reach a line."""
    whole = hashlib.sha256()
    for folder in ("src", "tests", "spec"):
        for path in sorted(glob.glob(f"{ROOT}/{folder}/**", recursive=True)):
            if os.path.isfile(path) and "mutants" not in path and "__pycache__" not in path:
                with open(path, "rb") as f:
                    whole.update(path.encode() + b"\0" + hashlib.sha256(f.read()).digest())
    return whole.hexdigest()


class Reach:
    """The tests that reach each line, and how long each takes."""

    def __init__(self, known):
        self.cost, self.lines, self.functions = known["cost"], known["lines"], known["functions"]

    def tests_for(self, mutant):
        """Those of the line; if it has no code of its own, of the lines with code on both sides; of the whole file if
        it is in no function."""
        lines = self.lines.get(mutant.path, {})
        near = [mutant.line]
        if str(mutant.line) not in lines:
            here = [f for f in self.functions.get(mutant.path, []) if f[0] <= mutant.line <= f[1]]
            within = sorted(int(n) for n in lines if not here or here[0][0] <= int(n) <= here[0][1])
            near = within
            if here:
                near = [n for n in within if n < mutant.line][-1:] + [n for n in within if n > mutant.line][:1]
        found = {t for n in near for t in lines.get(str(n), [])}
        own = "t_" + os.path.basename(mutant.path)[:-2].split("_")[0]
        return sorted(found, key=lambda t: (not t.startswith(own), self.cost[t], t))


def lines_reached(tree, known, test):
    """Adds what gcov says of a test that ran in the tree, and forgets it there."""
    counted = glob.glob(tree.path + "/o/src-*.gcda")
    text = run(["gcov", "-j", "-t", *counted], cwd=tree.path).stdout if counted else b""
    for line in text.splitlines():
        if not line.startswith(b"{"):
            continue
        for file in json.loads(line)["files"]:
            path = file["file"]
            known["functions"][path] = [(f["start_line"], f["end_line"]) for f in file["functions"]]
            lines = known["lines"].setdefault(path, {})
            for one in file["lines"]:
                tests = lines.setdefault(str(one["line_number"]), [])
                if one["count"] and test not in tests:
                    tests.append(test)
    for path in glob.glob(tree.path + "/o/*.gcda"):
        os.remove(path)


def find_reach(tree, pool):
    """Runs every test as it is, to see whether it passes and what it takes, and once more to see what it reaches."""
    kept = os.path.join(OUT, "reach.json")
    mark = fingerprint()
    if os.path.exists(kept):
        with open(kept, encoding="utf-8") as f:
            known = json.load(f)
        if known["of"] == mark:
            return Reach(known)
    print("# finding which tests reach which lines", flush=True)
    known = {"of": mark, "cost": {}, "lines": {}, "functions": {}}
    counted = Tree("counted", ["-O0", "--coverage"])
    counted.copy()
    counted.build(pool)
    for test in all_tests():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not tree.run_test(test):
            print(f"# {test} fails as it is, and is left out", flush=True)
            continue
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        known["cost"][test] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        counted.run_test(test, 10 * SECONDS)
        lines_reached(counted, known, test)
    with open(kept, "w", encoding="utf-8") as f:
        json.dump(known, f)
    shutil.rmtree(counted.path)
    return Reach(known)


# --- Mutants ------------------------------------------------------------------------------------------------------

def function_of(mutant):
    """The function of a mutant: its name begins a line."""
    names = re.findall(r"^(\w+)\(", SOURCES[mutant.path][:mutant.start], re.M)
    return names[-1] if names else ""


def argued():
    """The mutants that tests/mutants.md gives reasons for, each with the function that it names, or "" for any."""
    known = set()
    path = os.path.join(ROOT, "tests/mutants.md")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for m in re.finditer(r"^- `(src/[^`]+)`\s+`+ ?(.+?) ?`+\s+to\s+`+ ?(.+?) ?`+(?:\s+in\s+`(\w+)`)?:", text,
                             re.M | re.S):
            known.add((m[1], " ".join(m[2].split()), " ".join(m[3].split()), m[4] or ""))
    return known


def logged(path):
    """What a log says: the verdict on each mutant, the last one if there are several."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        fields = [line.rstrip("\n").split("\t") for line in f]
    return {tuple(f[3:]): (f[0], f[1]) for f in fields if len(f) == 6}


def judge(tree, reach, mutant, most):
    """The verdict, and by which test, or after how many."""
    tests = reach.tests_for(mutant)
    if not tests:
        return "survived", "not reached"
    verdict, spent, passed = None, 0, 0
    if not tree.apply(mutant):
        verdict = "stillborn", "-"
    for test in tests if not verdict else []:
        if passed and spent + reach.cost[test] > most:
            continue
        if not tree.run_test(test, min(SECONDS, 5 + 10 * reach.cost[test])):
            verdict = "killed", test
            break
        spent += reach.cost[test]
        passed += 1
    tree.restore(mutant)
    return verdict or ("survived", f"{passed} of {len(tests)} tests")


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("-n", type=int, default=50)
    parser.add_argument("-s", type=int, default=1)
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after this time")
    parser.add_argument("--most", type=float, default=1e9, help="seconds of tests for a mutant")
    parser.add_argument("--log", default=os.path.join(OUT, "log"), help="what became of each; build/mutants/log")
    parser.add_argument("--again", action="store_true", help="those of the log that survived")
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def main():
    args = options()
    begun = time.monotonic()
    os.makedirs(OUT, exist_ok=True)
    pool = concurrent.futures.ThreadPoolExecutor(args.j)
    files = args.files or sorted(p for f in [*FOLDERS, "cli"] for p in glob.glob(f"src/{f}/*.c", root_dir=ROOT))
    every = [c for path in files for c in changes(path)]
    trees = []
    for i in range(args.j):
        tree = Tree(f"tree{i}")
        tree.copy()
        tree.build(pool)
        tree.run_test("archives")
        trees.append(tree)
    reach = find_reach(trees[0], pool)
    log = logged(args.log)
    if args.again:
        chosen = [c for c in every if log.get((c.path, *shown(c)), " ")[0] == "survived"]
    else:
        chosen = random.Random(args.s).sample(every, min(args.n, len(every)))
    print(f"# {len(every)} possible, {len(chosen)} chosen" + (f" with seed {args.s}" * (not args.again)), flush=True)
    known, count, free = argued(), collections.Counter(), list(trees)

    def one(mutant):
        before = log.get((mutant.path, *shown(mutant)))
        if before and not args.again:
            return mutant, before
        if time.monotonic() - begun > 60 * args.minutes:
            return mutant, ("not begun", "-")
        tree = free.pop()
        try:
            verdict = judge(tree, reach, mutant, args.most)
        finally:
            free.append(tree)
        with open(args.log, "a", encoding="utf-8") as f:
            f.write("\t".join((*verdict, str(mutant.line), mutant.path, *shown(mutant))) + "\n")
        return mutant, verdict

    for future in concurrent.futures.as_completed([pool.submit(one, m) for m in chosen]):
        mutant, (verdict, by) = future.result()
        before, after = shown(mutant)
        if verdict == "survived" and any((mutant.path, before, after, f) in known for f in ("", function_of(mutant))):
            verdict = "argued"
        count[verdict] += 1
        if verdict == "survived":
            print(f"{mutant.path}:{mutant.line}  # {by}\n    - {before}\n    + {after}", flush=True)
        elif os.environ.get("V"):
            print(f"# {verdict} {by}: {mutant.path}:{mutant.line}: {after}", flush=True)
    made = sum(count.values()) - count["stillborn"] - count["not begun"]
    print(f"{made} mutants: {count['killed']} killed, {count['argued']} argued, {count['survived']} survived "
          f"({count['stillborn']} did not compile, {count['not begun']} not begun)")
    return count["survived"] != 0


if __name__ == "__main__":
    sys.exit(main())
