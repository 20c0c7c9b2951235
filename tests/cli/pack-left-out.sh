# What is no regular file is left out, and said to be; -q says nothing.
mkdir in
echo text > in/a.txt
ln -s a.txt in/b.txt
mkfifo in/c
i=1
while [ $i -le 10 ]; do
    ln -s a.txt in/d$i
    i=$((i + 1))
done
both sheaf pack -o a.sheaf $TIME in | sizes
both sheaf pack -q -f -o a.sheaf in
sheaf list a.sheaf
