#!/bin/sh
# Takes the pictures of the README anew, of the real thing: `sentrix run` with the demo model in a terminal, and the bridge's page in chromium.
#
#   scripts/pictures.sh [DIR]       default docs/pictures
#
# SENTRIX_BIN has the programs where they are not to be built; SENTRIX_BRIDGE_PORT is the bridge's port, where the usual one is taken.
# Left out of the terminal's pictures: the token of the page's link (it is good once, and used here), and the key that the demo makes up.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
pictures=${1:-docs/pictures}
mkdir -p "$pictures"
pictures=$(cd "$pictures" && pwd)

for tool in docker tmux node npm python3; do
    command -v "$tool" >/dev/null || {
        echo "pictures: $tool is not installed" >&2
        exit 4
    }
done
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "pictures: chromium is not installed" >&2
    exit 4
}
if [ -z "${SENTRIX_BIN:-}" ]; then
    cargo build --release --quiet
    SENTRIX_BIN=$root/${CARGO_TARGET_DIR:-target}/release
fi

columns=118
work=$(mktemp -d "${TMPDIR:-/tmp}/sentrix-pictures.XXXXXX")
terminal() {
    tmux -L "sentrix-pictures-$$" "$@"
}
finish() {
    terminal send-keys -t run C-c 2>/dev/null || true
    tries=0
    while [ -e "$work/place/agent_logs/.sentrix_run" ] && [ "$tries" -lt 60 ]; do
        sleep 1
        tries=$((tries + 1))
    done
    terminal kill-server 2>/dev/null || true
    (cd "$work/place" && env -i PATH="$PATH" HOME="$work" SENTRIX_BIN="$SENTRIX_BIN" SENTRIX_STATE_DIR="$work/state" sentrix stop) >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/place" "$work/tools"
chmod 755 "$work" "$work/place"
ln -s "$root/scripts/sentrix" "$work/tools/sentrix"
PATH=$work/tools:$PATH

# shown PANE TEXT SECONDS     waits until a pane shows this
shown() {
    tries=0
    until terminal capture-pane -p -J -S - -t "$1" | grep -q -e "$2"; do
        tries=$((tries + 1))
        [ "$tries" -lt "$3" ] || {
            echo "pictures: pane $1 does not show $2:" >&2
            terminal capture-pane -p -S - -t "$1" >&2
            exit 4
        }
        sleep 1
    done
}
# idle PANE     waits until a pane waits for a command
idle() {
    tries=0
    until [ "$(terminal capture-pane -p -t "$1" | sed '/^ *$/d' | tail -n 1)" = '$' ]; do
        sleep 1
        tries=$((tries + 1))
        [ "$tries" -lt 240 ] || {
            echo "pictures: pane $1 is busy:" >&2
            terminal capture-pane -p -t "$1" >&2
            exit 4
        }
    done
}
# say PANE TEXT     types a line, once the one before is done
say() {
    idle "$1"
    terminal send-keys -t "$1" -l "$2"
    terminal send-keys -t "$1" Enter
}
# What each pane runs: a shell with nothing of this machine in its prompt, and none of this environment.
{
    echo '#!/bin/sh'
    printf 'exec env -i TERM=xterm-256color LANG=C.UTF-8'
    for setting in "PATH=$PATH" "HOME=$work" "SENTRIX_BIN=$SENTRIX_BIN" "SENTRIX_STATE_DIR=$work/state" "SENTRIX_HOME=$work/home" \
        "SENTRIX_BRIDGE_PORT=${SENTRIX_BRIDGE_PORT:-8766}" "DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}" 'PS1=$ '; do
        printf " '%s'" "$setting"
    done
    echo ' sh'
} >"$work/tools/shell"
chmod 755 "$work/tools/shell"
# screen NAME ROWS     a terminal of so many rows
screen() {
    terminal -f /dev/null new-session -d -s "$1" -x "$columns" -y "$2" -c "$work/place" "$work/tools/shell"
}
# picture NAME TITLE PANE...
picture() {
    name=$1 title=$2
    shift 2
    for pane in "$@"; do
        terminal capture-pane -e -p -J -t "$pane" | sed 's/?t=[^ ]*/?t=…/; s/ghp_[A-Za-z0-9]*/ghp_…/'
        printf '\f\n'
    done | python3 "$root/scripts/pictures/terminal.py" "$columns" "$title" >"$pictures/$name.svg"
}

screen run 12
screen chat 34
screen look 30

echo "pictures: starting a sandbox" >&2
say run 'sentrix run --provider demo --patrol'
shown run 'Ctrl-C ends' 300
link=$(terminal capture-pane -p -J -t run | sed -n 's/^page *//p')
# The first turn after a start takes long.
say chat 'sentrix chat -m hello; clear'
say chat "sentrix chat -m 'give me the tour'"
shown chat 'the patrol should have something to say' 240
# What the collector has read is on the disk within a moment.
sleep 3
# The run's own patrol and police.
# shellcheck disable=SC2016 # for the shell in the pane
say look 'until [ "$(sentrix police list --json | wc -l)" -ge 3 ]; do sleep 1; done; clear'
say look 'sentrix police --plogs --limit 4'
idle look
picture run 'sentrix run, and a chat beside it' run chat
picture patrol 'what the patrol flags, and where it stands' look

echo "pictures: the page" >&2
cp -R tests/web "$work/web"
cp scripts/pictures/page.mjs "$work/web/"
(cd "$work/web" && npm ci --ignore-scripts --no-audit --no-fund >/dev/null)
SENTRIX_WEB_SCENE=$(printf '{"link":"%s","origin":"%s","chromium":"%s","pictures":"%s"}' "$link" "${link%%/\?*}" "$chromium" "$pictures") \
    node "$work/web/page.mjs" </dev/null
ls -l "$pictures" >&2
