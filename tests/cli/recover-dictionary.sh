# What was removed does not come back with a dictionary of the archive as it was
# before.
"$PYTHON" - << 'END' > news.jsonl
import json
said = " ".join(f"Quexivor Plimtash of {i} Zorblat Lane said so {i * 7} times."
                for i in range(25))
for i in range(300):
    text = "\n".join(f"The council of ward {i * j % 97} said on day {j} that "
                     f"ferry {i + j} runs." for j in range(20))
    print(json.dumps({"id": f"n{i}", "title": f"Harbour {i}", "text": text}))
    if i in (100, 101):
        print(json.dumps({"id": f"secret{i}", "title": "Q", "text": f"{said} {i}."}))
END
has() {
    rm -rf dicts
    sheaf dict "$1" -C dicts > said
    cat dicts/* | tr a-z A-Z | grep -a -o -E 'QUEXIVOR|PLIMTASH' | sort -u
}
for plain in "" --plain; do
    sheaf pack -q -f -o a.sheaf $TIME $plain news.jsonl
    has a.sheaf
    t sheaf redact -q -f a.sheaf secret100 secret101 -o b.sheaf --unsigned \
        --reason asked $TIME
    has b.sheaf
    cat a.sheaf b.sheaf > both
    both sheaf recover both -f -o c.sheaf
    has c.sheaf
    # Plain where that was.
    [ "$(tail -c 3 dicts/*)" = WDS ] && echo "a table of words"
    # As small as one that is packed.
    sheaf extract -f -q b.sheaf --format jsonl -o left.jsonl
    sheaf pack -q -f -o d.sheaf $TIME $plain left.jsonl
    [ "$(wc -c < c.sheaf)" -lt $(($(wc -c < d.sheaf) * 11 / 10)) ] || wc -c ?.sheaf
    t sheaf verify -q c.sheaf
done
