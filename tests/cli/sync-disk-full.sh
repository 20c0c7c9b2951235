# A sync that cannot write the copy has not seen a newer archive: the copy is no
# rollback then.
"$PYTHON" -c '
import hashlib
for n in range(60):
    text = " ".join(hashlib.sha256(b"%d.%d" % (n, k)).hexdigest() for k in range(40))
    print("{\"id\":\"n%02d\",\"title\":\"%d\",\"text\":\"%s\"}" % (n, n, text))' > news.jsonl
sheaf pack -q -o a.sheaf $TIME -s "$CLI/key.sec" -n example.org/log news.jsonl
export XDG_STATE_HOME="$PWD/state"
mkdir state
sheaf sync -q a.sheaf copy.sheaf -p "$CLI/key.pub"
line '{"id":"b1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf $TIME -s "$CLI/key.sec" more.jsonl
(
    trap '' XFSZ
    ulimit -f 100
    both sheaf sync a.sheaf copy.sheaf -p "$CLI/key.pub"
)
both sheaf verify -q copy.sheaf -p "$CLI/key.pub"
# Once it can, it has.
both sheaf sync -q a.sheaf copy.sheaf -p "$CLI/key.pub"
head -c 3000 news.jsonl | head -n 1 > less.jsonl
sheaf pack -qf -o old.sheaf $TIME -s "$CLI/key.sec" -n example.org/log \
    --new-log less.jsonl
both sheaf verify -q old.sheaf -p "$CLI/key.pub" | sed 's/[0-9a-f]\{16\}[^ ]*/ID/; s|in .*txt|in EVIDENCE|'
