# Commands that need a file say so, and make none that is named -.
packed
for c in 'repack a.sheaf' 'redact a.sheaf a1 --reason x' 'repair a.sheaf' 'recover a.sheaf' 'merge a.sheaf' 'train news.jsonl'; do
    both sheaf $c -o -
done
both sheaf keygen -W -p k.pub -s -
both sheaf keygen -W -p - -s k.sec
both sheaf pack -q -o b.sheaf --report - news.jsonl
both sheaf pack -q -o b.sheaf --rejects - news.jsonl
both sheaf sync a.sheaf -
ls -- - k.* b.sheaf 2> /dev/null
sheaf pack -q $TIME -o - news.jsonl | cmp - a.sheaf && echo pack writes it
