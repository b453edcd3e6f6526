# shellcheck shell=sh
# shellcheck disable=SC2154 # sentrix says where it is
# `sentrix build`: the image, and a base for it where no registry can be reached. It is read, not run.

# The static programs that go into the image: beside an installation, or built in a checkout.
static_programs() {
    machine=$(uname -m)
    for dir in ${SENTRIX_PROGRAMS:+"$SENTRIX_PROGRAMS"} "$lib/static" "$here/../lib/sentrix/static"; do
        if [ -x "$dir/sentrix-collect" ] && [ -x "$dir/sentrix-relay" ]; then
            programs=$dir
            return 0
        fi
    done
    [ -f "$here/../Cargo.toml" ] || die 4 "the static programs of the image are not installed; scripts/install.sh installs them"
    command -v cargo >/dev/null || die 4 "cargo is not installed, and the image needs two programs of this checkout; see https://rustup.rs"
    say "building what goes into the image"
    for name in collect relay; do
        (cd "$here/.." && RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --quiet \
            --target "$machine-unknown-linux-gnu" --no-default-features --features "$name" --bin "sentrix-$name") ||
            die 4 "cargo could not build sentrix-$name; the lines above say why"
    done
    programs=${CARGO_TARGET_DIR:-$here/../target}/$machine-unknown-linux-gnu/release
}

# build_image OPTIONS…      tries the usual base, then, where that cannot be fetched, one without a registry
build_image() {
    box=$(program sentrix-box)
    # Whether there is one is asked before anything is compiled for it.
    case " $* " in
        *' --if-missing '*) "$box" build --programs /nonexistent "$@" 2>/dev/null && return 0 ;;
    esac
    static_programs
    "$box" build --programs "$programs" "$@" && return 0
    status=$?
    case " $* " in
        *' --base-image '*) return "$status" ;;
    esac
    # It may have been the base image; sentrix-box uses this one when it is there.
    { [ -x "$lib/base-image.sh" ] && [ "$(id -u)" = 0 ] && command -v mmdebstrap && command -v npm; } >/dev/null || {
        say "where no registry can be reached, scripts/base-image.sh makes a base image (as root, with mmdebstrap and npm), then build again"
        return "$status"
    }
    say "trying once more on a base image made without a registry"
    SENTRIX_BASE_CA=${SENTRIX_BASE_CA:-${NODE_EXTRA_CA_CERTS:-}} "$lib/base-image.sh" sentrix-base:local >/dev/null || return 4
    "$box" build --programs "$programs" "$@"
}

build() {
    case " $* " in
        *' --help '* | *' -h '*) exec "$(program sentrix-box)" build --help ;;
    esac
    build_image "$@"
}
