# Articles that were files: metadata and body, which may be any bytes.
mkdir in
printf 'Title\n\nText \342\202\254.\n' > in/a.txt
printf '\377\000bytes' > in/b.bin
sheaf pack -q -o a.sheaf in
sheaf extract a.sheaf --format jsonl
