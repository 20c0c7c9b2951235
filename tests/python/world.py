"""world.py - what the tests of the package share: keys and archives."""

import os
import subprocess
from datetime import datetime, timezone

import sheaf

SECRET = sheaf.SecretKey.generate()
KEY = SECRET.public_key
OTHER = sheaf.SecretKey.generate()
TIME = datetime(2024, 5, 1, 12, 0, 0, tzinfo=timezone.utc)


def body(n, rev=1):
    return ("Article %d, as it was written the %d. time.\n" % (n, rev)) * (
        1 + n % 7)


def write(folder, count=20, name="news.sheaf", key=SECRET, revised=(3, 5),
          **options):
    """An archive of a/0, a/1 and so on; those in `revised` have two
    revisions, in one generation."""
    path = os.path.join(folder, name)
    with sheaf.create(path, key=key, time=TIME, level=1, **options) as w:
        for n in range(count):
            w.add("a/%d" % n, body(n), headline="Headline %d" % n,
                  section="odd" if n % 2 else "Even",
                  published="2024-%02d-11" % (1 + n % 12),
                  url="https://example.org/%d" % n)
        for n in revised:
            w.add("a/%d" % n, body(n, 2), headline="Newer %d" % n)
    return path


def compiled(folder, name, text, *options):
    """The path of what the C compiler makes of a text."""
    path = os.path.join(folder, name)
    with open(path + ".c", "w") as out:
        out.write(text)
    # A preloaded sanitizer is not meant for the compiler.
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    subprocess.run([*os.environ.get("CC", "cc").split(), *options, "-o", path,
                    path + ".c"], check=True, env=environment)
    return path


def raises(kind, function, *arguments, **named):
    """What is raised, which must be exactly of that kind."""
    try:
        function(*arguments, **named)
    except BaseException as e:
        if type(e) is kind:
            return e
        raise AssertionError("%r instead of %s" % (e, kind.__name__)) from e
    raise AssertionError("no %s" % kind.__name__)
