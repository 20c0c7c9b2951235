# Newest revisions, in the order of packing; or all.
packed
t sheaf list a.sheaf
t sheaf list a.sheaf --revisions
t sheaf list a.sheaf --json
