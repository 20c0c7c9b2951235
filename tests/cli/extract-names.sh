# IDs that are no safe paths get names that are.
"$PYTHON" - << 'END' > news.jsonl
import json
for i in ("/etc/passwd", "../up", "a/../../b", "x//y", "dir/", ".", "%41",
          "https://example.org/?q=1", "sp ace", "é" * 300):
    print(json.dumps({"id": i, "text": i}))
END
sheaf pack -q -o a.sheaf news.jsonl
sheaf extract a.sheaf -C out
ls -A
ls -A out | sed 's/\(é\{5\}\)é*/\1.../'
sheaf extract a.sheaf -C out 2>&1 | sed 's/é*//'
# A file that is a folder for another file, in either order.
"$PYTHON" - << 'END'
import io, tarfile
for name, paths in (("1", ("a", "a/b", "c")), ("2", ("a/b", "a", "c"))):
    with tarfile.open(name + ".tar", "w") as t:
        for p in paths:
            info = tarfile.TarInfo(p)
            info.size = 1
            t.addfile(info, io.BytesIO(b"x"))
END
for n in 1 2; do
    sheaf pack -q -o $n.sheaf $n.tar
    sheaf extract $n.sheaf -C out$n
    (cd out$n && find . -type f | sort | sed 's/%[0-9a-f]\{16\}$/%HASH/')
done
