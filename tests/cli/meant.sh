# What was meant, and short options for help.
both sheaf pakc
both sheaf lst
both sheaf help verfiy
both sheaf zebra
both sheaf list --jsno a.sheaf
both sheaf list --zebra a.sheaf
t sheaf -V
sheaf -h | head -n 1
sheaf pack -h | head -n 1
sheaf list a.sheaf -h | head -n 1
