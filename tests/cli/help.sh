# What there is.
t sheaf help
t sheaf --help
