# A file that is there stays, without -f.
articles
echo mine > a.sheaf
both sheaf pack -o a.sheaf news.jsonl
cat a.sheaf
both sheaf pack -q -f -o a.sheaf news.jsonl
both sheaf list a.sheaf --prefix b1
both sheaf pack -o nowhere/a.sheaf news.jsonl
