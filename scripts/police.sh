# shellcheck shell=sh
# `sentrix police`: in the words of the Python version too. It is read, not run.

police() {
    police=$(program sentrix-police)
    limit=5 cases='' flags=''
    case ${1:-} in
        '' | --cases | --clogs | --plogs | --limit | --limit=*) ;;
        *) exec "$police" "$@" ;;
    esac
    [ $# -gt 0 ] || cases=1 flags=1
    while [ $# -gt 0 ]; do
        case $1 in
            --cases | --clogs) cases=1 ;;
            --plogs) flags=1 ;;
            --limit)
                need "$@"
                whole --limit "${2:-}"
                limit=$2
                shift
                ;;
            --limit=*) limit=${1#*=} && whole --limit "$limit" ;;
            *) die 2 "police: unknown option $1; it has --dir, --cases, --clogs, --plogs, --limit N and the commands of sentrix-police" ;;
        esac
        shift
    done
    [ -n "$cases$flags" ] || cases=1 flags=1
    if [ -n "$cases" ]; then
        "$police" list --limit "$limit" || return $?
    fi
    if [ -n "$flags" ]; then
        if [ -s "$SENTRIX_LOG_DIR/patrol_flags.jsonl" ]; then
            # For people on a terminal, as records in a pipe: as `list` does it.
            if [ -t 1 ]; then
                tail -n "$limit" "$SENTRIX_LOG_DIR/patrol_flags.jsonl" | "$(program sentrix-patrol)" show
            else
                tail -n "$limit" "$SENTRIX_LOG_DIR/patrol_flags.jsonl"
            fi
        else
            say "no flag in $SENTRIX_LOG_DIR yet; \`sentrix patrol\` reviews the record"
        fi
    fi
}
