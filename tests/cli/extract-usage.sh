# Formats, and what goes with them.
packed
sheaf extract a.sheaf --format zip | head -c 2; echo
both sheaf extract a.sheaf --format warc -o x
both sheaf extract a.sheaf --format rar
both sheaf extract a.sheaf -o x
both sheaf extract a.sheaf --format tar -C x
echo mine > x
both sheaf extract a.sheaf --format tar -o x
both sheaf extract a.sheaf --format jsonl -o nowhere/x
both sheaf extract a.sheaf -C x
ls
