"""Signed, compressed archives of news articles, over libsheaf.

Make a key, and an archive that it signs. The end of the `with` writes the
file; after an exception nothing is written:

>>> import os, sheaf, tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> path = os.path.join(folder.name, "news.sheaf")
>>> secret = sheaf.SecretKey.generate()
>>> key = secret.public_key
>>> with sheaf.create(path, key=secret) as w:
...     w.add("a/1", "The bridge opened on Monday.\\n",
...           headline="Bridge opens", published="2024-03-11")
...     w.add("a/2", "The eel count is up.\\n", section="science",
...           published="2024-04-08", url="https://example.org/eels")
'added'
'added'

An archive is a mapping from IDs to articles. With the public key, everything
that is read is checked up to the signature:

>>> archive = sheaf.open(path, key=key)
>>> len(archive), "a/1" in archive, "a/3" in archive
(2, True, False)
>>> article = archive["a/1"]
>>> article.headline, article.rev, article.text
('Bridge opens', 1, 'The bridge opened on Monday.\\n')
>>> archive.find(url="https://example.org/eels").id
'a/2'
>>> [line.id for line in archive.list(since="2024-04", section="science")]
['a/2']
>>> for a in archive.articles():
...     print(a.id, a.type, len(a.body))
a/1 text/plain 29
a/2 text/plain 21

What is added with the same ID and other content is a new revision:

>>> with sheaf.append(path, key=secret) as w:
...     w.add("a/2", "The eel count is down.\\n", section="science")
'revised'
>>> archive.close()
>>> archive = sheaf.open(path, key=key)
>>> [a.rev for a in archive.revisions("a/2")]
[2, 1]
>>> archive.verify(key).authentic
True

A proof shows one article to somebody who does not have the archive:

>>> proof = archive.prove("a/2", newest=True)
>>> shown = sheaf.check(proof, key, id="a/2", body=archive["a/2"].body)
>>> shown.standing, shown.body_checked
('newest', True)
>>> sheaf.check(proof, key, id="a/2", body=b"forged")
Traceback (most recent call last):
    ...
sheaf.NotAuthentic: the article's text has another length [F15.4]

Failures are exceptions, all of them `sheaf.Error`, with `message`, `clause`
and `offset`:

>>> archive["a/3"]
Traceback (most recent call last):
    ...
sheaf.NotFound: 'a/3': no such article
>>> archive.close()
>>> folder.cleanup()

Calls release the lock of the interpreter, so that threads read at the same
time; any number of them may share an Archive. The library is found as
libsheaf.so.1, or where the environment variable SHEAF_LIBRARY says.
"""

from . import _errors
from ._archive import Archive, open
from ._article import Article, Line, Part
from ._errors import (
    Corrupt, Error, Fork, Incomplete, InputOutput, Invalid, Limit, Missing,
    NotAuthentic, NotFound, OutOfMemory, Redacted, Rollback, Stopped,
    Unsupported,
)
from ._facts import Checkpoint, Info, Report, read_checkpoint
from ._keys import PublicKey, SecretKey
from ._library import VERSION as __version__
from ._proofs import Proof, Record, check, check_extends
from ._writer import NewPart, Writer, Written, append, create

__all__ = [
    "Archive", "Article", "Checkpoint", "Corrupt", "Error", "Fork",
    "Incomplete", "Info", "InputOutput", "Invalid", "Limit", "Line",
    "Missing", "NewPart", "NotAuthentic", "NotFound", "OutOfMemory", "Part",
    "Proof", "PublicKey", "Record", "Redacted", "Report", "Rollback",
    "SecretKey", "Stopped", "Unsupported", "Writer", "Written", "append",
    "check", "check_extends", "create", "open", "read_checkpoint",
]

# Where they are defined is no part of their names.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name, _errors
