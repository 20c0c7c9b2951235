# Proofs: of one article, by ID and by URL; of several; of what there is not.
packed -s "$CLI/key.sec" -n example.org/news
t sheaf prove a.sheaf a2
t sheaf prove a.sheaf a2 -o a2.proof
t sheaf prove a.sheaf https://example.org/tide -o url.proof
t cmp a2.proof url.proof
t sheaf prove a.sheaf --rev 1 a2 -o first.proof
t sheaf prove a.sheaf a1 a2 b1
t sheaf prove a.sheaf --newest a1 -o newest.proof
t sheaf prove a.sheaf --absent none nothing -o none.proof
both sheaf prove a.sheaf a2 -o a2.proof
both sheaf prove a.sheaf nothing
both sheaf prove a.sheaf --newest nothing
both sheaf prove a.sheaf --absent a1 none
both sheaf prove a.sheaf
both sheaf prove a.sheaf --rev 0 a2
both sheaf prove a.sheaf --rev 7 a2
both sheaf prove a.sheaf --newest --absent a2
both sheaf prove a.sheaf --newest --rev 1 a2
both sheaf prove a.sheaf --from x a2
