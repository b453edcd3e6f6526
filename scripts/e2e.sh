#!/bin/sh
# Builds the sandbox image and tries it: the real OpenClaw, a scripted model, Docker. Also `make e2e`.
#
#   BASE_IMAGE        the image to build on (default: one made with no registry by scripts/base-image.sh, kept as sentrix-base:local)
set -eu
cd "$(dirname "$0")/.."

for tool in docker node cargo; do
    command -v "$tool" >/dev/null || {
        echo "e2e: $tool is not installed" >&2
        exit 4
    }
done
# Without a browser one test is left out, which CI may not do.
if [ "${CI:-}" = true ] && ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
    echo "e2e: chromium is not installed" >&2
    exit 4
fi
if [ -z "${BASE_IMAGE:-}" ]; then
    BASE_IMAGE=sentrix-base:local
    # Where npm trusts a private CA of this machine, npm in the build must trust it as well.
    docker image inspect "$BASE_IMAGE" >/dev/null 2>&1 || SENTRIX_BASE_CA=${SENTRIX_BASE_CA:-${NODE_EXTRA_CA_CERTS:-}} scripts/base-image.sh "$BASE_IMAGE"
fi
scripts/image.sh sentrix-openclaw:latest --build-arg "BASE_IMAGE=$BASE_IMAGE" >&2
cargo build --release --quiet

# Node 20 and 21 have the WebSocket client behind a flag.
[ "$(node -p 'typeof WebSocket')" = function ] || NODE_OPTIONS="--experimental-websocket ${NODE_OPTIONS:-}"
export NODE_OPTIONS="${NODE_OPTIONS:-}"
exec node --test tests/e2e/
