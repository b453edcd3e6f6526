#!/bin/sh
# Runs every test and ends by naming what could not be tried on this machine. With CI=true nothing may be left out.
set -eu
cd "$(dirname "$0")/.."
: "${CARGO:=cargo}"

skipped=$(mktemp)
trap 'rm -f "$skipped"' EXIT
SENTRIX_SKIPPED_LOG=$skipped
export SENTRIX_SKIPPED_LOG

# Started in the background of a script, everything would ignore Ctrl-C, also what is tested with it.
set -- env --default-signal=INT,QUIT
"$@" true 2>/dev/null || set --
"$@" "$CARGO" test --workspace --all-features

echo
if [ -s "$skipped" ]; then
    echo "Not tried on this machine:"
    sort -u "$skipped"
    if [ "${CI:-}" = true ]; then
        echo "test: CI must try everything" >&2
        exit 1
    fi
else
    echo "Nothing was left out."
fi
