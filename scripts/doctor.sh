# shellcheck shell=sh
# shellcheck disable=SC2154 # sentrix says where it is
# `sentrix doctor`: everything that is needed, and how to get what is missing. It is read, not run.
#
# It changes nothing: a database is opened as a copy, because opening one brings it up to date.

good() {
    printf 'ok       %s\n' "$1"
}

# lacking WHAT FIX      something that is not there
lacking() {
    printf 'missing  %s\n         %s\n' "$1" "$2"
    faults=$((faults + 1))
}

# wrong WHAT FIX        something that is there and will not do
wrong() {
    printf 'wrong    %s\n         %s\n' "$1" "$2"
    faults=$((faults + 1))
}

# told KIND WHAT WORDS  what a program said of a fault: its last line, "sentrix: error: CAUSE; MEND"
told() {
    line=$(printf '%s' "$3" | sed -n 's/^sentrix: [a-z]*: //p' | tail -n 1)
    : "${line:=$3}"
    case $line in
        *'; '*) "$1" "$2: ${line%%; *}" "${line#*; }" ;;
        *) "$1" "$2" "$line" ;;
    esac
}

doctor() {
    faults=0 box='' engine='' room=3000000
    work=$(mktemp -d "${TMPDIR:-/tmp}/sentrix-doctor.XXXXXX") ||
        die 4 "cannot make a directory in ${TMPDIR:-/tmp}; make room there, or let TMPDIR name another"
    trap 'rm -rf "$work"' EXIT
    look_at_programs
    look_at_engine
    look_at_keys
    look_at_directory
    look_at_record
    look_at_space
    look_at_ports
    case $faults in
        0) say "nothing is missing; \`sentrix run\`" && return 0 ;;
        1) say "one fault: the line below it says how to mend it" ;;
        *) say "$faults faults: the line below each says how to mend it" ;;
    esac
    return 4
}

look_at_programs() {
    for name in sentrix-box sentrix-collect sentrix-sync sentrix-patrol sentrix-police sentrix-bridge; do
        if path=$(program "$name" 2>/dev/null); then
            good "$name is $path"
        else
            lacking "$name" "in a checkout: cargo build --release; scripts/install.sh installs all of them"
        fi
    done
    # Without it a run that goes on looks like one that was killed.
    command -v ps >/dev/null || lacking "ps, which tells whether a run goes on" "on Debian: apt-get install procps"
    command -v jq >/dev/null || lacking "jq, which \`sentrix export\` needs for OCSF" "on Debian: apt-get install jq"
}

look_at_engine() {
    box=$(program sentrix-box 2>/dev/null) || return 0
    if "$box" status --json >"$work/status" 2>"$work/said"; then
        engine=1
        good "the Docker engine answers"
        look_at_image
    elif ! command -v docker >/dev/null && [ -z "${DOCKER_HOST:-}" ]; then
        lacking "Docker: there is neither an engine nor the command docker" \
            "on Debian: apt-get install docker.io && systemctl start docker; podman does too, with DOCKER_HOST=unix:///PATH/OF/podman.sock"
    else
        told wrong "the Docker engine" "$(cat "$work/said")"
    fi
}

look_at_image() {
    tag=${SENTRIX_IMAGE:-sentrix-openclaw:latest}
    if "$box" build --if-missing --tag "$tag" --programs /nonexistent >/dev/null 2>&1; then
        room=500000
        good "the image $tag is there"
    else
        lacking "the image $tag" "\`sentrix build\` makes it; the first \`sentrix run\` does so too, which takes some minutes"
    fi
}

# Others can read it, or write to it. A link is followed: what counts is where it leads.
is_open() {
    [ -n "$(find -H "$1" -maxdepth 0 -perm /077 2>/dev/null)" ]
}

