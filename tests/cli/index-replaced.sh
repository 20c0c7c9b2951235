# Whoever writes an archive in the place of another removes the index of that:
# it has words of what may be gone. What is still right stays.
packed
line '{"id":"b1","title":"Other","text":"Zyxwvut.\n"}' > b.jsonl
sheaf pack -q -o b.sheaf $TIME b.jsonl
sheaf repack -q b.sheaf -o gone.sheaf
again() {
    cp b.sheaf old.sheaf
    sheaf index -q old.sheaf
    both "$@"
    test -e old.sheaf.db && echo there
    rm -f old.sheaf old.sheaf.db
}
again sheaf repack -q a.sheaf -o old.sheaf -f
again sheaf merge -q a.sheaf b.sheaf -o old.sheaf -f
again sheaf pack -q -o old.sheaf -f $TIME news.jsonl
again sheaf recover a.sheaf -o old.sheaf -f | sizes
again sheaf repair a.sheaf -o old.sheaf -f | sizes
removed() {
    rm old.sheaf
    sheaf repack -q a.sheaf -o old.sheaf
}
again removed
again sheaf repack -q b.sheaf -o old.sheaf -f
again sheaf repack -q missing.sheaf -o old.sheaf -f
again sheaf append -q old.sheaf $TIME news.jsonl
