# Members of an archive may have any name; what comes back stays below.
"$PYTHON" - << 'END'
import io, tarfile
with tarfile.open("in.tar", "w") as t:
    for name in ("/abs.txt", "../up.txt", "ok/a.txt", "a/./b.txt"):
        info = tarfile.TarInfo(name)
        info.size = 3
        t.addfile(info, io.BytesIO(b"hi\n"))
END
sheaf pack -q -o a.sheaf in.tar
sheaf list a.sheaf | cut -f 1
sheaf extract a.sheaf -C out
find out -type f | sort
ls -A
