#!/bin/sh
# shards.sh - one input packed in pieces with one dictionary: merged, the same
# bytes, wherever it was cut. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" shards.py
