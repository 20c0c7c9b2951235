# What has no form of a date in metadata has no date, with the key and without.
# Importers give it one.
sheaf pack -q -o a.sheaf $TIME -s "$CLI/key.sec" -n example.org/log - << 'END'
{"id":"a1","title":"1","text":"A","published":"2024-04-04T10:00:00.002992"}
{"id":"a2","title":"2","text":"A","published":"2024-04-04 10:00:00,5"}
{"id":"a3","title":"3","text":"A","published":"2016-12-31T23:59:60Z"}
{"id":"a4","title":"4","text":"A","published":"2024-04-04T10:00:00.5Z"}
END
both sheaf list a.sheaf
both sheaf list --since 2024 a.sheaf
both sheaf list --until 2016 a.sheaf
