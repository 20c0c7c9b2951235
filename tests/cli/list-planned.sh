# An article may be published later than it was last updated. The days of its
# group are those of the update.
for i in $(seq 256); do
    line "{\"id\":\"p$i\",\"title\":\"Planned\",\"text\":\"Text.\",\"published\":\"2024-02-05\",\"updated\":\"2024-01-01\"}"
done > planned.jsonl
for i in $(seq 20); do
    line "{\"id\":\"o$i\",\"title\":\"Old\",\"text\":\"Text.\",\"published\":\"2022-02-05\"}"
done >> planned.jsonl
sheaf pack -q $TIME -o a.sheaf planned.jsonl
sheaf list a.sheaf --since 2024-02 | wc -l
sheaf list a.sheaf --since 2024-02 --until 2024-02-05 | wc -l
sheaf list a.sheaf --until 2024-01 | wc -l
