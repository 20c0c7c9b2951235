# The old key is lost: a new log, which holds the old one's last checkpoint.
packed -s "$CLI/key.sec" -n example.org/log
sheaf checkpoint a.sheaf > old.note
sheaf extract a.sheaf --format jsonl -o - |
    sheaf pack -q -o b.sheaf $TIME -s "$CLI/other.sec" -n example.org/log-2 - old.note
sheaf verify --no-pins b.sheaf -p "$CLI/other.pub" | sizes
sheaf get --no-pins -p "$CLI/other.pub" b.sheaf old.note | cmp - old.note
sheaf get b.sheaf a1
