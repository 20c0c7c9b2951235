"""proofs.py - making proofs, and checking them without the archive."""

import io
import subprocess

import sheaf
import tap
from world import KEY, OTHER, TIME, body, raises, write


def test_one_article(folder):
    with sheaf.open(write(folder)) as a:
        proof = a.prove("a/2")
        x = a["a/2"]
    for given in (x.body, bytearray(x.body), io.BytesIO(x.body)):
        p = sheaf.check(proof, KEY, id="a/2", body=given)
        assert p.standing == "unknown" and p.body_checked and p.id_checked
        assert not p.meta_checked and p.record.rev == 1
    p = sheaf.check(proof, KEY, meta=x.meta)
    assert p.meta_checked and p.id_checked
    p = sheaf.check(proof, KEY, meta=x.meta_bytes, body=x.body)
    assert p.meta_checked and p.body_checked
    p = sheaf.check(proof, KEY)
    assert not (p.id_checked or p.meta_checked or p.body_checked)
    assert p.signer == KEY and p.key_changes == 0 and len(p.root) == 32
    assert p.sealed in (None, TIME) and p.note.startswith(p.origin.encode())
    assert [r.type for r in p.records] == ["article"]
    assert p.record == p.records[0] and p.record.leaf == 2
    assert p.record.leaf_hash == x.leaf_hash and not p.record.salted
    assert p.record.body_size == len(x.body) and p.record.time == x.time
    for wrong in ({"id": "a/3"}, {"body": x.body + b"."}, {"body": b""},
                  {"meta": {**x.meta, "headline": "h"}},
                  {"id": "a/2", "rev": 2}):
        raises(sheaf.NotAuthentic, sheaf.check, proof, KEY, **wrong)
    raises(sheaf.NotAuthentic, sheaf.check, proof, OTHER.public_key)
    raises(TypeError, sheaf.check, proof, KEY, body=x.text)
    raises(TypeError, sheaf.check, proof, KEY, id=b"a/2")
    raises(TypeError, sheaf.check, proof, None)
    raises(ValueError, sheaf.check, proof, KEY, rev=-1)
    for bad in (b"", b"x", proof[:-20], b"\0" * 1000):
        raises(sheaf.Corrupt, sheaf.check, bad, KEY)
    raises(sheaf.NotAuthentic, sheaf.check, proof, OTHER.public_key,
           id="a/2")


def test_newest(folder):
    with sheaf.open(write(folder)) as a:
        proof = a.prove("a/5", newest=True)
        old = a.read("a/5", 1)
        p = sheaf.check(proof, KEY, id="a/5", body=a["a/5"].body)
        assert (p.standing, p.record.rev, p.revisions) == ("newest", 2, 2)
        p = sheaf.check(proof, KEY, id="a/5", rev=1, body=old.body)
        assert p.standing == "older"
        p = sheaf.check(a.prove("a/5", rev=1), KEY, body=old.body)
        assert p.standing == "unknown" and p.record.rev == 1
        raises(ValueError, a.prove, "a/5", rev=1, newest=True)
        raises(sheaf.NotFound, a.prove, "none")
        raises(sheaf.NotFound, a.prove, "none", newest=True)
        raises(TypeError, a.prove)


def test_several(folder):
    with sheaf.open(write(folder)) as a:
        proof = a.prove("a/1", "a/2", "a/3")
        raises(sheaf.Invalid, sheaf.check, proof, KEY)
        p = sheaf.check(proof, KEY, id="a/2", body=body(2).encode())
        assert len(p.records) == 3 and p.record.leaf == 2
        raises(sheaf.NotAuthentic, sheaf.check, proof, KEY, id="a/4")


def test_absent(folder):
    with sheaf.open(write(folder)) as a:
        proof = a.prove_absent("none", "nor this")
        for id in ("none", "nor this"):
            p = sheaf.check(proof, KEY, id=id)
            assert p.standing == "absent" and p.record is None
        raises(sheaf.NotAuthentic, sheaf.check, proof, KEY, id="a/1")
        raises(ValueError, a.prove_absent, "none", "a/1")
        raises(TypeError, a.prove_absent)


def test_extends(folder):
    path = write(folder)
    with sheaf.open(path) as a:
        old = a.info.note
    from world import SECRET
    with sheaf.append(path, key=SECRET) as w:
        w.add("b", "x")
    with sheaf.open(path) as a, sheaf.open(
            write(folder, 4, "other.sheaf", revised=())) as b:
        proof = a.prove_extends(old)
        c = sheaf.check_extends(proof, old, KEY)
        assert (c.size, c.root) == (a.info.size, a.info.root)
        raises(sheaf.NotAuthentic, sheaf.check_extends, proof, old,
               OTHER.public_key)
        raises(sheaf.NotAuthentic, sheaf.check_extends, proof, b.info.note,
               KEY)
        raises(sheaf.Corrupt, sheaf.check_extends, b"x", old, KEY)
        raises(sheaf.Corrupt, sheaf.check_extends, proof, b"x", KEY)
        raises(sheaf.NotAuthentic, a.prove_extends, b.info.note)
        raises(sheaf.Corrupt, a.prove_extends, b"")


def test_unsigned(folder):
    with sheaf.open(write(folder, key=None)) as a:
        raises(sheaf.NotAuthentic, a.prove, "a/1")
        raises(sheaf.NotAuthentic, a.prove_absent, "none")


def test_the_command_agrees(folder):
    with sheaf.open(write(folder)) as a:
        for name, data in (("proof", a.prove("a/2", newest=True)),
                           ("body", a["a/2"].body), ("pub", KEY.format())):
            with open("%s/%s" % (folder, name), "wb") as out:
                out.write(data)
    got = subprocess.run(
        [tap.SHEAF, "check", "proof", "body", "--id", "a/2", "-p", "pub",
         "--json"], cwd=folder, capture_output=True, text=True, check=True)
    assert '"standing":"newest"' in got.stdout, got.stdout
