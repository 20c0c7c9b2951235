# An address in a list of members is refused, and not asked.
packed
{ echo a.sheaf && echo http://127.0.0.1:9/b.sheaf; } > all.sheaves
both sheaf verify all.sheaves
both sheaf list all.sheaves
