# A folder, with one file of JSONL in it; then back.
sheaf pack -q -o a.sheaf "$NEWSROOM"
sheaf extract a.sheaf -C out
diff -r "$NEWSROOM" out | grep -v '^Only in out'
sheaf get a.sheaf 'culture/2024-06-14 museum ledger.txt' |
    cmp - "$NEWSROOM/culture/2024-06-14 museum ledger.txt"
sheaf list a.sheaf --prefix business/
