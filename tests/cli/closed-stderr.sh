# What is closed does not become the archive's descriptor: nothing that was to
# be printed is written into a file. Without standard error all goes well, and
# without standard output what was to be printed fails.
packed
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append $TIME a.sheaf --unsigned more.jsonl 2>&-
echo "append: $?"
sheaf verify a.sheaf 2>&- | sizes
sheaf repack -o b.sheaf a.sheaf <&- 2>&-
echo "repack: $?"
sheaf verify -q b.sheaf
sheaf pack $TIME -o c.sheaf news.jsonl 2> /dev/full
echo "pack: $?"
sheaf verify -q c.sheaf
sheaf pack $TIME -o d.sheaf news.jsonl <&- >&- 2>&-
echo "pack: $?"
cmp c.sheaf d.sheaf
for command in "get a.sheaf a1" "list a.sheaf" "info a.sheaf" "verify a.sheaf"; do
    # shellcheck disable=SC2086
    sheaf $command >&-
    echo "$command: $?"
done
sheaf extract a.sheaf -C out >&- 2>&-
ls out
