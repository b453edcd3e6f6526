#!/bin/sh
# Keeps what ARCHITECTURE.md states and a machine can check: who may depend on whom, what libraries may not do, how
# large a file may grow, and that the collector is built without TLS, tokio and SQLite.
set -eu
cd "$(dirname "$0")/.."
faults=0
fault() {
    echo "check-architecture: $*" >&2
    faults=1
}

# Libraries: the first word depends on the others and on no other crate of ours.
allowed() {
    case $1 in
        alert | carry | cli | record | gateway | setup) echo "" ;;
        bridge) echo "record gateway" ;;
        casework) echo "record turns judge" ;;
        tap) echo "record rules" ;;
        tail | transfer | turns | rules | judge | store | sandbox) echo "record" ;;
        *) fault "lib/$1 is not in the table of dependencies (ARCHITECTURE.md and this script)" ;;
    esac
}
for manifest in lib/*/Cargo.toml; do
    crate=$(basename "$(dirname "$manifest")")
    allowed=$(allowed "$crate")
    used=$(sed -n '/^\[dev-dependencies\]/q; s/^sentrix-\([a-z]*\).*/\1/p' "$manifest")
    for other in $used; do
        case " $allowed " in
            *" $other "*) ;;
            *) fault "lib/$crate depends on lib/$other; it may use: ${allowed:-nothing of ours}" ;;
        esac
    done
done

# Libraries never print, exit, or read the environment or the arguments; only lib/cli and the programs do.
for word in 'println!' 'eprintln!' 'process::exit' 'env::var' 'env::args' 'dbg!('; do
    found=$(grep -rnF "$word" lib --include='*.rs' | grep -v '^lib/cli/' | grep -v '/build.rs:\|/tests/\|/examples/\|_tests\.rs:\|:\s*//' || true)
    [ -z "$found" ] || fault "libraries may not use $word:
$found"
done

# One type, one file: small files. main.rs parses, runs and exits.
for file in $(git ls-files -co --exclude-standard '*.rs'); do
    [ -f "$file" ] || continue
    bytes=$(wc -c <"$file")
    [ "$bytes" -le 20480 ] || fault "$file has $bytes bytes; 16 kB is the aim and 20 kB the bound"
done
for main in bins/*/main.rs; do
    lines=$(wc -l <"$main")
    [ "$lines" -le 50 ] || fault "$main has $lines lines; it should parse, run and exit"
done

# The collector goes into the container: small, and nothing in it that it does not need.
tree=$(cargo tree --quiet --edges normal --no-default-features --features collect --prefix none)
for crate in tokio rusqlite libsqlite3-sys native-tls openssl rustls bollard; do
    case $tree in
        *"$crate v"*) fault "the collector is built with $crate" ;;
    esac
done

# No crate is its own parser of dates, databases or TLS where a kept one is chosen; unsafe code is forbidden everywhere.
grep -q 'unsafe_code = "forbid"' Cargo.toml || fault "unsafe_code is no longer forbidden"

[ "$faults" = 0 ] || exit 1
echo "architecture: ok"
