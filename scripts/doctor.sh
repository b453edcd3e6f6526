# shellcheck shell=sh
# shellcheck disable=SC2154 # sentrix says where it is
# `sentrix doctor`: everything that is needed, and how to get what is missing. It is read, not run.

good() {
    printf 'ok       %s\n' "$1"
}

# lacking WHAT FIX      something without which nothing runs
lacking() {
    printf 'missing  %s\n         %s\n' "$1" "$2"
    faults=$((faults + 1))
}

# without WHAT FIX      something that is not always needed
without() {
    printf 'without  %s\n         %s\n' "$1" "$2"
}

doctor() {
    faults=0
    for name in sentrix-box sentrix-collect sentrix-sync sentrix-patrol sentrix-police sentrix-bridge; do
        if path=$(program "$name" 2>/dev/null); then
            good "$name is $path"
        else
            lacking "$name" "in a checkout: cargo build --release; scripts/install.sh installs all of them"
        fi
    done
    if box=$(program sentrix-box 2>/dev/null); then
        if said=$("$box" status --json 2>&1 >/dev/null); then
            good "the Docker engine answers"
            look_at_image
        else
            lacking "a Docker engine" "$(printf '%s' "$said" | tail -n 1 | sed 's/^sentrix: error: //')"
        fi
    fi
    look_at_key
    look_at_directory
    look_at_ports
    if [ "$faults" = 0 ]; then
        say "nothing is missing; \`sentrix run\`"
        return 0
    fi
    say "$faults missing: the lines above say how to get them"
    return 4
}

look_at_image() {
    tag=${SENTRIX_IMAGE:-sentrix-openclaw:latest}
    if "$box" build --if-missing --tag "$tag" --programs /nonexistent 2>/dev/null; then
        good "the image $tag is there"
    else
        without "the image $tag" "\`sentrix build\` makes it; the first \`sentrix run\` does so too, which takes some minutes"
    fi
}

look_at_key() {
    for name in ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY OPENROUTER_API_KEY XAI_API_KEY MISTRAL_API_KEY GROQ_API_KEY TOGETHER_API_KEY CUSTOM_BASE_URL; do
        if eval "[ -n \"\${$name:-}\" ]"; then
            good "$name is set"
            return
        fi
    done
    without "a key for a model" "set one such as ANTHROPIC_API_KEY in the environment or in .env, or run with --provider demo"
}

look_at_directory() {
    if [ -d "$SENTRIX_LOG_DIR" ]; then
        if [ -w "$SENTRIX_LOG_DIR" ]; then good "$SENTRIX_LOG_DIR can be written"; else lacking "$SENTRIX_LOG_DIR cannot be written" "chown it to yourself, or name another with --dir"; fi
    elif [ -w "$(dirname "$SENTRIX_LOG_DIR")" ]; then
        good "$SENTRIX_LOG_DIR can be made"
    else
        lacking "$SENTRIX_LOG_DIR cannot be made" "name another with --dir"
    fi
    free=$(df -Pk "$(dirname "$SENTRIX_LOG_DIR")" 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-0}" -ge 3000000 ]; then good "$((free / 1024)) MB are free here"; else lacking "space: ${free:-0} kB are free here" "the image needs 2 GB, and the record grows"; fi
    if [ -e .env ] && [ -n "$(find .env -perm /077 2>/dev/null)" ]; then
        without "privacy for .env: others may read it" "chmod 600 .env"
    fi
}

look_at_ports() {
    command -v ss >/dev/null || return 0
    base=${SENTRIX_BRIDGE_PORT:-8766}
    for number in $((base - 1)) "$base" $((base + 1)); do
        if ss -ltnH "sport = :$number" 2>/dev/null | grep -q .; then
            without "port $number: another program listens there" "end it, or set SENTRIX_BRIDGE_PORT; or run with --nobridge"
        fi
    done
}
