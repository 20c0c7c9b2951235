# The options of a command, in two ways.
t sheaf help list
t sheaf get --help
