#!/bin/sh
# cluster.sh - the examples for Kubernetes and Spark: their text, and what they
# do, with a Spark of 20 lines and the pods one after the other. Prints TAP.
cd "$(dirname "$0")" || exit 2
exec "${PYTHON:-python3}" cluster.py
