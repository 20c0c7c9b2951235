# What cannot be read of a member is not taken for what is not there, whether
# the folder has an index of IDs or not.
XDG_CACHE_HOME=$PWD/cache
export XDG_CACHE_HOME
mkdir c
line '{"id":"old","title":"Old","url":"http://x.example/3","text":"Old text of it.\n"}' > old.jsonl
line '{"id":"new","title":"New","url":"http://x.example/3","text":"New text of it.\n"}' > new.jsonl
line '{"id":"last","title":"Last","text":"Last text.\n"}' > last.jsonl
sheaf pack -q $TIME -o c/1.sheaf --plain --dict none -n ex.org/1 -s "$CLI/key.sec" old.jsonl
sheaf pack -q $TIME -o 2.sheaf --plain --dict none -n ex.org/2 -s "$CLI/key.sec" new.jsonl
"$PYTHON" -c '
d = bytearray(open("2.sheaf", "rb").read())
d[d.index(b"\x28\xb5\x2f\xfd") + 60] ^= 1
open("c/2.sheaf", "wb").write(d)'
for c in get list "extract --format jsonl"; do
    both sheaf $c c http://x.example/3 | sed 's/ at [0-9]*/ at N/'
    both sheaf $c c http://x.example/3 -p "$CLI/key.pub" --no-pins | sed 's/ at [0-9]*/ at N/'
done
# The end of the newest generation is lost.
cp 2.sheaf c/2.sheaf
sheaf append -q $TIME c/2.sheaf -s "$CLI/key.sec" last.jsonl
lose_end c/2.sheaf
for i in 1 2; do
    both sheaf list c last
    both sheaf list c last -p "$CLI/key.pub" --no-pins
    both sheaf list c old
    both sheaf list c last --revisions
    both sheaf extract c/2.sheaf "l*" --revisions --format jsonl
done | grep -v warning
