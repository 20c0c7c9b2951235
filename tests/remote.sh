#!/bin/sh
# remote.sh - archives are read from servers that serve well, and from servers
# that lie. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" remote.py
