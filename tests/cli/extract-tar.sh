# A tar that others read, with names of any length and kind, and times.
mkdir in
printf ' date 1969-12-31 LOCAL\nOld\nSummary\nCaption / WHO\n31 December 1969\n\nBody\n' > in/old.txt
printf 'new' > in/new.txt
long=$(printf '%0120d' 7)
printf 'long' > "in/$long.txt"
printf 'utf-8' > in/é.txt
sheaf pack -q -o a.sheaf in
sheaf extract a.sheaf --format tar -o a.tar
sheaf extract a.sheaf --format tar > b.tar
cmp a.tar b.tar
"$PYTHON" - << 'END'
import tarfile
with tarfile.open("a.tar") as t:
    for m in t:
        name = m.name.encode()
        same = t.extractfile(m).read() == open(b"in/" + name, "rb").read()
        print(m.name, m.size, m.mtime, oct(m.mode), m.uid, same)
END
mkdir out
tar -xf a.tar -C out 2> /dev/null && diff -r in out
