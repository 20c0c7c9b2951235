#!/bin/sh
# guard.sh - sizes and instructions of the release build, on the small set,
# against committed figures. See tests/bench/guard.py. Prints TAP.
cd "$(dirname "$0")/.." || exit 2
exec "${PYTHON:-python3}" tests/bench/guard.py
