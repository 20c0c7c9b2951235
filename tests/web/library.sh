#!/bin/sh
# library.sh - the library in WebAssembly says what the command says: of all
# vectors, of articles byte for byte, and of servers that lie. Prints TAP.
cd "$(dirname "$0")/../.." || exit 2
exec "${PYTHON:-python3}" tests/web/library.py
