#!/bin/sh
# collection.sh - a folder or list of archives that is read as one: newest
# revisions, keys, broken members, and the index of members. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" collection.py
