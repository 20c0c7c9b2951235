#!/bin/sh
# tiles.sh - the tree as tiles: roots, inclusion and consistency are computed
# from the files alone. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" tiles.py
