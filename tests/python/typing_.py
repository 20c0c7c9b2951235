"""typing_.py - the package is typed, and its text is Python 3.9."""

import ast
import inspect
import os
import pydoc
import shutil
import subprocess
import sys

import sheaf

FOLDER = os.path.dirname(sheaf.__file__)


def sources():
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".py"):
            with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
                yield name, file.read()


def test_syntax_of_3_9(folder):
    for name, text in sources():
        ast.parse(text, name, feature_version=(3, 9))
        assert all(len(line) < 81 for line in text.split("\n")), name


def test_everything_public_has_a_type_and_a_description(folder):
    for name in sheaf.__all__:
        thing = getattr(sheaf, name)
        assert inspect.getdoc(thing), name
        members = [("", thing)]
        if inspect.isclass(thing):
            members = [(m, f) for m, f in vars(thing).items()
                       if not m.startswith("_")]
        for member, f in members:
            f = getattr(f, "__func__", f)
            f = f.fget if isinstance(f, property) else f
            if not inspect.isfunction(f):
                continue
            what = "%s.%s" % (name, member)
            assert inspect.getdoc(f), what
            s = inspect.signature(f)
            assert s.return_annotation is not s.empty, what
            assert all(p.annotation is not p.empty
                       for n, p in s.parameters.items()
                       if n not in ("self", "cls")), what
    assert os.path.exists(os.path.join(FOLDER, "py.typed"))


def test_pydoc(folder):
    text = pydoc.render_doc(sheaf, renderer=pydoc.plaintext)
    for word in ("class Archive", "open(",
                 "authenticate", "Bridge opens", "check_extends"):
        assert word in text, word


def test_mypy(folder):
    if shutil.which("mypy") is None:
        raise NotImplementedError("mypy is not installed")
    with open(folder + "/use.py", "w") as out:
        out.write("import sheaf\n"
                  "with sheaf.open('x', key='k') as a:\n"
                  "    n: int = a['i'].rev\n"
                  "    t: str = a['i'].text\n"
                  "    reveal_type(a.get('i'))\n")
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    environment["MYPYPATH"] = os.path.dirname(FOLDER)
    for what in (FOLDER, folder + "/use.py"):
        ran = subprocess.run(
            ["mypy", "--strict", "--cache-dir", folder + "/cache", what],
            capture_output=True, text=True, env=environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
