#!/bin/sh
# Installs the programs, the command sentrix, and what the sandbox image is made of.
#
#   scripts/install.sh [PREFIX]        default ~/.local; PREFIX/bin must be on PATH
set -eu
cd "$(dirname "$0")/.."
prefix=${1:-$HOME/.local}
: "${CARGO:=cargo}"
command -v "$CARGO" >/dev/null || {
    echo "install: cargo is not installed; see https://rustup.rs" >&2
    exit 4
}

"$CARGO" install --path . --root "$prefix" --locked
machine=$(uname -m)-unknown-linux-gnu
lib=$prefix/lib/sentrix
mkdir -p "$lib/static"
# What runs inside the container is linked statically: the image's C library is not ours.
for name in collect relay; do
    RUSTFLAGS='-C target-feature=+crt-static' "$CARGO" build --release --quiet --locked --target "$machine" \
        --no-default-features --features "$name" --bin "sentrix-$name"
    install -m 755 "${CARGO_TARGET_DIR:-target}/$machine/release/sentrix-$name" "$lib/static/"
done
install -m 644 scripts/lib.sh scripts/run.sh scripts/build.sh scripts/doctor.sh scripts/export.sh scripts/police.sh scripts/tour.sh "$lib/"
install -m 755 scripts/base-image.sh "$lib/"
install -m 755 scripts/sentrix "$prefix/bin/sentrix"
# Completions and manual pages, made of the programs' own command lines.
share=$prefix/share
mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
for name in box collect sync patrol police bridge; do
    made=$prefix/bin/sentrix-$name
    SENTRIX_MANUAL='man' "$made" >"$share/man/man1/sentrix-$name.1"
    SENTRIX_MANUAL=bash "$made" >"$share/bash-completion/completions/sentrix-$name"
    SENTRIX_MANUAL=zsh "$made" >"$share/zsh/site-functions/_sentrix-$name"
    SENTRIX_MANUAL=fish "$made" >"$share/fish/vendor_completions.d/sentrix-$name.fish"
done
# The command sentrix is a script: the words of its help are its completions.
words=$("$prefix/bin/sentrix" help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' | tr '\n' ' ')
printf "complete -o default -W '%s' sentrix\n" "$words" >"$share/bash-completion/completions/sentrix"
printf "#compdef sentrix\n_arguments '1:command:(%s)' '*::arguments:_default'\n" "$words" >"$share/zsh/site-functions/_sentrix"
printf "complete -c sentrix -n __fish_use_subcommand -f -a '%s'\n" "$words" >"$share/fish/vendor_completions.d/sentrix.fish"
echo "installed into $prefix/bin; \`sentrix doctor\` looks at what else is needed"
