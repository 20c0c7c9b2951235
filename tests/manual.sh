#!/bin/sh
# manual.sh - what sheaf(1) says of options, messages and JSON against the
# command, the examples and the cases in tests/cli. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" manual.py
