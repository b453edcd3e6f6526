# shellcheck shell=sh
# shellcheck disable=SC2154 # lib.sh and sentrix set what they share
# `sentrix run` and `sentrix stop`. It is read, not run.
#
# Every program runs in a session of its own, so that a Ctrl-C reaches this script alone and things end in their order: the agent's
# runs, the container, then what records it. .sentrix_run in the log directory says what there is to end.

run_help() {
    cat <<'END'
Usage: sentrix run [OPTIONS]

  --log-dir DIR        where the record goes (./agent_logs)
  --provider NAME      anthropic, openai, google, openrouter, xai, mistral, groq, together, custom (CUSTOM_BASE_URL), or demo: a script that
                       plays a model, for a first look; the default where there is no key and no terminal to ask on
  --model NAME         the model, as provider/model
  -e KEY[=VALUE]       a variable: a provider's key (it stays outside the sandbox), a channel's token, a setting of OpenClaw
  --reasoning, --no-reasoning
                       let the model think (default), or ask it not to: then there is no thinking to record
  --timeout MINUTES    end after this long (60); 0: never
  --rotate-mins N      close a log file after this long (10)
  --patrol             review the record as it grows, and investigate what is flagged
  --escalation LEVEL   what is investigated: low_above, medium_above, high_only (medium_above)
  --nobridge           do not let browsers in
  --tour               the demo, shown from the first chat to the flags, then ended
  --allow HOST         let channels and tools reach this host as well (repeatable)
  --channel NAME       switch a chat service on: telegram, discord, slack, whatsapp, signal
  --relax WHAT         let go of a denial: exec, files, web, subagents, apply-patch, tool-search
  --guard MODE         what happens to credentials on their way to a model: off, flag, mask, block (flag)
  --tap-by WAY         how the tap's sockets come inside: mount, or exec (carried over an exec, for engines in a machine of their own,
                       such as Docker Desktop's; the default there)
  --no-tap             a network of the container's own instead of the tap: no record of requests and tool calls, and the key is inside
  --image NAME         the sandbox image (sentrix-openclaw:latest); built on first use
  --volume NAME        a volume for the agent's state that outlives the sandbox
  --memory MIB         3072 with channel plugins (2048)
  --publish            let programs of this machine reach the gateway at 127.0.0.1, port --port; they need its token
  --port N             that port (18789)
  --verbose            say which settings and variables are in force; secrets are never said

Each setting can stand in the environment or in .env of the working directory instead: SENTRIX_LOG_DIR, SENTRIX_PROVIDER, SENTRIX_MODEL, SENTRIX_REASONING,
SENTRIX_TIMEOUT, SENTRIX_ROTATE_MINS, SENTRIX_PATROL, SENTRIX_ESCALATION, SENTRIX_BRIDGE, SENTRIX_ALLOW, SENTRIX_CHANNELS, SENTRIX_RELAX, SENTRIX_GUARD, SENTRIX_TAP, SENTRIX_TAP_BY,
SENTRIX_IMAGE, SENTRIX_VOLUME, SENTRIX_MEMORY, SENTRIX_PUBLISH, SENTRIX_PORT, SENTRIX_VERBOSE; 1 and 0 for on and off, commas between several.
END
}

on() {
    case $1 in
        1 | true | yes | on) return 0 ;;
    esac
    return 1
}

# export_or_keep KEY VALUE     keys and our own settings stay outside, the rest is for the sandbox
export_or_keep() {
    is_name "$1" || die 2 "-e: not of the form KEY=VALUE"
    if is_ours "$1"; then
        export "$1=$2"
    else
        keep "$1" "$2"
    fi
}

