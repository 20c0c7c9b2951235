# Unpacked dictionaries are kept for the next get. Whatever is done to them,
# the article is the same.
"$PYTHON" - > a.jsonl << 'END'
import json
import random
r = random.Random(7)
words = ["w%x" % r.randrange(1 << 24) for i in range(3000)]
for i in range(1500):
    print(json.dumps({"id": "a/%d" % i,
                      "text": " ".join(r.choice(words) for k in range(200))}))
END
sheaf pack -q -j 1 $TIME -o a.sheaf a.jsonl
folder=$HOME/.cache/sheaf
rm -rf "$HOME/.cache"
count() { ls -A "$folder" 2> /dev/null | wc -l; }
# Not with --no-cache, and where the folder is not one's own.
sheaf get --no-cache a.sheaf a/700 > want
count
mkdir "$HOME/.cache" elsewhere
ln -s "$PWD/elsewhere" "$folder"
sheaf get a.sheaf a/700 | cmp - want
ls elsewhere
rm "$folder"
mkdir -m 777 "$folder"
chmod 777 "$folder"
sheaf get a.sheaf a/700 | cmp - want
count
rmdir "$folder"
: > "$folder"
sheaf get a.sheaf a/700 | cmp - want
rm "$folder"
# Kept, and used: a link to the file would not be.
sheaf get a.sheaf a/700 | cmp - want
count
kept=$folder/$(ls "$folder")
stat -c %a "$folder" "$kept"
cp "$kept" dictionary
sheaf get a.sheaf a/700 | cmp - want
cmp "$kept" dictionary
# Changed: the article is right, and the file too, afterwards.
size=$(wc -c < dictionary)
{ head -c $((size / 2)) dictionary; head -c $((size - size / 2)) /dev/zero; } \
    > "$kept"
sheaf get a.sheaf a/700 > got
echo "= $?"
cmp got want
cmp "$kept" dictionary
head -c "$size" /dev/zero > "$kept"
sheaf get a.sheaf a/700 | cmp - want
: > "$kept"
sheaf get a.sheaf a/700 | cmp - want
cmp "$kept" dictionary
chmod 644 "$kept"
head -c "$size" /dev/zero > "$kept"
sheaf get a.sheaf a/700 | cmp - want
rm "$kept"
ln -s "$PWD/want" "$kept"
sheaf get a.sheaf a/700 | cmp - want
cmp "$kept" dictionary
# An absent ID is said once, and so is damage.
head -c "$size" /dev/zero > "$kept"
chmod 600 "$kept"
sheaf get a.sheaf a/700 none a/1 > got 2> said
echo "= $?"
cat said
sheaf get --no-cache a.sheaf a/700 none a/1 2> /dev/null | cmp - got
# What is too much is removed, the oldest first, and what was left over.
for i in 1 2 3; do
    truncate -s 100M "$folder/$(printf %064d $i)"
    touch -d 2020-01-0$i "$folder/$(printf %064d $i)"
done
: > "$folder/.new-1"
touch -d 2020-01-01 "$folder/.new-1"
rm -f "$kept"
sheaf get a.sheaf a/700 | cmp - want
ls -A "$folder" | grep -v "${kept##*/}"
# Where nothing can be written, nothing is kept.
rm -rf "$HOME/.cache"
: > "$HOME/.cache"
sheaf get a.sheaf a/700 | cmp - want
rm "$HOME/.cache"
(unset HOME; sheaf get a.sheaf a/700) | cmp - want
XDG_CACHE_HOME=relative sheaf get a.sheaf a/700 | cmp - want
ls relative 2>&1
XDG_CACHE_HOME=$PWD/cache sheaf get a.sheaf a/700 | cmp - want
ls cache
