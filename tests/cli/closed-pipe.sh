# Who closed the pipe needs no message; a full disk does.
packed
{
    {
        sleep 0.3
        sheaf get a.sheaf a1
        echo "get: $?" >&2
        sheaf pack -q -o - news.jsonl
        echo "pack: $?" >&2
    } | true
} 2>&1
sheaf list a.sheaf > /dev/full
