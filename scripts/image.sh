#!/bin/sh
# Builds the sandbox image: static programs from this tree, the rest as sandbox/Dockerfile says.
#
#   scripts/image.sh [TAG] [docker build options…]      such as --build-arg BASE_IMAGE=sentrix-base:local
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
tag=${1:-sentrix-openclaw:latest}
[ $# -eq 0 ] || shift

docker info >/dev/null 2>&1 || {
    echo "image: the Docker engine does not answer; start dockerd first" >&2
    exit 4
}
target=$(uname -m)-unknown-linux-gnu
cd "$root"
for name in collect relay; do
    RUSTFLAGS='-C target-feature=+crt-static' \
        cargo build --release --quiet --target "$target" --no-default-features --features "$name" --bin "sentrix-$name"
done

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$context/bin"
cp sandbox/Dockerfile sandbox/entrypoint.sh sandbox/openclaw.json "$context"
built=${CARGO_TARGET_DIR:-target}/$target/release
cp "$built/sentrix-collect" "$built/sentrix-relay" "$context/bin"
chmod 755 "$context/entrypoint.sh" "$context/bin/"*
chmod 644 "$context/openclaw.json"
docker build --tag "$tag" "$@" "$context"
