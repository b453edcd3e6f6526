#!/bin/sh
# Checks every shell script of the repository with shellcheck.
set -eu
cd "$(dirname "$0")/.."
command -v shellcheck >/dev/null || {
    echo "check-shell: shellcheck is not installed; on Debian: apt-get install -y shellcheck" >&2
    exit 4
}
git ls-files -co --exclude-standard | while IFS= read -r file; do
    [ -f "$file" ] || continue
    case $(head -c 48 "$file" | head -n 1 | tr -d '\0') in
        '#!'*/sh* | '#!'*bash* | '# shellcheck shell='*) printf '%s\n' "$file" ;;
    esac
done | xargs -r shellcheck -x
echo "shellcheck: ok"