options() {
    rotate=${SENTRIX_ROTATE_MINS:-10} timeout=${SENTRIX_TIMEOUT:-60} image=${SENTRIX_IMAGE:-sentrix-openclaw:latest}
    reasoning=${SENTRIX_REASONING:-1} patrol=${SENTRIX_PATROL:-} escalation=${SENTRIX_ESCALATION:-medium_above}
    provider='' model='' bridge=${SENTRIX_BRIDGE:-1} tap=${SENTRIX_TAP:-1} guard=${SENTRIX_GUARD:-flag} tap_by=${SENTRIX_TAP_BY:-} channels='' relax='' touring=''
    volume=${SENTRIX_VOLUME:-} memory=${SENTRIX_MEMORY:-} port=${SENTRIX_PORT:-18789} publish=${SENTRIX_PUBLISH:-} verbose=${SENTRIX_VERBOSE:-}
    allow=$(printf '%s' "${SENTRIX_ALLOW:-}" | tr ',' ' ')
    while [ $# -gt 0 ]; do
        case $1 in
            --*=*)
                option=${1%%=*} value=${1#*=}
                shift
                set -- "$option" "$value" "$@"
                continue
                ;;
        esac
        case $1 in
            --reasoning) reasoning=1 ;;
            --no-reasoning) reasoning=0 ;;
            --patrol) patrol=1 ;;
            --nobridge | --no-bridge) bridge= ;;
            --tour) provider=demo touring=1 ;;
            --no-tap) tap= ;;
            --publish) publish=1 ;;
            --verbose) verbose=1 ;;
            -h | --help)
                run_help
                exit 0
                ;;
            --log-dir | --dir | --rotate-mins | --timeout | --image | --provider | --model | --escalation | --guard | --tap-by | --allow | --channel | --relax | --volume | --memory | --port | -e | --env)
                [ $# -gt 1 ] || die 2 "run: $1 needs a value"
                case $1 in
                    --log-dir | --dir) SENTRIX_LOG_DIR=$2 ;;
                    --rotate-mins) rotate=$2 ;;
                    --timeout) timeout=$2 ;;
                    --image) image=$2 ;;
                    --provider) provider=$2 ;;
                    --model) model=$2 ;;
                    --escalation) escalation=$2 ;;
                    --guard) guard=$2 ;;
                    --tap-by) tap_by=$2 ;;
                    --allow) allow="$allow $2" ;;
                    --channel) channels="${channels:+$channels,}$2" ;;
                    --relax) relax="${relax:+$relax,}$2" ;;
                    --volume) volume=$2 ;;
                    --memory) memory=$2 ;;
                    --port) port=$2 ;;
                    *)
                        case $2 in
                            *=*) export_or_keep "${2%%=*}" "${2#*=}" ;;
                            *)
                                is_name "$2" || die 2 "-e: not of the form KEY=VALUE"
                                eval "[ -n \"\${$2+set}\" ]" || die 2 "-e $2: there is no such variable here; give -e $2=VALUE or set it first"
                                is_ours "$2" || eval "keep \"\$2\" \"\$$2\""
                                ;;
                        esac
                        ;;
                esac
                shift
                ;;
            *) die 2 "run: unknown option $1; \`sentrix run --help\` lists them" ;;
        esac
        shift
    done
    case $escalation in
        low_above | medium_above | high_only) ;;
        *) die 2 "--escalation $escalation is not low_above, medium_above or high_only" ;;
    esac
    case $guard in
        off | flag | mask | block) ;;
        *) die 2 "--guard $guard is not off, flag, mask or block" ;;
    esac
    case $tap_by in
        '' | mount | exec) ;;
        *) die 2 "--tap-by $tap_by is not mount or exec" ;;
    esac
    whole --port "$port"
    [ -z "${SENTRIX_RELAX:-}" ] || relax="${relax:+$relax,}$SENTRIX_RELAX"
    [ -z "${SENTRIX_CHANNELS:-}" ] || channels="${channels:+$channels,}$SENTRIX_CHANNELS"
    for switch in patrol bridge tap publish verbose; do
        eval "on \"\${$switch:-0}\" || $switch="
    done
    export SENTRIX_LOG_DIR
    # Settings of OpenClaw in the environment count as those of -e do.
    for name in OPENCLAW_TOOLS_EXEC_SECURITY OPENCLAW_TOOLS_FS_WORKSPACE_ONLY OPENCLAW_SANDBOX_MODE OPENCLAW_THINK OPENCLAW_REASONING OPENCLAW_DEFAULT_MODEL; do
        case $newline$inside in
            *"$newline$name="*) ;;
            *) eval "[ -z \"\${$name+set}\" ] || keep $name \"\$$name\"" ;;
        esac
    done
}

