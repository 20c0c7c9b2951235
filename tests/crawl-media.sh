#!/bin/sh
# crawl-media.sh - pack --media of crawls: WARC, WACZ and ARC. Prints TAP.
: "${SHEAF_IMPORT:?set it to the program to test}"
here=$(cd "$(dirname "$0")" && pwd) || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
XDG_STATE_HOME=$tmp/state
PYTHONDONTWRITEBYTECODE=1
export XDG_STATE_HOME PYTHONDONTWRITEBYTECODE
cd "$tmp" && "${PYTHON:-python3}" "$here/crawl_media.py"
