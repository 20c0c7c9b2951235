# A passphrase from a descriptor; it comes before one from the environment.
# light.sec is locked.sec with scrypt's smallest limits.
articles
line 'open sesame' > passphrase
SHEAF_PASSPHRASE=wrong both sheaf pack -q -o a.sheaf -s "$CLI/light.sec" \
    --passphrase-fd 3 news.jsonl 3< passphrase
sheaf verify -q --no-pins a.sheaf -p "$CLI/locked.pub"
both sheaf sign a.sheaf -s "$CLI/light.sec" --passphrase-fd 3 3< /dev/null
both sheaf sign a.sheaf -s "$CLI/light.sec" --passphrase-fd 9
both sheaf sign a.sheaf -s "$CLI/light.sec" --passphrase-fd x
both sheaf list a.sheaf --passphrase-fd 3
# Articles may follow it on standard input.
cat passphrase news.jsonl | both sheaf pack -q -o b.sheaf -s "$CLI/light.sec" --passphrase-fd 0 --from jsonl -
sheaf list b.sheaf | wc -l
(cat passphrase; line '{"id":"more","text":"More."}') |
    both sheaf append -q b.sheaf -s "$CLI/light.sec" --passphrase-fd 0 --from jsonl -
sheaf get b.sheaf more
