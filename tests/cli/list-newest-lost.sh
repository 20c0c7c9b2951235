# The newest revision is lost: with a key, neither list nor extract give the
# older one for it.
packed -s "$CLI/key.sec"
line '{"id":"b1","title":"Again","text":"Another text, longer than before.\n"}' > more.jsonl
sheaf append -q a.sheaf $TIME -s "$CLI/key.sec" more.jsonl
at=$(LC_ALL=C grep -obaP '\x28\xb5\x2f\xfd' a.sheaf | tail -n 2 | head -n 1 | cut -d : -f 1)
poke a.sheaf $((at + 20)) 000
poke a.sheaf $((at + 21)) 000
both sheaf list a.sheaf -p "$CLI/key.pub" --no-pins | sed 's/zstd: .*/WHY/; s/frame .*/WHY/; s/: [a-z ]*$/: WHY/'
both sheaf extract a.sheaf -p "$CLI/key.pub" --no-pins --format jsonl -o - | grep -c '"b1"'
both sheaf list --revisions a.sheaf -p "$CLI/key.pub" --no-pins | grep b1
