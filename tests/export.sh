#!/bin/sh
# export.sh - what extract writes is read by other programs: Python's modules,
# unzip, bsdtar, sqlite3; warcio and papaparse of npm. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" export.py
