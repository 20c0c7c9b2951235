# An address that is nearly there is named.
cat > news.jsonl << 'END'
{"url": "https://www.example.org/a/", "text": "a"}
{"id": "b", "url": "http://example.org/b?id=1&x=2", "text": "b"}
{"url": "https://example.org/c?utm_source=feed&p=3", "text": "c"}
END
sheaf pack -q -o a.sheaf news.jsonl
sheaf get a.sheaf 'http://example.org/b?id=1&x=2'; echo
for url in http://Example.org/a 'https://www.example.org/b/?id=1&utm_medium=x&x=2#top' \
    'https://example.org/c?p=3' https://example.org/d 'http://' b2; do
    both sheaf get a.sheaf "$url"
done
# Of several, each costs only a few lookups: no list is read for a hint.
both sheaf get a.sheaf 'https://example.org/c?p=3' http://Example.org/a
