sheaf --version | sed 's/[0-9][0-9a-z.-]*/N/'
