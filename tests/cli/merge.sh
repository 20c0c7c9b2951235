# One archive of several: copied frames, the same article once, revisions,
# redactions, old checkpoints, and refusals that leave nothing behind.
tidy() { sed 's/[0-9.]* [kM]*B,/N B,/; s/root [0-9a-f]*…/root R/; s/sheaf\/[0-9a-f]*/ORIGIN/; s/"\(root\|origin\)":"[^"]*"/"\1":N/g; s/"\(raw_\)*bytes":[0-9]*/"bytes":N/g; s/ at [0-9]*\]/ at N]/'; }
mkdir a b
for i in 1 2 3; do
    printf 'Title %s\n\nText %s, which is the text of this article.\n' $i $i > a/$i.txt
done
cp a/3.txt b/3.txt
printf 'Title 2\n\nAnother text.\n' > b/2.txt
printf 'Title 4\n\nText 4.\n' > b/4.txt
(cd a && sheaf pack -q $TIME -o ../a.sheaf -s "$CLI/key.sec" -n a *.txt)
(cd b && sheaf pack -q $TIME -o ../b.sheaf *.txt)
sheaf merge $TIME a.sheaf b.sheaf -o m.sheaf 2>&1 | tidy
t sheaf verify m.sheaf | tidy
t sheaf list --revisions m.sheaf
sheaf get m.sheaf 2.txt --rev 1 | cmp - a/2.txt
sheaf get m.sheaf 2.txt | cmp - b/2.txt
# Signed, and the same bytes with other numbers of threads.
sheaf merge $TIME a.sheaf b.sheaf -q -o s1.sheaf -s "$CLI/key.sec" -n merged -j 1
sheaf merge $TIME a.sheaf b.sheaf -q -o s2.sheaf -s "$CLI/key.sec" -n merged -j 3 --new-log
cmp s1.sheaf s2.sheaf
t sheaf verify s1.sheaf -p "$CLI/key.pub" --no-pins | tidy
both sheaf merge $TIME a.sheaf b.sheaf -q -o s3.sheaf -s "$CLI/key.sec" -n merged | sed 's/key [0-9A-F]*/key N/'
grep -a -c '^a$' s1.sheaf
t sheaf merge $TIME b.sheaf a.sheaf a.sheaf -q -f --json -o m.sheaf | tidy
# An article that was redacted stays redacted.
sheaf redact -q $TIME a.sheaf 3.txt -o r.sheaf --reason 'a request' -s "$CLI/key.sec"
both sheaf merge $TIME r.sheaf a.sheaf -q -f -o m.sheaf
t sheaf verify m.sheaf | tidy
both sheaf get m.sheaf 3.txt
printf 'Title 3\n\nNot the same.\n' > b/3.txt
(cd b && sheaf pack -q $TIME -f -o ../c.sheaf *.txt)
both sheaf merge $TIME r.sheaf c.sheaf -q -o none.sheaf
sheaf redact -q $TIME c.sheaf 3.txt -o d.sheaf --reason 'another' --unsigned
both sheaf merge $TIME r.sheaf d.sheaf -q -f -o m.sheaf
t sheaf verify m.sheaf | tidy
# With a key, each archive must be signed by it.
both sheaf merge a.sheaf r.sheaf -q -f -o m.sheaf -p "$CLI/key.pub" --no-pins
both sheaf merge a.sheaf b.sheaf -q -o none.sheaf -p "$CLI/key.pub" --no-pins
cp a.sheaf u.sheaf
(cd b && sheaf append -q $TIME --unsigned ../u.sheaf 4.txt)
both sheaf merge u.sheaf -q -o none.sheaf -p "$CLI/key.pub" --no-pins
# Damage.
cp b.sheaf bad.sheaf
poke bad.sheaf $(($(first b.sheaf) + 26)) 377
both sheaf merge a.sheaf bad.sheaf -q -o none.sheaf | tidy
both sheaf merge a.sheaf missing.sheaf -q -o none.sheaf
both sheaf merge a.sheaf b.sheaf -q -o m.sheaf
both sheaf merge a.sheaf b.sheaf -q -f -o a.sheaf
both sheaf merge a.sheaf b.sheaf -q -f -o m.sheaf -n a
both sheaf merge a.sheaf b.sheaf -q -f -o m.sheaf -n 'a b'
both sheaf merge a.sheaf b.sheaf
both sheaf merge a.sheaf b.sheaf -o -
ls
