# Headlines of articles that share a frame are in the frame.
articles
sheaf pack -q -o a.sheaf $TIME -j 1 news.jsonl
sheaf pack -q -o b.sheaf $TIME -j 1 --block 64K news.jsonl
sheaf list a.sheaf --revisions > a
sheaf list b.sheaf --revisions | cmp - a && line 'the same list'
t sheaf verify -q b.sheaf
# If the frame is damaged, its articles are named.
"$PYTHON" - << 'END'
data = bytearray(open("b.sheaf", "rb").read())
at = data.index(b"\x28\xb5\x2f\xfd") + 60
data[at] ^= 1
open("c.sheaf", "wb").write(data)
END
both sheaf list --revisions c.sheaf