# shown NAME VALUE     for people: no secret, no control character, and no password in an address
shown() {
    case $1 in
        *_API_KEY | *TOKEN | *SECRET | *WEBHOOK | *EXEC) printf ' %s=(secret)' "$1" ;;
        *) printf ' %s=%s' "$1" "$(printf '%s' "$2" | tr -d '[:cntrl:]' | sed 's|://[^/@]*@|://(secret)@|g')" ;;
    esac
}

# What is in force, wherever it was said.
say_settings() {
    say "settings:$(
        shown log-dir "$SENTRIX_LOG_DIR"
        for name in provider model reasoning timeout rotate patrol escalation bridge tap guard image port publish volume memory channels relax allow tap_by; do
            eval "shown $name \"\$$name\""
        done
    )"
    say "outside the sandbox:$(
        for name in $(env | sed -n 's/^\([A-Z][A-Z0-9_]*\)=.*/\1/p' | sort -u); do
            ! is_ours "$name" || eval "shown $name \"\$$name\""
        done
    )"
    say "inside the sandbox:$(
        printf '%s' "$inside" | while IFS= read -r line; do
            case ${line%%=*} in
                # Of these it is known that they are no secrets.
                OPENCLAW_TOOLS_EXEC_SECURITY | OPENCLAW_TOOLS_FS_WORKSPACE_ONLY | OPENCLAW_SANDBOX_MODE | OPENCLAW_THINK | OPENCLAW_REASONING | OPENCLAW_DEFAULT_MODEL | TZ) shown "${line%%=*}" "${line#*=}" ;;
                *) printf ' %s=(secret)' "${line%%=*}" ;;
            esac
        done
    )"
}

