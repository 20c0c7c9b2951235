#!/bin/sh
# python.sh - the package in src/python, over the library that was built: its
# structs against sheaf.h, its examples, and every public function. Prints TAP.
cd "$(dirname "$0")/python" || exit 2
: "${B:?is where the library is}"
SHEAF_LIBRARY=$B/libsheaf.so
PYTHONPATH=$PWD/../../src/python:$PWD/..
PYTHONDONTWRITEBYTECODE=1
PYTHONUTF8=1
export SHEAF_LIBRARY PYTHONPATH PYTHONDONTWRITEBYTECODE PYTHONUTF8
# What the sanitizers put before every allocation must be loaded first.
case ${FLAVOUR:-test} in
tsan)
    echo "1..0 # SKIP Python is not built for ThreadSanitizer"
    exit 0
    ;;
asan)
    LD_PRELOAD=$("${CC:-cc}" -print-file-name=libasan.so)
    ASAN_OPTIONS=detect_leaks=0
    export LD_PRELOAD ASAN_OPTIONS
    if [ ! -e "$LD_PRELOAD" ]; then
        echo "1..0 # SKIP this compiler's AddressSanitizer cannot be preloaded"
        exit 0
    fi
    ;;
esac
exec "${PYTHON:-python3}" all.py
