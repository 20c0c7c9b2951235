# What to list. Bounds are days as they are written, both included.
packed
t sheaf list a.sheaf --since 2024-02
t sheaf list a.sheaf --since 2024-02-29 --until 2024
t sheaf list a.sheaf --until 2024-01
t sheaf list a.sheaf --section SCIENCE
t sheaf list a.sheaf --title 'TIDE table'
t sheaf list a.sheaf --prefix b
t sheaf list a.sheaf --prefix b --section local
both sheaf list a.sheaf --since 2024-13
both sheaf list a.sheaf --since 24
both sheaf list a.sheaf --until 2024-01-01T00:00:00Z
