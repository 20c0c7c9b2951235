# The files are minisign's, and the secret one is for its owner.
sheaf keygen -W -p k.pub -s k.sec > printed
sed -n 2p k.pub | diff - printed
sed -n 1p k.pub | sed 's/[0-9A-F]\{16\}/ID/'
sed -n 1p k.sec
ls -l k.pub k.sec | cut -c 1-10
packed -s k.sec
sheaf verify -q a.sheaf -p k.pub
