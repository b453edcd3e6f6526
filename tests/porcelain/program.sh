#!/bin/sh
# Stands in for the programs that scripts/sentrix starts: says what it was asked, and does as much as the script can see.
name=$(basename "$0")
printf '%s %s\n' "$name" "$*" >>"$STUB_DIR/calls"
env | sort >"$STUB_DIR/$name.env"
stay() {
    trap 'exit 0' TERM
    while :; do
        sleep 0.1 &
        wait $!
    done
}
case "$name $1" in
    'sentrix-box status') [ ! -e "$STUB_DIR/no-docker" ] || { echo 'sentrix: error: the Docker engine does not answer; start it' >&2; exit 4; } ;;
    'sentrix-box build') [ ! -e "$STUB_DIR/slow-build" ] || stay ;;
    'sentrix-box up')
        for file in "$@"; do case $file in */inside) cat "$file" >"$STUB_DIR/inside" ;; esac; done
        printf x >"$SENTRIX_LOG_DIR/.sentrix_sandbox_id"
        [ ! -e "$STUB_DIR/slow-up" ] || stay
        [ ! -e "$STUB_DIR/no-gateway" ] || { echo 'sentrix: error: the gateway was not ready' >&2; exit 4; }
        echo '{"name":"sentrix-test","token_file":"/token"}'
        ;;
    'sentrix-box watch')
        [ ! -e "$STUB_DIR/expired" ] || exit 0
        [ ! -e "$STUB_DIR/ended" ] || { echo 'sentrix: error: the sandbox does not run' >&2; exit 4; }
        stay
        ;;
    'sentrix-box stop') rm -f "$SENTRIX_LOG_DIR/.sentrix_sandbox_id" ;;
    'sentrix-box agent') echo "answer to $3" ;;
    'sentrix-collect tap')
        [ ! -e "$STUB_DIR/no-tap" ] || { echo 'sentrix: error: cannot listen' >&2; exit 4; }
        echo '{"ready":true}'
        stay
        ;;
    'sentrix-patrol --follow' | 'sentrix-police --follow' | 'sentrix-box publish') stay ;;
    'sentrix-bridge --json')
        echo '{"link":"http://127.0.0.1:8767/#once"}'
        stay
        ;;
esac
