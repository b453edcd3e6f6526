#!/bin/sh
# Replays a session recorded from the real OpenClaw (tests/data/demo): collects it, verifies it, patrols it, shows the flags.
# Needs Rust alone. Everything it writes is in .demo, which is made anew each time.
set -eu
cd "$(dirname "$0")/.."

cargo build --quiet --release --no-default-features --features collect,patrol
bin=${CARGO_TARGET_DIR:-target}/release
rm -rf .demo

echo "A recorded session of the real OpenClaw: tests/data/demo/raw-stream.jsonl"
echo
echo "\$ sentrix-collect --once --input tests/data/demo/raw-stream.jsonl --log-dir .demo"
"$bin/sentrix-collect" --once --input tests/data/demo/raw-stream.jsonl --log-dir .demo
echo "\$ sentrix-collect verify .demo"
"$bin/sentrix-collect" verify .demo
echo "\$ sentrix-patrol .demo --judge rules --flags - --format text"
echo
"$bin/sentrix-patrol" .demo --judge rules --flags - --format text --run-timeout 0
echo "The record is in .demo; 'sentrix-patrol turns .demo | jq .' shows its turns, 'sentrix-patrol rules explain ID' a rule."
