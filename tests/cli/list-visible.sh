# Characters that move or hide others are shown as what they are.
cat > news.jsonl << 'END'
{"id":"a","title":"one\ttwo\u001b[31mred\u202egnihtyna\u200b.","text":"x"}
{"id":"b\u202e","title":"back\\slash \"quoted\" Ünï \ud83d\ude00","text":"x"}
END
sheaf pack -q -o a.sheaf news.jsonl
t sheaf list a.sheaf
t sheaf list a.sheaf --json
both sheaf get a.sheaf "$(printf 'c\342\200\256d\033')"
