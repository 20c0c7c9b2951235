# A damaged article does not keep the others from being extracted or listed.
packed --plain --dict none
flip 3 40 a.sheaf
both sheaf extract a.sheaf -C out
ls out
both sheaf extract a.sheaf -C some a1 a3 b1
ls some
both sheaf extract a.sheaf --format jsonl --section science
both sheaf extract a.sheaf --format jsonl --sort title --limit 2
both sheaf list a.sheaf --where id=b1