# Which model: what was asked for, or the first provider that there is a key for.
choose_model() {
    [ -n "$model" ] || model=${SENTRIX_MODEL:-}
    [ -n "$model" ] || model=$(printf '%s' "$inside" | sed -n 's/^OPENCLAW_DEFAULT_MODEL=//p' | tail -n 1)
    [ -n "$provider" ] || provider=${SENTRIX_PROVIDER:-}
    [ -n "$provider" ] || provider=${model%%/*}
    if [ -z "$provider" ]; then
        for pair in ANTHROPIC_API_KEY:anthropic OPENAI_API_KEY:openai GEMINI_API_KEY:google GOOGLE_API_KEY:google OPENROUTER_API_KEY:openrouter XAI_API_KEY:xai MISTRAL_API_KEY:mistral GROQ_API_KEY:groq TOGETHER_API_KEY:together; do
            eval "[ -z \"\${${pair%%:*}:-}\" ]" || {
                provider=${pair#*:}
                break
            }
        done
    fi
    [ -n "$provider" ] || return 1
    [ -n "$model" ] || case $provider in
        anthropic) model=anthropic/claude-sonnet-5 ;;
        openai) model=openai/gpt-5.4 ;;
        google) model=google/gemini-2.5-flash ;;
        openrouter) model=openrouter/anthropic/claude-sonnet-5 ;;
        xai) model=xai/grok-4.3 ;;
        mistral) model=mistral/mistral-large-latest ;;
        groq) model=groq/openai/gpt-oss-120b ;;
        together) model=together/moonshotai/Kimi-K2.6 ;;
        demo) model=demo/demo-1 ;;
        *) die 2 "--provider $provider needs --model $provider/NAME" ;;
    esac
    case $model in
        "$provider"/*) ;;
        *) model=$provider/$model ;;
    esac
}

# What the children are, in the order in which they were started: NAME PID lines.
note_run() {
    {
        printf 'run %s\n' "$$"
        printf 'dir %s\n' "$work"
        printf '%s' "$children"
    } >"$SENTRIX_LOG_DIR/.sentrix_run.new" && mv "$SENTRIX_LOG_DIR/.sentrix_run.new" "$SENTRIX_LOG_DIR/.sentrix_run"
}

# start NAME COMMAND…      in the background, its words in $work/NAME.log
start() {
    name=$1
    shift
    # A session of its own; without a terminal there is none to lose.
    if command -v setsid >/dev/null; then
        setsid "$@" >"$work/$name.out" 2>"$work/$name.log" </dev/null &
    else
        "$@" >"$work/$name.out" 2>"$work/$name.log" </dev/null &
    fi
    pid=$!
    children="$children$name $pid$newline"
    note_run
}

pid_of() {
    printf '%s' "$children" | sed -n "s/^$1 //p" | tail -n 1
}

# Ends a child and waits for it.
finish() {
    pid=$(pid_of "$1")
    [ -n "$pid" ] || return 0
    # With what it has started itself, such as a compiler.
    kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    children=$(printf '%s' "$children" | sed "/^$1 /d")
    children=$children${children:+$newline}
}

words_of() {
    tail -n "${2:-5}" "$work/$1.log" 2>/dev/null | sed 's/^sentrix: error: //' >&2
}

# Everything that was started ends, in this order, however often this is called.
cleanup() {
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$ticking" ] || printf '\r\033[K' >&2
    ticking=
    finish build
    finish up
    finish bridge
    finish publish
    finish watch
    if [ -f "$SENTRIX_LOG_DIR/.sentrix_sandbox_id" ]; then
        say "ending the sandbox"
        "$box" stop 2>"$work/stop.log" || {
            warn "the sandbox could not be ended: $(tail -n 1 "$work/stop.log")"
            [ "$ending" != 0 ] || ending=4
        }
    fi
    finish sync
    finish carry
    finish tap
    finish patrol
    # What was said last is reviewed as well.
    [ -z "$patrol" ] || [ -z "$ready" ] || "$patrolling" --once --run-timeout 0 "$SENTRIX_LOG_DIR" >/dev/null 2>&1 || true
    finish police
    if [ "$ending" != 0 ] && [ "$ending" -lt 128 ]; then
        cat "$work"/*.log >"$SENTRIX_LOG_DIR/sentrix-run.log" 2>/dev/null && say "what the programs said is in $SENTRIX_LOG_DIR/sentrix-run.log"
    fi
    rm -f "$SENTRIX_LOG_DIR/.sentrix_run" "$SENTRIX_LOG_DIR/.sentrix_run.new"
    rm -rf "$work"
}

end() {
    ending=$1
    cleanup
    exit "$ending"
}

# A run that was killed cannot clear up after itself: the next one does, and `sentrix stop`.
clear_leftovers() {
    file=$SENTRIX_LOG_DIR/.sentrix_run
    [ -f "$file" ] || return 0
    owner=$(sed -n 's/^run //p' "$file" | head -n 1)
    if [ "$owner" != "$$" ] && lives "$owner"; then
        return 1
    fi
    say "an earlier run was killed; clearing up after it"
    sed -n '/^run /d; /^dir /d; p' "$file" | while read -r name pid; do
        [ -n "$name" ] && lives "$pid" && kill "$pid" 2>/dev/null
    done
    [ ! -f "$SENTRIX_LOG_DIR/.sentrix_sandbox_id" ] || "$box" stop || return 2
    dir=$(sed -n 's/^dir //p' "$file" | head -n 1)
    case $dir in
        */sentrix-run.??????) rm -rf "$dir" ;;
    esac
    rm -f "$file"
}

stop() {
    box=$(program sentrix-box)
    file=$SENTRIX_LOG_DIR/.sentrix_run
    if [ -f "$file" ]; then
        owner=$(sed -n 's/^run //p' "$file" | head -n 1)
        if lives "$owner"; then
            kill "$owner"
            say "asked the run (process $owner) to end; waiting"
            while lives "$owner"; do sleep 1; done
            return 0
        fi
        clear_leftovers || exit 4
        return 0
    fi
    exec "$box" stop
}

