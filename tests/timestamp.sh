#!/bin/sh
# timestamp.sh - time stamps over checkpoints, by authorities that are good or
# lie; openssl agrees. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" timestamp.py
