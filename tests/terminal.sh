#!/bin/sh
# terminal.sh - the command at a terminal: columns, pager, progress, Ctrl-C,
# the passphrase, and what is not printed there. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" terminal.py
