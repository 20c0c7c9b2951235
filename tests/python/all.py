"""all.py - every test of the package, as TAP.

A function whose name begins with test_ is one line of TAP; it fails by an
exception. Each gets a folder of its own.
"""

import doctest
import importlib
import os
import pkgutil
import shutil
import sys
import tempfile
import traceback
import warnings

import tap

if sys.version_info < (3, 9):
    tap.skip_all("the package needs Python 3.9")

import sheaf  # noqa: E402

MODULES = ("layout", "reading", "writing", "damage", "keys", "proofs",
           "sources", "threads", "memory", "typing_")


def run(function):
    what = "%s: %s" % (function.__module__,
                       function.__name__[5:].replace("_", " "))
    folder = tempfile.mkdtemp(prefix="sheaf-python-")
    try:
        function(folder)
        tap.ok(what, True)
    except NotImplementedError as e:
        tap.skip(what, str(e))
    except BaseException:
        tap.ok(what, False, traceback.format_exc()[-800:])
    finally:
        shutil.rmtree(folder)


def doctests():
    names = [m.name for m in pkgutil.iter_modules(sheaf.__path__, "sheaf.")]
    failed = tried = 0
    for name in ["sheaf"] + names:
        result = doctest.testmod(importlib.import_module(name))
        failed += result.failed
        tried += result.attempted
    tap.ok("the examples in the package: %d lines" % tried,
           failed == 0 and tried > 20)


if __name__ == "__main__":
    # What is said of an exception that could not be raised is a failure.
    problems = []
    sys.unraisablehook = problems.append
    warnings.simplefilter("error")
    doctests()
    for name in MODULES:
        module = importlib.import_module(name)
        for function in list(vars(module).values()):
            if (callable(function) and getattr(
                    function, "__module__", "") == name
                    and function.__name__.startswith("test_")):
                run(function)
    tap.ok("nothing was raised where it cannot be caught", not problems,
           problems[:3])
    tap.finish()
