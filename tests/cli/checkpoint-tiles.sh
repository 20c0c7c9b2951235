# The tree as files; tests/tiles.sh computes with them.
packed -n example.org/log
both sheaf checkpoint a.sheaf --tiles tiles
t sheaf sign -q a.sheaf -s "$CLI/key.sec"
both sheaf checkpoint a.sheaf --tiles tiles
both sheaf checkpoint a.sheaf --tiles tiles --json
find tiles -type f | sort
both sheaf checkpoint a.sheaf --tiles tiles --unsigned
