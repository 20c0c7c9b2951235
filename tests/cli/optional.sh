# Frames that this version does not know: counted, copied, but not where an
# article is removed.
cp "$NEWSROOM/../../spec/vectors/optional.sheaf" a.sheaf
sheaf verify a.sheaf | sizes
sheaf verify a.sheaf --json | tr , '\n' | grep 'frames\|unknown'
both sheaf get a.sheaf news/1
both sheaf repack -q a.sheaf -o b.sheaf
sheaf verify b.sheaf --json | tr , '\n' | grep 'frames\|unknown'
sheaf redact -q a.sheaf news/2 --reason "A name" --unsigned -o c.sheaf $TIME
sheaf verify c.sheaf --json | tr , '\n' | grep 'frames\|unknown'
# An archive of this version has its own text, which stays.
rm a.sheaf
packed
sheaf verify a.sheaf --json | tr , '\n' | grep 'frames\|unknown'
sheaf redact -q a.sheaf a1 --reason "A name" --unsigned -o d.sheaf $TIME
sheaf verify d.sheaf --json | tr , '\n' | grep 'frames\|unknown'
sheaf append -q a.sheaf $TIME news.jsonl
sheaf recover -q a.sheaf -o e.sheaf
sheaf verify e.sheaf --json | tr , '\n' | grep 'frames\|unknown'
