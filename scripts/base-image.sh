#!/bin/sh
# Makes the base image of sandbox/Dockerfile with no container registry: Debian packages through mmdebstrap, Node and npm from npm.
#
#   scripts/base-image.sh [TAG]        default sentrix-base:local; then docker build --build-arg BASE_IMAGE=TAG …
#
# Needs root (for mmdebstrap), docker, mmdebstrap and npm. On a machine whose certificate store holds a private CA, set
# SENTRIX_BASE_CA to the bundle (as /etc/ssl/certs/ca-certificates.crt) to put it into this image, so that npm in the build trusts it;
# such a base is for this machine only, never push it.
set -eu

NODE_VERSION=${NODE_VERSION:-26.10.0}
NPM_VERSION=${NPM_VERSION:-11}
SUITE=${SUITE:-bookworm}
tag=${1:-sentrix-base:local}

need() {
    command -v "$1" >/dev/null || {
        echo "base-image: $1 is not installed; on Debian: apt-get install -y --no-install-recommends $2" >&2
        exit 4
    }
}
need docker docker.io
need mmdebstrap mmdebstrap
need npm npm
docker info >/dev/null 2>&1 || {
    echo "base-image: the Docker engine does not answer; start dockerd first" >&2
    exit 4
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

case $(uname -m) in
    x86_64) platform=x64 ;;
    aarch64) platform=arm64 ;;
    *)
        echo "base-image: no Node package for $(uname -m)" >&2
        exit 4
        ;;
esac
echo "base-image: Node $NODE_VERSION, npm $NPM_VERSION" >&2
(cd "$dir" && npm pack --silent "node-linux-$platform@$NODE_VERSION" "npm@$NPM_VERSION" >/dev/null)
mkdir -p "$dir/add/usr/local/bin" "$dir/add/usr/local/lib/node_modules/npm" "$dir/node"
tar xzf "$dir"/node-linux-*.tgz -C "$dir/node" --strip-components=1
tar xzf "$dir"/npm-*.tgz -C "$dir/add/usr/local/lib/node_modules/npm" --strip-components=1
cp "$dir/node/bin/node" "$dir/add/usr/local/bin/node"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$dir/add/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$dir/add/usr/local/bin/npx"
chmod -R u+rwX,go+rX,go-w "$dir/add"
chmod 755 "$dir/add/usr/local/bin/node" "$dir/add/usr/local/lib/node_modules/npm/bin/"*.js
env=
if [ -n "${SENTRIX_BASE_CA:-}" ]; then
    mkdir -p "$dir/add/etc/ssl/certs"
    cp "$SENTRIX_BASE_CA" "$dir/add/etc/ssl/certs/ca-certificates.crt"
    env="ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
fi
tar --create --file "$dir/add.tar" --owner=0 --group=0 --numeric-owner -C "$dir/add" .

echo "base-image: Debian $SUITE" >&2
mmdebstrap --quiet --variant=minbase --include=ca-certificates,libatomic1 --customize-hook="tar-in $dir/add.tar /" \
    "$SUITE" "$dir/root.tar" >&2

docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' ${env:+--change "$env"} \
    "$dir/root.tar" "$tag" >/dev/null
docker run --rm --network none "$tag" node --version >/dev/null || {
    echo "base-image: Node does not run in $tag" >&2
    exit 4
}
echo "$tag"
