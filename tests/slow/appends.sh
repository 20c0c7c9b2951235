#!/bin/sh
# appends.sh - t_append with ten times its generations. Prints TAP. B is the
# folder that the tests were built in.
SHEAF_APPENDS=${SHEAF_APPENDS:-4000}
export SHEAF_APPENDS
exec "${B:-build/test}/tests/t_append"
