#!/bin/sh
# Runs both dialects against a server that is not ours: LiteLLM's proxy, with mock responses. Needs Python, and PyPI for the first run.
#
#   scripts/try-litellm.sh
#
# SENTRIX_LITELLM        a virtual environment that has litellm[proxy] (default: one is made in a temporary folder)
# SENTRIX_PATROL         the program (default: the newest of target/release and target/debug)
#
# What it printed with LiteLLM 1.108.7 is at the end of this file.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
patrol=${SENTRIX_PATROL:-}
if [ -z "$patrol" ]; then
    # Names of our own making, newest first.
    # shellcheck disable=SC2012
    patrol=$(ls -t "$root/target/release/sentrix-patrol" "$root/target/debug/sentrix-patrol" 2>/dev/null | head -n 1)
fi
[ -n "$patrol" ] || {
    echo "try-litellm: build sentrix-patrol first: cargo build --bin sentrix-patrol" >&2
    exit 2
}
work=$(mktemp -d)
server=
# shellcheck disable=SC2317
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

venv=${SENTRIX_LITELLM:-}
if [ -z "$venv" ]; then
    venv=$work/venv
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'litellm[proxy]'
fi
high='{"severity":"HIGH","confidence":0.9,"category":"harmful_intent","pii_labels_detected":[],"observation":"as the mock was told"}'
clean='{"severity":"CLEAN","confidence":0.9,"category":"other","pii_labels_detected":[],"observation":"as the mock was told"}'
cat >"$work/config.yaml" <<EOF
model_list:
  - {model_name: says-high, litellm_params: {model: openai/mock, api_key: none, mock_response: '$high'}}
  - {model_name: says-clean, litellm_params: {model: openai/mock, api_key: none, mock_response: '$clean'}}
  - {model_name: says-prose, litellm_params: {model: openai/mock, api_key: none, mock_response: 'I think that it is CLEAN.'}}
  - {model_name: is-limited, litellm_params: {model: openai/mock, api_key: none, mock_response: 'litellm.RateLimitError'}}
general_settings: {master_key: sk-of-nobody}
litellm_settings: {num_retries: 0, drop_params: true, telemetry: false}
EOF
port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/litellm" --config "$work/config.yaml" --host 127.0.0.1 --port "$port" >"$work/server.log" 2>&1 &
server=$!
until curl -fs "http://127.0.0.1:$port/health/liveliness" >/dev/null 2>&1; do
    kill -0 "$server" 2>/dev/null || {
        tail -n 20 "$work/server.log" >&2
        echo "try-litellm: the proxy did not start" >&2
        exit 4
    }
    sleep 1
done
echo "litellm $("$venv/bin/pip" show litellm 2>/dev/null | sed -n 's/^Version: //p')"
turn='{"run_id_ts":"r_1","text":"The tests pass now."}'
for dialect in openai anthropic; do
    for model in says-high says-clean says-prose is-limited; do
        case $dialect in
            openai) set -- OPENAI_API_KEY=sk-of-nobody OPENAI_BASE_URL="http://127.0.0.1:$port/v1" ;;
            *) set -- ANTHROPIC_API_KEY=sk-of-nobody ANTHROPIC_BASE_URL="http://127.0.0.1:$port" ;;
        esac
        echo "$dialect $model:"
        code=0
        said=$(echo "$turn" | env -u OPENAI_API_KEY -u ANTHROPIC_API_KEY "$@" PATROL_MODEL="$dialect:$model" SENTRIX_MODEL_TIMEOUT=30 \
            "$patrol" judge --judge llm 2>&1) || code=$?
        echo "$said" | sed "s/127.0.0.1:$port/127.0.0.1:PORT/g; s/^/  /"
        echo "  exit $code"
    done
done
exit 0

# litellm 1.108.7
# openai says-high:
#   {"run_id_ts":"r_1","severity":"HIGH","confidence":0.9,"findings":[{"category":"harmful_intent","severity":"HIGH","confidence":0.9,"rule":"judge.patrol-1-whole","version":"127.0.0.1:PORT/says-high prompts 4295a5faaf14","label":"HARMFUL_INTENT","snippet":"as the mock was told","start":0,"end":0}]}
#   exit 0
# openai says-clean:
#   {"run_id_ts":"r_1","severity":"CLEAN","confidence":0.9,"findings":[]}
#   exit 0
# openai says-prose:
#   sentrix: warning: turn r_1 is not reviewed: answered, and not with the verdict that was asked for (rules: CLEAN)
#   exit 3
# openai is-limited:
#   sentrix: warning: turn r_1 is not reviewed: rate limited (rules: CLEAN)
#   exit 3
# anthropic says-high:
#   {"run_id_ts":"r_1","severity":"HIGH","confidence":0.9,"findings":[{"category":"harmful_intent","severity":"HIGH","confidence":0.9,"rule":"judge.patrol-1-whole","version":"127.0.0.1:PORT/says-high prompts 4295a5faaf14","label":"HARMFUL_INTENT","snippet":"as the mock was told","start":0,"end":0}]}
#   exit 0
# anthropic says-clean:
#   {"run_id_ts":"r_1","severity":"CLEAN","confidence":0.9,"findings":[]}
#   exit 0
# anthropic says-prose:
#   sentrix: warning: turn r_1 is not reviewed: answered, and not with the verdict that was asked for (rules: CLEAN)
#   exit 3
# anthropic is-limited:
#   sentrix: warning: turn r_1 is not reviewed: rate limited (rules: CLEAN)
#   exit 3
