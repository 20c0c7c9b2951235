#!/bin/sh
# rebuilt.sh - sync --rebuilt: an archive that was made anew is fetched without
# what the copy has. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" rebuilt.py
