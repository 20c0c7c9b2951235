# Articles of two archives that number theirs from 1 become revisions of each
# other: merge says how many look like that. A correction does not.
for i in 1 2; do
    line "{\"id\":\"$i\",\"title\":\"Goal $i\",\"url\":\"https://s.example/$i\",\"date\":\"2026-02-01\",\"text\":\"A.\\n\"}"
done > sport.jsonl
{
    line '{"id":"1","title":"Budget","url":"https://n.example/1","date":"2026-02-01","text":"B.\n"}'
    line '{"id":"2","title":"A goal","url":"https://s.example/2","date":"2026-02-02","text":"C.\n"}'
} > news.jsonl
for name in sport news; do sheaf pack -q $TIME -o $name.sheaf $name.jsonl; done
both sheaf merge -q sport.sheaf news.sheaf -o m.sheaf
sheaf merge -f --json sport.sheaf news.sheaf -o m.sheaf 2> /dev/null | grep -o '"unlike":[0-9]*'
both sheaf merge -q sport.sheaf sport.sheaf -o n.sheaf