look_at_keys() {
    if [ -n "$env_fault" ]; then
        told wrong "the settings" "$env_fault"
    elif [ -e .env ] && is_open .env; then
        wrong ".env can be read by others, and keys are in it" "chmod 600 .env"
    fi
    answers=${XDG_CONFIG_HOME:-${HOME:-}/.config}/sentrix/setup.json
    if [ -e "$answers" ] && [ ! -r "$answers" ]; then
        wrong "$answers, which keeps the answers of setup, cannot be read" "chown it to yourself, or remove it: \`sentrix setup\` asks again"
    elif [ -e "$answers" ] && is_open "$answers"; then
        wrong "$answers can be read by others, and keys are in it" "chmod 600 '$answers'"
    fi
    found=
    for name in ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY OPENROUTER_API_KEY XAI_API_KEY MISTRAL_API_KEY GROQ_API_KEY TOGETHER_API_KEY CUSTOM_API_KEY CUSTOM_BASE_URL; do
        eval "value=\${$name:-}"
        case $value in
            '') continue ;;
            *[[:space:]]*) wrong "$name holds a blank or the end of a line, which no key does" "set it again, without what was pasted along with it" ;;
            *) good "$name is set" ;;
        esac
        found=1
    done
    [ -n "$found" ] ||
        lacking "a key for a model" "\`sentrix setup\` asks for one; or set one such as ANTHROPIC_API_KEY in the environment or in .env; \`sentrix run --provider demo\` needs none"
}

look_at_directory() {
    dir=$SENTRIX_LOG_DIR
    if [ -e "$dir" ] && [ ! -d "$dir" ]; then
        wrong "$dir is not a directory, and the record goes there" "move it away, or name another with --dir or SENTRIX_LOG_DIR"
    elif [ -d "$dir" ] && { [ ! -r "$dir" ] || [ ! -x "$dir" ]; }; then
        wrong "$dir cannot be read" "chown it to yourself, or name another with --dir"
    elif [ -d "$dir" ] && [ ! -w "$dir" ]; then
        wrong "$dir cannot be written" "chown it to yourself, or name another with --dir"
    elif [ -d "$dir" ] && is_open "$dir"; then
        wrong "$dir can be read by others, and the record holds secrets" "chmod 700 '$dir'"
    elif [ -d "$dir" ]; then
        good "$dir can be written"
    elif [ -w "$(dirname "$dir")" ]; then
        good "$dir can be made"
    else
        wrong "$dir cannot be made" "name another with --dir or SENTRIX_LOG_DIR"
    fi
}

look_at_record() {
    [ -d "$dir" ] && [ -r "$dir" ] && [ -x "$dir" ] || return 0
    look_at_run
    look_at_chain
    look_at_databases
}

# What is noted of a run, and whether it is so.
look_at_run() {
    if [ -f "$dir/.sentrix_run" ] && ! lives "$(sed -n 's/^run //p' "$dir/.sentrix_run" | head -n 1)"; then
        wrong "$dir/.sentrix_run is of a run that was killed" "\`sentrix stop\` clears up after it, and so does the next \`sentrix run\`"
    fi
    [ -f "$dir/.sentrix_sandbox_id" ] && [ -n "$engine" ] || return 0
    id=$(tr -dc '[:alnum:]-' <"$dir/.sentrix_sandbox_id" | head -c 64)
    if [ -z "$id" ] || ! grep -q "\"id\":\"$id" "$work/status"; then
        wrong "$dir/.sentrix_sandbox_id names a sandbox that is gone" "\`sentrix stop\` clears it away, and so does the next \`sentrix run\`"
    fi
}

# The newest files, where an end can be torn off, and what the manifest says of the others.
look_at_chain() {
    collect=$(program sentrix-collect 2>/dev/null) || return 0
    sound=1
    for file in "$dir"/[0-9]*T[0-9]*.json; do [ -f "$file" ] && printf '%s\n' "$file"; done | sort | tail -n 3 >"$work/newest"
    while IFS= read -r file; do
        said=$("$collect" cat "$file" 2>&1 >/dev/null) && continue
        sound=
        wrong "$(printf '%s' "$said" | tail -n 1 | sed 's/^sentrix: [a-z]*: //')" \
            "whole events are read all the same; \`sentrix verify\` tells whether a closed file was changed"
    done <"$work/newest"
    [ -f "$dir/manifest.jsonl" ] || return 0
    size=$(du -sk "$dir" 2>/dev/null | cut -f 1)
    if [ "${size:-0}" -gt 2000000 ]; then
        good "$dir holds $((size / 1024)) MB, too much to look through here; \`sentrix verify\` does"
    elif said=$("$collect" verify --log-dir "$dir" 2>&1); then
        [ -z "$sound" ] || good "the record is as it was recorded"
    else
        told wrong "the record" "$said"
    fi
}

