#!/bin/sh
# splits.sh - ranges of an archive for engines that share out work: info
# --splits and extract --leaves. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" splits.py
