#!/bin/sh
# page.sh - the page in Chromium: what it shows of archives that are good,
# signed by others, changed, or made to deceive. Prints TAP. SHOTS=DIR keeps
# pictures of it.
cd "$(dirname "$0")/../.." || exit 2
exec "${PYTHON:-python3}" tests/web/page.py
