# Commands that need a file say so, and make none that is named -.
packed
for c in 'repack a.sheaf' 'redact a.sheaf a1 --reason x' 'repair a.sheaf' 'recover a.sheaf' 'merge a.sheaf' 'train news.jsonl'; do
    both sheaf $c -o -
done
ls -- - 2> /dev/null
sheaf pack -q $TIME -o - news.jsonl | cmp - a.sheaf && echo pack writes it
