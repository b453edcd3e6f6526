#!/bin/sh
# Builds the programs for release and measures them; scripts/bench/__main__.py says what and how.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${SENTRIX_BENCH_BINS:-}" ]; then
    (cd "$root" && cargo build --release --quiet)
fi
exec python3 "$root/scripts/bench" "$@"
