#!/bin/sh
# serve.sh - archives over HTTP: ranges, conditions, lists, search, and clients
# that are slow, broken or curious. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" serve.py
