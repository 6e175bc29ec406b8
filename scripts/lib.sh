# Shared by the scripts: where we are, how we speak, and what a bare machine lacks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }

# install PACKAGE...: what is missing of these system packages.
install() {
    if command -v dpkg-query >/dev/null; then
        local missing=() package
        for package in "$@"; do
            dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
        done
        [ ${#missing[@]} -eq 0 ] && return
        say "installing ${missing[*]}"
        local root=()
        [ "$(id -u)" -eq 0 ] || root=(sudo)
        "${root[@]}" apt-get update -qq
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
            || fail "apt-get could not install ${missing[*]}"
    elif command -v brew >/dev/null; then
        brew install --quiet libuv openssl@3 simdjson
    else
        fail "neither apt-get nor brew is here: install libuv, OpenSSL 3, zlib and simdjson 3 by hand"
    fi
}

# The libraries that the package links.
install_libraries() {
    command -v swift >/dev/null || fail "no Swift toolchain on PATH (6.2 or newer; see swift.org/install)"
    install libuv1-dev libssl-dev zlib1g-dev libsimdjson-dev pkg-config
}