# The tap: the only way out, and the record that nobody inside can touch.
start_tap() {
    set -- --listen "unix:$work/tap/llm.sock" --egress "unix:$work/tap/egress.sock" --log-dir "$SENTRIX_LOG_DIR" --rotate-mins "$rotate" --guard "$guard"
    [ "$provider" != demo ] || set -- "$@" --provider demo
    for host in $allow; do set -- "$@" --allow "$host"; done
    [ -z "$channels" ] || set -- "$@" --channel "$channels"
    case ,$relax, in
        *,web,*) set -- "$@" --channel web-fetch ;;
    esac
    # The sandbox asks for /v1/…, and such addresses are usually given with it.
    [ -z "${CUSTOM_BASE_URL:-}" ] || set -- "$@" --upstream "custom=${CUSTOM_BASE_URL%/v1}"
    if [ -n "${CUSTOM_API_KEY:-}" ]; then
        (
            umask 077
            printf 'custom=%s\n' "$CUSTOM_API_KEY" >"$work/keys"
        )
        set -- "$@" --key-file "$work/keys"
    fi
    start tap "$collect" tap "$@"
    ready tap "the tap did not start, and nothing runs without it; --no-tap runs without, and says what is lost"
    chmod 666 "$work/tap/llm.sock" "$work/tap/egress.sock" 2>/dev/null || true
}

# ready CHILD WHY     waits until a child says that it is ready; one that ends before ends the run, and WHY says so
ready() {
    until [ -s "$work/$1.out" ]; do
        kill -0 "$(pid_of "$1")" 2>/dev/null || {
            words_of "$1" 1
            say "$2"
            end 4
        }
        rest_a_moment 1
    done
}

# A sleep that a signal ends.
rest_a_moment() {
    sleep "$1" &
    wait $! 2>/dev/null || true
}

start_sandbox() {
    set -- --log-dir "$SENTRIX_LOG_DIR" --image "$image" --model "$model" --timeout "$timeout" --rotate-mins "$rotate" --env-file "$work/inside"
    if [ -n "$tap" ]; then
        set -- "$@" --network none --tap-dir "$work/tap"
        [ -z "$tap_by" ] || set -- "$@" --tap-by "$tap_by"
    else
        set -- "$@" --network own
    fi
    on "$reasoning" || set -- "$@" --no-reasoning
    [ -z "$relax" ] || set -- "$@" --relax "$relax"
    [ -z "$channels" ] || set -- "$@" --channel "$channels"
    [ -z "$volume" ] || set -- "$@" --volume "$volume"
    [ -n "$memory" ] || [ -z "$channels" ] || memory=3072
    [ -z "$memory" ] || set -- "$@" --memory "$memory"
    start up "$box" up "$@"
    [ -t 2 ] && ticking=1
    began=$(date +%s)
    while kill -0 "$(pid_of up)" 2>/dev/null; do
        [ -z "$ticking" ] || printf '\r\033[Ksentrix: starting the gateway, %s s (a first start takes a minute or two)' "$(($(date +%s) - began))" >&2
        rest_a_moment 1
    done
    [ -z "$ticking" ] || printf '\r\033[K' >&2
    ticking=
    code=0
    wait "$(pid_of up)" || code=$?
    if [ "$code" != 0 ]; then
        words_of up 3
        end "$code"
    fi
    finish up
    if [ -n "$verbose" ]; then
        cat "$work/up.log" >&2
        "$box" explain >&2 || true
    fi
    sandbox=$(field "$work/up.out" name)
    tap_by=$(field "$work/up.out" tap_by)
    [ "$tap_by" != exec ] || start_carrying
}

# Where the sockets cannot be mounted, their connections are carried: until then the sandbox reaches nothing.
start_carrying() {
    start carry "$box" carry --tap-dir "$work/tap"
    ready carry "without its tap the sandbox reaches nothing, and ends"
}

