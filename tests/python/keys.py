"""keys.py - keys, and their files; minisign reads them if it is there."""

import os
import shutil
import stat
import subprocess

import sheaf
from world import KEY, SECRET, raises


def test_files(folder):
    secret, public = folder + "/k.sec", folder + "/k.pub"
    SECRET.save(secret)
    KEY.save(public)
    assert stat.S_IMODE(os.stat(secret).st_mode) == 0o600
    raises(FileExistsError, SECRET.save, secret)
    raises(FileExistsError, KEY.save, public)
    assert sheaf.PublicKey.load(public) == KEY
    again = sheaf.SecretKey.load(secret)
    assert again.public_key == KEY and again.format() == SECRET.format()
    assert sheaf.SecretKey.load(secret, "ignored").public_key == KEY
    with open(public, "rb") as file:
        assert file.read() == KEY.format()
    assert sheaf.PublicKey.parse(str(KEY)) == KEY
    assert len(KEY.number) == 16 and KEY.number in KEY.format().decode()
    path = folder + "/by-path.sheaf"
    with sheaf.create(path, key=secret) as w:
        w.add("x", "y")
    with sheaf.open(path, key=public) as a:
        assert a.verify(public).signer == KEY


def test_not_keys(folder):
    for bad in ("", "x", b"\0\xff", "untrusted comment: x\n", b"RW" * 500,
                SECRET.format()):
        raises(sheaf.Invalid, sheaf.PublicKey.parse, bad)
        if bad != SECRET.format():
            raises(sheaf.Invalid, sheaf.SecretKey.parse, bad)
    raises(sheaf.Invalid, sheaf.SecretKey.parse, KEY.format())
    raises(FileNotFoundError, sheaf.PublicKey.load, folder + "/none")
    raises(FileNotFoundError, sheaf.SecretKey.load, folder + "/none")
    raises(ValueError, sheaf.PublicKey(b"x", b"y").format)


def test_secrets_are_kept(folder):
    import pickle
    assert "key" not in repr(vars(SECRET)).replace("_key", "")
    assert repr(SECRET) == "<sheaf.SecretKey>"
    raises(TypeError, pickle.dumps, SECRET)
    raises(TypeError, sheaf.SecretKey)
    with sheaf.SecretKey.parse(SECRET.format()) as k:
        inner = k._key
        assert any(inner.key)
    assert not any(inner.key) and "wiped" in repr(k)
    raises(ValueError, k.format)
    raises(ValueError, lambda: k.public_key)


def test_minisign(folder):
    if shutil.which("minisign") is None:
        raise NotImplementedError("minisign is not installed")
    SECRET.save(folder + "/k.sec")
    KEY.save(folder + "/k.pub")
    with open(folder + "/text", "w") as out:
        out.write("text\n")
    subprocess.run(["minisign", "-S", "-s", "k.sec", "-m", "text"],
                   cwd=folder, check=True, capture_output=True)
    subprocess.run(["minisign", "-V", "-p", "k.pub", "-m", "text"],
                   cwd=folder, check=True, capture_output=True)
    subprocess.run(["minisign", "-G", "-W", "-s", "m.sec", "-p", "m.pub"],
                   cwd=folder, check=True, capture_output=True)
    assert sheaf.SecretKey.load(folder + "/m.sec").public_key == \
        sheaf.PublicKey.load(folder + "/m.pub")


def test_passphrase(folder):
    if os.environ.get("FLAVOUR") == "asan":
        raise NotImplementedError("this needs 1 GiB of memory")
    text = SECRET.format("word")
    raises(ValueError, sheaf.SecretKey.parse, text)
    raises(sheaf.NotAuthentic, sheaf.SecretKey.parse, text, "wrong")
    assert sheaf.SecretKey.parse(text, "word").public_key == KEY