# A copy is opened by the program that keeps it, which knows best what it can use.
look_at_databases() {
    mkdir "$work/empty" "$work/copy"
    for name in patrol_state police; do
        [ -f "$dir/$name.db" ] || continue
        rm -f "$work"/copy/*
        if ! cp "$dir/$name.db" "$work/copy/" 2>/dev/null; then
            wrong "$dir/$name.db cannot be read" "chown it to yourself"
            continue
        fi
        [ ! -f "$dir/$name.db-wal" ] || cp "$dir/$name.db-wal" "$work/copy/" 2>/dev/null || true
        case $name in
            patrol_state)
                patrolling=$(program sentrix-patrol 2>/dev/null) || continue
                set -- "$patrolling" --once --quiet --judge rules --flags - --format jsonl --state "$work/copy/$name.db" "$work/empty"
                forget="move it away: the next \`sentrix patrol\` reviews the record anew, and what it flags has the same ids"
                ;;
            police)
                police=$(program sentrix-police 2>/dev/null) || continue
                set -- "$police" list --waiting --json --limit 1 --log-dir "$work/copy"
                forget="move it away: cases are in $dir/reports too, and \`sentrix police\` investigates what has none"
                ;;
        esac
        if said=$("$@" 2>&1 >/dev/null); then
            good "$dir/$name.db can be used"
        else
            said=$(printf '%s' "$said" | sed "s|$work/copy|$dir|g")
            cause=$(printf '%s' "$said" | sed -n 's/^sentrix: error: //p' | tail -n 1)
            wrong "$dir/$name.db: ${cause%%; *}" "$forget"
        fi
    done
}

look_at_space() {
    at=$dir
    while [ ! -d "$at" ]; do at=$(dirname "$at"); done
    free=$(df -Pk "$at" 2>/dev/null | awk 'NR == 2 { print $4 }')
    case $free in
        '' | *[!0-9]*) return 0 ;;
    esac
    if [ "$free" -ge "$room" ]; then
        good "$((free / 1024)) MB are free here"
    else
        wrong "$((free / 1024)) MB are free here, and $((room / 1024)) MB should be: the record grows$([ "$room" = 500000 ] || printf ', and the image needs 2 GB')" \
            "make room, name a directory elsewhere with --dir, or let \`sentrix-collect --retain-bytes SIZE\` remove the oldest files"
    fi
}

# Whether a program listens on this port.
is_taken() {
    if command -v ss >/dev/null; then
        ss -ltnH "sport = :$1" 2>/dev/null | grep -q .
    else
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") [0-9A-F:]* 0A "
    fi
}

look_at_ports() {
    base=${SENTRIX_BRIDGE_PORT:-8766}
    case $base in
        *[!0-9]*)
            wrong "SENTRIX_BRIDGE_PORT is $base, which is no number" "set it to a port such as 8766"
            return
            ;;
    esac
    # The bridge of a run that goes on may well be there.
    if [ -f "$dir/.sentrix_run" ] && lives "$(sed -n 's/^bridge //p' "$dir/.sentrix_run" | tail -n 1)"; then
        good "the bridge of a run that goes on has the ports $((base - 1)) to $((base + 1))"
        return
    fi
    for number in $((base - 1)) "$base" $((base + 1)); do
        is_taken "$number" || continue
        wrong "port $number: another program listens there" "end it, or set SENTRIX_BRIDGE_PORT to another; or run with --nobridge"
    done
}
