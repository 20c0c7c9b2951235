# What was appended to an older copy, and written behind the archive, makes
# readers take its last generation for inserted bytes. repair does not drop it.
sheaf keygen -W -p old.pub -s old.key > /dev/null
sheaf keygen -W -p new.pub -s new.key > /dev/null
line '{"id":"1","title":"Ferry","text":"The ferry is late, for the third time in this week.\n"}' > a.jsonl
line '{"id":"2","title":"Bus","text":"The bus is late, for the fourth time in this week.\n"}' > b.jsonl
sheaf pack -q -o a.sheaf $TIME -n example.org/a -s old.key a.jsonl
cp a.sheaf copy.sheaf
size=$(wc -c < a.sheaf)
sheaf rekey -q a.sheaf $TIME -s old.key --new-key new.key
sheaf append -q --unsigned copy.sheaf $TIME b.jsonl
tail -c +$((size + 1)) copy.sheaf > more
cat a.sheaf more > both.sheaf
sheaf verify both.sheaf -p old.pub --no-pins > out 2>&1
line "$? $(grep -c 'bytes were inserted' out)"
sheaf repair both.sheaf -o out.sheaf 2> err
line "$? $(grep -c 'another state of the archive is in the file, with 4 leaves' err)"
test ! -e out.sheaf && line 'nothing is written'
# What is of another archive is left out.
sheaf pack -q -o other.sheaf $TIME -n example.org/b b.jsonl
{
    head -c "$size" a.sheaf
    cat other.sheaf
    tail -c +$((size + 1)) a.sheaf
} > both.sheaf
sheaf repair -q both.sheaf -o out.sheaf -f
line $?
sheaf verify -q out.sheaf -p old.pub --no-pins
cmp out.sheaf a.sheaf && line 'as it was'
