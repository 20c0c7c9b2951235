# Articles a month.
packed
t sheaf info a.sheaf --plot
t sheaf info a.sheaf --plot --json
t sheaf info a.sheaf --plot -o a.svg
"$PYTHON" -c '
import xml.dom.minidom
d = xml.dom.minidom.parse("a.svg")
print([t.firstChild.data for t in d.getElementsByTagName("text")])'
both sheaf info a.sheaf --plot -o a.svg
both sheaf info a.sheaf -o b.svg
line '{"id":"o","date":"1900-01-01","text":"old"}' > o.jsonl
line '{"id":"p","text":"none"}' >> o.jsonl
sheaf append -q a.sheaf o.jsonl
t sheaf info a.sheaf --plot
printf '' | sheaf pack -q -o e.sheaf --from jsonl -
t sheaf info e.sheaf --plot
