# An encrypted key, and nobody to ask.
articles
both setsid -w "$SHEAF" pack -o a.sheaf -s "$CLI/light.sec" news.jsonl |
    sed "s|$CLI/||; s|$SHEAF|sheaf|"
SHEAF_PASSPHRASE='' both sheaf keygen -p k.pub -s k.sec
ls
