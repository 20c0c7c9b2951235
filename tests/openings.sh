#!/bin/sh
# openings.sh - inputs of nothing but things that begin and do not end take
# sheaf-import a time in proportion to their size. See openings.py. Prints TAP.
cd "$(dirname "$0")/.." || exit 2
exec "${PYTHON:-python3}" -S tests/openings.py
