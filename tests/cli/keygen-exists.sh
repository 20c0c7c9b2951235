# Neither file is replaced without -f.
both sheaf keygen
echo mine > k.sec
both sheaf keygen -W -p k.pub -s k.sec
ls
echo mine > k.pub
rm k.sec
both sheaf keygen -W -p k.pub -s k.sec
ls
sheaf keygen -f -W -p k.pub -s k.sec > /dev/null && ls -l | wc -l
