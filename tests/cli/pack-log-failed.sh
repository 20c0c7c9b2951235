# A log that was not committed was not begun.
articles
sheaf pack -o a.sheaf -s "$CLI/key.sec" -n example.org/x missing 2> /dev/null
ls "$XDG_STATE_HOME/sheaf/logs"
both sheaf pack -q -o a.sheaf -s "$CLI/key.sec" -n example.org/x news.jsonl
XDG_STATE_HOME= HOME= \
    both sheaf pack -q -o b.sheaf -s "$CLI/key.sec" -n example.org/x news.jsonl
