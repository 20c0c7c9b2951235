#!/bin/sh
# units.sh - parts of the page that need no browser. Prints TAP.
cd "$(dirname "$0")/../.." || exit 2
exec node --no-warnings tests/web/units.mjs
