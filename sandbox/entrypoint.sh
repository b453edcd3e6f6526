#!/bin/bash
# Process 1 of the sandbox: prepares as root, then hands over to the supervisor, which keeps CAP_KILL and nothing else.
#
#   CAPTURE_UID                  the user that records: owner of /capture on the host, never root and none of ours
#   SENTRIX_MODEL                provider/model, where the configuration says @MODEL@
#   SENTRIX_TAP                  anything: the model is reached through /run/tap/llm.sock, channels through /run/tap/egress.sock
#   SENTRIX_ROTATE_MINS          handed to the collector
#   /run/secrets-in/token        the gateway's token, readable by CAPTURE_UID
#   /run/secrets-in/openclaw.json  a configuration instead of the one in the image; @TOKEN@ and @MODEL@ are filled in as well
#   /run/secrets-in/environment    KEY=VALUE lines for the gateway; its environment holds nothing else from outside
set -euo pipefail
umask 022

gateway=10001 relay=10003 supervisor=10004 collector=${CAPTURE_UID:?the user that records}

die() {
    echo "sandbox: $1" >&2
    exit "$2"
}

[[ $collector =~ ^[1-9][0-9]*$ ]] || die "CAPTURE_UID is not the number of an ordinary user: $collector" 2
for taken in $gateway $relay $supervisor; do
    ((collector != taken)) || die "CAPTURE_UID $collector belongs to the sandbox itself; run as another user" 2
done

drop=(--clear-groups --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all)
as() { # as UID COMMAND…
    setpriv --reuid "$1" --regid "$1" "${drop[@]}" "${@:2}"
}

# Root without CAP_DAC_OVERRIDE cannot read a file of the one who started us; that user can.
token=$(as "$collector" cat /run/secrets-in/token) || die "no token in /run/secrets-in" 4
template=$(as "$collector" cat /run/secrets-in/openclaw.json 2>/dev/null || cat /etc/sentrix/openclaw.json)

mkdir -p /run/oc/in /run/oc/config
config=${template//@TOKEN@/$token}
config=${config//@MODEL@/${SENTRIX_MODEL:-anthropic/claude-sonnet-5}}
(
    umask 077
    printf '%s\n' "$config" >/run/oc/config/openclaw.json
    as "$collector" cat /run/secrets-in/environment >/run/oc/config/environment 2>/dev/null || true
)
chown $gateway:$gateway /run/oc/config/openclaw.json /run/oc/config/environment /run/oc/config
unset token template config

# The raw stream belongs to the gateway, in a folder that does not: it can be written, not replaced. OpenClaw makes it 0600 at every
# append, so the collector's descriptor is opened here, before the file is given away.
: >/run/oc/in/raw.jsonl
chmod 0600 /run/oc/in/raw.jsonl
exec 3</run/oc/in/raw.jsonl
chown $gateway:$gateway /run/oc/in/raw.jsonl

[[ $(stat -c %u /state) == "$gateway" ]] || { chmod 0700 /state && chown $gateway:$gateway /state; }
cd /

# What each program is started through: only the collector keeps descriptor 3, and the gateway reads its environment from a file,
# because the supervisor's arguments can be read by every user in here.
# shellcheck disable=SC2016 # expanded by the inner shell
without_raw='exec 3<&-; exec "$@"'
# shellcheck disable=SC2016 # expanded by the inner shell
with_environment='exec 3<&-; cd "$HOME" || exit 1; while IFS= read -r pair; do [[ $pair != *=* ]] || export "$pair"; done </run/oc/config/environment; exec "$@"'
children=()
program() { # program NAME UID COMMAND…
    ((${#children[@]} == 0)) || children+=(::)
    children+=("$1" setpriv --reuid "$2" --regid "$2" "${drop[@]}" env -i "PATH=$PATH" "${@:3}")
}

settings=(HOME=/home/oc OPENCLAW_STATE_DIR=/state OPENCLAW_CONFIG_PATH=/run/oc/config/openclaw.json OPENCLAW_RAW_STREAM=1
    OPENCLAW_RAW_STREAM_PATH=/run/oc/in/raw.jsonl OPENCLAW_DISABLE_BONJOUR=1 NODE_COMPILE_CACHE=/tmp/ncc)
if [[ -n ${SENTRIX_TAP:-} ]]; then
    settings+=(HTTPS_PROXY=http://127.0.0.1:8081 HTTP_PROXY=http://127.0.0.1:8081 "NO_PROXY=127.0.0.1,localhost,::1")
fi
program gateway $gateway "${settings[@]}" bash -c "$with_environment" _ \
    openclaw gateway run --port 18789 --raw-stream --raw-stream-path /run/oc/in/raw.jsonl
program collector "$collector" "SENTRIX_ROTATE_MINS=${SENTRIX_ROTATE_MINS:-10}" \
    sentrix-collect --input /dev/fd/3 --log-dir /capture/agent_logs
if [[ -n ${SENTRIX_TAP:-} ]]; then
    program relay-llm $relay bash -c "$without_raw" _ sentrix-relay listen 127.0.0.1:8080 /run/tap/llm.sock
    program relay-egress $relay bash -c "$without_raw" _ sentrix-relay listen 127.0.0.1:8081 /run/tap/egress.sock
fi
unset CAPTURE_UID
exec sentrix-relay supervise $supervisor "${children[@]}"
