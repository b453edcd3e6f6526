# shellcheck shell=sh
# shellcheck disable=SC2154 # run.sh says what runs
# What `sentrix run` shows where there is neither a key nor a terminal: a chat, what is refused, what is flagged. It is read, not run.

step() {
    printf '\n$ %s\n' "$1"
}

# A command in the background, so that a signal is heard at once.
show() {
    "$@" &
    wait $!
}

tour() {
    step "sentrix chat -m hello"
    show "$box" agent -m hello || return 4
    step "sentrix chat -m 'give me the tour'"
    show "$box" agent -m 'give me the tour' || return 4
    # What the collector has read is on the disk within a moment.
    rest_a_moment 2
    step "sentrix patrol --flags - --format text"
    show "$(program sentrix-patrol)" "$SENTRIX_LOG_DIR" --once --judge rules --state none --flags - --format text --run-timeout 0 || return $?
    step "sentrix patrol"
    show "$(program sentrix-patrol)" "$SENTRIX_LOG_DIR" --once --judge rules --run-timeout 0 || return $?
    step "sentrix-box explain"
    show "$box" explain || return $?
    printf '\nThe record is in %s, the flags in %s/patrol_flags.jsonl. With a key in .env, or on a terminal, sentrix run goes on until Ctrl-C.\n' \
        "$SENTRIX_LOG_DIR" "$SENTRIX_LOG_DIR"
}
