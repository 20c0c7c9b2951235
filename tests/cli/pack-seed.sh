# An article as the extractor of a news site leaves it.
mkdir seed
cat > seed/article.txt << 'END'
 date 2025-02-15 POLITICS
Recount ends where it began
Four hundred people counted for nine days.
The town hall on Saturday / A. PHOTOGRAPHER
15 February 2025

They counted it all again.
Related
Nine days in a cold hall
END
sheaf pack -q -o a.sheaf seed
sheaf get a.sheaf article.txt --meta
sheaf get a.sheaf article.txt | cmp - seed/article.txt
