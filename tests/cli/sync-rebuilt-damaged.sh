# What the copy cannot give is compared by its hash, and named if that says
# nothing: the copy stays then.
article() { line "{\"id\":\"$1\",\"title\":\"T\",\"text\":\"text of $2\"}"; }
(article a a; article b b; article c c) > 3.jsonl
(article a a; article b b) > 2.jsonl
(article a a; article b b; article c other) > changed.jsonl
sheaf pack -q $TIME --no-lines -o old.sheaf -n ex.org/old --plain --dict none -s "$CLI/key.sec" 3.jsonl
"$PYTHON" -c '
d = bytearray(open("old.sheaf", "rb").read())
at = d.rindex(b"\x28\xb5\x2f\xfd", 0, d.index(b"GRP\x01"))
d[at + 20:at + 28] = bytes(8)
open("damaged.sheaf", "wb").write(d)'
for new in 2 3 changed; do
    echo "# $new"
    rm -f copy.sheaf*
    sheaf pack -q -f $TIME --no-lines -o new.sheaf -n ex.org/$new -s "$CLI/key.sec" $new.jsonl
    cp damaged.sheaf copy.sheaf
    both sheaf sync new.sheaf copy.sheaf --rebuilt -p "$CLI/key.pub" --no-pins --json |
        sed 's/"bytes":[0-9]*,"fetched":[0-9]*/N/; s/ at [0-9]*/ at N/'
    ls copy.sheaf*
    cmp new.sheaf copy.sheaf
done
