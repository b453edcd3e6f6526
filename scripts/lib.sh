# shellcheck shell=sh
# shellcheck disable=SC2154 # sentrix says where it is
# What the commands of scripts/sentrix share. It is read, not run.

say() {
    printf 'sentrix: %s\n' "$*" >&2
}

warn() {
    printf 'sentrix: warning: %s\n' "$*" >&2
}

# die CODE WORDS…      2 usage, 4 surroundings, as README.md has them
die() {
    code=$1
    shift
    printf 'sentrix: error: %s\n' "$*" >&2
    exit "$code"
}

# Finds a program of ours: where SENTRIX_BIN says, beside this script, built in the same checkout, or on PATH.
# Prints its path; the static ones of the image are looked for elsewhere.
program() {
    for dir in ${SENTRIX_BIN:+"$SENTRIX_BIN"} "$here" "$here/../target/release" "$here/../bin"; do
        if [ -x "$dir/$1" ]; then
            printf '%s\n' "$dir/$1"
            return 0
        fi
    done
    command -v "$1" 2>/dev/null && return 0
    if [ -f "$here/../Cargo.toml" ]; then
        die 4 "$1 is not built; in $(cd "$here/.." && pwd): cargo build --release"
    fi
    die 4 "$1 is not installed; scripts/install.sh installs all of them"
}

# need NAME VALUE      an option without its value
need() {
    [ -n "${2+set}" ] || die 2 "$1 needs a value; see \`sentrix help\`"
}

whole() {
    case $2 in
        '' | *[!0-9]*) die 2 "$1 $2: not a whole number" ;;
    esac
}

# Which variables go where. Others are not taken from a file: it must not be able to change what a command is.
is_key() {
    case $1 in
        ANTHROPIC_API_KEY | OPENAI_API_KEY | GEMINI_API_KEY | GOOGLE_API_KEY | OPENROUTER_API_KEY | XAI_API_KEY | MISTRAL_API_KEY | GROQ_API_KEY | TOGETHER_API_KEY | CUSTOM_API_KEY) return 0 ;;
    esac
    return 1
}

is_ours() {
    case $1 in
        SENTRIX_BIN | SENTRIX_GATEWAY_CMD | SENTRIX_COLLECT) return 1 ;; # these name commands
        SENTRIX_* | PATROL_* | POLICE_* | ANTHROPIC_BASE_URL | OPENAI_BASE_URL | GOOGLE_BASE_URL | OPENROUTER_BASE_URL | XAI_BASE_URL | MISTRAL_BASE_URL | GROQ_BASE_URL | TOGETHER_BASE_URL | CUSTOM_BASE_URL | DOCKER_HOST) return 0 ;;
    esac
    is_key "$1"
}

is_inside() {
    case $1 in
        OPENCLAW_* | TELEGRAM_BOT_TOKEN | DISCORD_BOT_TOKEN | SLACK_BOT_TOKEN | SLACK_APP_TOKEN | SIGNAL_ACCOUNT | BRAVE_API_KEY | TZ) return 0 ;;
    esac
    return 1
}

is_name() {
    case $1 in
        '' | [0-9]* | *[!A-Za-z0-9_]*) return 1 ;;
    esac
    return 0
}

# Lines for the sandbox, KEY=VALUE; they go to sentrix-box by its standard input, never as an argument.
inside=
newline='
'

# keep KEY VALUE       a variable of the sandbox; the last one counts
keep() {
    inside=$inside$1=$2$newline
}

# Reads .env of the working directory. What is in the environment already counts more.
read_env() {
    [ -e .env ] || return 0
    { [ -f .env ] && [ -r .env ]; } || die 2 "cannot read .env: not a file that you may read; fix it (chmod 600 .env) or move it away"
    number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        line=$(printf '%s' "$line" | tr -d '\r')
        case $line in
            '' | '#'* | [[:space:]]'#'*) continue ;;
            'export '*) line=${line#export } ;;
        esac
        key=${line%%=*}
        if [ "$key" = "$line" ] || ! is_name "$key"; then
            die 2 ".env line $number: not of the form KEY=VALUE; fix the line or put # before it"
        fi
        value=${line#*=}
        case $value in
            \"*\") value=${value#\"} value=${value%\"} ;;
            \'*\') value=${value#\'} value=${value%\'} ;;
        esac
        if is_ours "$key"; then
            eval "[ -n \"\${$key+set}\" ]" || export "$key=$value"
        elif is_inside "$key"; then
            eval "[ -n \"\${$key+set}\" ]" || keep "$key" "$value"
        fi
    done <.env
    if tr -d '\n' <.env | LC_ALL=C grep -q '[[:cntrl:]]' 2>/dev/null && LC_ALL=C tr -d '\n\r\t' <.env | LC_ALL=C grep -q '[[:cntrl:]]'; then
        die 2 ".env holds control characters: it is not a text of KEY=VALUE lines; fix it or move it away"
    fi
}

# Whether a process lives that was started as one of ours.
lives() {
    case ${1:-} in
        '' | *[!0-9]*) return 1 ;;
    esac
    # One that has ended and waits for its parent lives no more.
    case $(ps -o stat= -o args= -p "$1" 2>/dev/null) in
        Z*) return 1 ;;
        *sentrix*) return 0 ;;
    esac
    return 1
}

# field FILE NAME      a value of the one-line JSON object that our programs print
field() {
    sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p" "$1" | head -n 1
}
