#!/bin/sh
# search.sh - index and search: words of many scripts, appends, indexes that
# lie or are damaged, and other programs that read them. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" search.py