# carried_no_more     whether the way to the tap broke. With the sandbox it ends as it should, and the watch says so in a moment.
carried_no_more() {
    pid=$(pid_of carry)
    [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null || return 1
    code=0
    wait "$pid" || code=$?
    finish carry
    [ "$code" != 0 ]
}

# The first seconds of a child that may be missing or misled.
check_started() {
    rest_a_moment 1
    kill -0 "$(pid_of "$1")" 2>/dev/null && return 0
    warn "$2 did not start: $(tail -n 1 "$work/$1.log" | sed 's/^sentrix: error: //')"
    return 1
}

start_watchers() {
    start watch "$box" watch
    if [ -n "$patrol" ]; then
        patrolling=$(program sentrix-patrol)
        start patrol "$patrolling" --follow "$SENTRIX_LOG_DIR"
        check_started patrol "the patrol" || patrol=
        police=$(program sentrix-police)
        start police "$police" --follow --escalation "$escalation"
        check_started police "the police" || true
    fi
    if [ -n "$publish" ]; then
        start publish "$box" publish --listen "127.0.0.1:$port"
        check_started publish "the published port" || publish=
    fi
    if [ -n "$bridge" ]; then
        start bridge "$(program sentrix-bridge)" --json --quiet
        check_started bridge "the bridge" || bridge=
    fi
}

write_config() {
    enabled=false
    [ -z "$patrol" ] || enabled=true
    (
        umask 077
        printf '{"patrol_enabled": %s, "max_subagents": 3, "escalation_level": "%s"}\n' "$enabled" "$escalation" >"$SENTRIX_LOG_DIR/.sentrix_config.json.new"
    ) && mv "$SENTRIX_LOG_DIR/.sentrix_config.json.new" "$SENTRIX_LOG_DIR/.sentrix_config.json"
}

greet() {
    if [ "$tap_by" = exec ]; then way="no network; all that leaves passes the tap, carried over an exec"; elif [ -n "$tap" ]; then way="no network; all that leaves passes the tap"; else way="WITHOUT the tap: requests and tool calls are not recorded"; fi
    printf 'sandbox  %s, %s (%s)\n' "$sandbox" "$model" "$way"
    [ "$provider" != demo ] || printf '         demo is a script, not a model: say hello, or ask for anything\n'
    printf 'record   %s\n' "$SENTRIX_LOG_DIR"
    printf 'chat     sentrix chat, or sentrix chat -m hello%s\n' "$([ "$SENTRIX_LOG_DIR" = ./agent_logs ] || printf ' --dir %s' "$SENTRIX_LOG_DIR")"
    if [ -n "$bridge" ]; then
        link=$(field "$work/bridge.out" link)
        [ -z "$link" ] || printf 'page     %s\n' "$link"
    fi
    [ -z "$publish" ] || printf 'gateway  127.0.0.1:%s, token in %s\n' "$port" "$(field "$work/up.out" token_file)"
    [ -z "$patrol" ] || printf 'flags    %s/patrol_flags.jsonl\n' "$SENTRIX_LOG_DIR"
    [ "$timeout" = 0 ] || printf 'ends     in %s min, or with Ctrl-C\n' "$timeout"
}

count() {
    if [ -f "$1" ]; then wc -l <"$1" | tr -d ' '; else echo 0; fi
}

# Until it is over: the sandbox has ended, its time is over, or what it cannot be without has died.
attend() {
    flags=$SENTRIX_LOG_DIR/patrol_flags.jsonl
    before=$(count "$flags")
    [ ! -t 2 ] || ticking=1
    while :; do
        if ! kill -0 "$(pid_of watch)" 2>/dev/null; then
            code=0
            wait "$(pid_of watch)" || code=$?
            [ -z "$ticking" ] || printf '\r\033[K' >&2
            ticking=
            words_of watch 1
            return "$code"
        fi
        if [ -n "$tap" ] && ! kill -0 "$(pid_of tap)" 2>/dev/null; then
            [ -z "$ticking" ] || printf '\r\033[K' >&2
            ticking=
            warn "the tap has ended, and with it the only way out: $(tail -n 1 "$work/tap.log")"
            return 4
        fi
        if carried_no_more; then
            [ -z "$ticking" ] || printf '\r\033[K' >&2
            ticking=
            warn "the way to the tap is gone: $(tail -n 1 "$work/carry.log" | sed 's/^sentrix: error: //')"
            return 4
        fi
        for name in patrol police bridge; do
            pid=$(pid_of "$name")
            if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then
                [ -z "$ticking" ] || printf '\r\033[K' >&2
                warn "$name has ended; the sandbox goes on without it: $(tail -n 1 "$work/$name.log" | sed 's/^sentrix: error: //')"
                finish "$name"
            fi
        done
        if [ -n "$ticking" ]; then
            seconds=$(($(date +%s) - began))
            printf '\r\033[K%s  running %d:%02d  record %s kB  flags %s  Ctrl-C ends' "$sandbox" "$((seconds / 60))" "$((seconds % 60))" \
                "$(du -sk "$SENTRIX_LOG_DIR" 2>/dev/null | cut -f 1)" "$(($(count "$flags") - before))" >&2
        fi
        rest_a_moment 2
    done
}

run() {
    options "$@"
    box=$(program sentrix-box)
    collect=$(program sentrix-collect)
    # Docker first: it is what is missing most often, and sentrix-box says what to do.
    "$box" status --json >/dev/null 2>&1 || exec "$box" status
    if ! choose_model; then
        if [ -t 0 ] && [ -t 2 ]; then
            say "there is no key for a model yet; a few questions"
            said=$("$box" setup --env-file .env) || die $? "without a key: \`sentrix run --provider demo\` runs a script that plays a model"
            case $said in *'"start":false'*) return 0 ;; esac
            read_env
            choose_model || die 2 "there is still no key; \`sentrix run --provider demo\` needs none"
        else
            say "there is no key for a model (such as ANTHROPIC_API_KEY), and no terminal to ask on: the demo plays one"
            provider=demo touring=1
            choose_model
        fi
    fi
    if [ -z "$tap" ]; then
        [ "$provider" != demo ] || die 2 "the demo plays its model in the tap; leave out --no-tap"
        say "--no-tap: requests, tool calls and their results are not recorded, the agent holds the key, and it reaches any host"
        for name in ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY OPENROUTER_API_KEY XAI_API_KEY MISTRAL_API_KEY GROQ_API_KEY TOGETHER_API_KEY; do
            eval "[ -z \"\${$name:-}\" ] || keep $name \"\$$name\""
        done
    fi
    [ -z "$verbose" ] || say_settings
    { mkdir -p "$SENTRIX_LOG_DIR" && chmod 700 "$SENTRIX_LOG_DIR"; } 2>/dev/null || die 4 "cannot use the log directory $SENTRIX_LOG_DIR; --log-dir names another"
    # Root may not record (sentrix-box says why): an empty directory goes to the user that does so instead.
    if [ "$(id -u)" = 0 ] && [ -z "$(ls -A "$SENTRIX_LOG_DIR")" ]; then
        chown 10002:10002 "$SENTRIX_LOG_DIR" || die 4 "cannot hand $SENTRIX_LOG_DIR to the user that records; --log-dir names another directory"
    fi
    clear_leftovers || die 4 "$SENTRIX_LOG_DIR is in use by another run; \`sentrix stop\` ends it, --log-dir names another directory"

    ending=0 ticking='' ready='' children='' work=''
    work=$(mktemp -d "${TMPDIR:-/tmp}/sentrix-run.XXXXXX") || die 4 "cannot make a directory in ${TMPDIR:-/tmp}"
    trap 'end 130' INT
    trap 'end 143' TERM
    trap 'end 129' HUP
    trap 'ending=$?; cleanup' EXIT
    mkdir -m 755 "$work/tap"
    (
        umask 077
        printf '%s' "$inside" >"$work/inside"
    )
    note_run
    start build "$here/sentrix" build --if-missing --tag "$image"
    follow_build
    write_config
    [ -z "$tap" ] || start_tap
    start_sandbox
    start_watchers
    ready=1
    greet
    code=0
    if [ -n "$touring" ]; then
        # shellcheck source=scripts/tour.sh
        . "$lib/tour.sh"
        tour || code=$?
    else
        attend || code=$?
    fi
    end "$code"
}

# The first build takes minutes: each step is said.
follow_build() {
    shown=0
    while kill -0 "$(pid_of build)" 2>/dev/null; do
        rest_a_moment 1
        lines=$(count "$work/build.log")
        if [ "$lines" -gt "$shown" ]; then
            sed -n "$((shown + 1)),${lines}p" "$work/build.log" | grep -E 'Step|built|error|building|trying' >&2 || true
            shown=$lines
        fi
    done
    code=0
    wait "$(pid_of build)" || code=$?
    [ "$code" = 0 ] || {
        words_of build 5
        end "$code"
    }
    finish build
}
