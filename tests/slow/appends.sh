#!/bin/sh
# appends.sh - t_append with five times its generations. Prints TAP. B is the
# folder that the tests were built in.
SHEAF_APPENDS=${SHEAF_APPENDS:-2000}
export SHEAF_APPENDS
exec "${B:-build/test}/tests/t_append"
