# With a key: by file, by its text, the wrong one, and what is none.
packed -s "$CLI/key.sec"
t sheaf get a.sheaf -p "$CLI/key.pub" a1
t sheaf get a.sheaf -P "$(sed -n 2p "$CLI/key.pub")" a1 | tail -n 2
both sheaf get a.sheaf -p "$CLI/other.pub" a1
both sheaf get a.sheaf -P nonsense a1
both sheaf get a.sheaf -p news.jsonl a1
both sheaf get a.sheaf -p missing a1
sheaf pack -q -f -o a.sheaf news.jsonl
both sheaf get a.sheaf -p "$CLI/key.pub" a1
