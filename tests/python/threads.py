"""threads.py - several threads that share an archive."""

import gc
import io
import random
import threading

import sheaf
from world import KEY, body, raises, write


def run(function, count=4):
    """Runs it in several threads at once, and raises what they raised."""
    problems = []
    start = threading.Barrier(count)

    def go(n):
        start.wait()
        try:
            function(n)
        except BaseException as e:
            problems.append(e)

    threads = [threading.Thread(target=go, args=(n,)) for n in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if problems:
        raise problems[0]


def test_all_read_right(folder):
    path = write(folder, 500, revised=range(0, 500, 5))
    with open(path, "rb") as file:
        data = file.read()
    for source, key in ((path, None), (path, KEY), (data, KEY),
                        (io.BytesIO(data), None)):
        with sheaf.open(source, key=key) as a:
            def read(n):
                rng = random.Random(n)
                for _ in range(300):
                    i = rng.randrange(500)
                    x = a["a/%d" % i]
                    assert x.text == body(i, x.rev)
                    assert x.rev == (1 if i % 5 else 2)
                    assert "b/%d" % i not in a
                assert [x.id for x in a.articles()] == ids
                assert len(list(a.list(section="odd"))) == len(odd)
                proof = a.prove("a/%d" % n, newest=True)
                assert sheaf.check(proof, KEY, id="a/%d" % n).standing == \
                    "newest"

            ids, odd = list(a), list(a.list(section="odd"))
            run(read)


def test_closed_meanwhile(folder):
    """Who reads while another thread closes gets an article or ValueError."""
    path = write(folder, 100)
    for _ in range(20):
        a = sheaf.open(path)

        def read(n):
            if n == 3:
                a.close()
                return
            try:
                for x in a.articles():
                    assert a[x.id].body == x.body or x.rev
            except ValueError:
                pass

        run(read)


def test_one_iterator_of_two_threads(folder):
    with sheaf.open(write(folder, 2000, revised=())) as a:
        articles = a.articles()
        got = []

        def take(n):
            while True:
                try:
                    got.append(next(articles).id)
                except StopIteration:
                    return
                except ValueError as e:  # the other one is in it
                    assert "already executing" in str(e)

        run(take, 2)
        assert len(got) == len(set(got)) == 2000


def test_authenticate_is_for_one_thread(folder):
    with sheaf.open(write(folder)) as a:
        there, go = threading.Event(), threading.Event()

        def stay():
            a["a/1"]
            there.set()
            go.wait()

        t = threading.Thread(target=stay)
        t.start()
        there.wait()
        raises(RuntimeError, a.authenticate, KEY)
        go.set()
        t.join()
        a.authenticate(KEY)
        assert a.info.authentic


def test_scratches_end_with_their_threads(folder):
    from sheaf import _handles
    with sheaf.open(write(folder)) as a:
        def count():
            gc.collect()
            return sum(isinstance(o, _handles._Scratch)
                       for o in gc.get_objects())

        a["a/1"]
        before = count()
        for _ in range(10):
            run(lambda n: a["a/2"])
        assert count() <= before
