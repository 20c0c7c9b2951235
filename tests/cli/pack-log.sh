# One name and key, one log: a second is refused.
packed -s "$CLI/key.sec" -n example.org/log
both sheaf pack -o b.sheaf -s "$CLI/key.sec" -n example.org/log news.jsonl
both sheaf pack -q -o b.sheaf -s "$CLI/other.sec" -n example.org/log news.jsonl
both sheaf pack -q -o c.sheaf -s "$CLI/key.sec" -n example.org/log2 news.jsonl
both sheaf pack -q -o d.sheaf -n example.org/log news.jsonl
both sheaf pack -q -o e.sheaf -s "$CLI/key.sec" -n example.org/log --new-log \
    news.jsonl
ls
ls -l "$XDG_STATE_HOME/sheaf/logs" | wc -l
