#!/bin/sh
# serve.sh - a server under load for SECONDS (60), with slow and broken clients
# beside it. Prints TAP, and what wrk says. Needs wrk.
cd "$(dirname "$0")/.." || exit 2
exec "${PYTHON:-python3}" slow/serve.py
