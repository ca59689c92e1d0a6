# Sourced by the scripts beside it: where things lie, and how they speak. POSIX sh.
# shellcheck shell=sh disable=SC2034 # they use what seems unused here
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
CACHE=${RINGBACK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ringback-image} # outlives a checkout: debs, tools, base root
OUT=${RINGBACK_OUT:-$top/image-out}
LOCK=${RINGBACK_LOCK:-$here/packages.lock}
MIRROR=${RINGBACK_MIRROR:-http://deb.debian.org}
SUITE=trixie
export LC_ALL=C.UTF-8

say() { echo "image: $*" >&2; }
die() {
    echo "image: $*" >&2
    exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die "$1 needs root, for chroots; run it as root (sudo make ...)"; }

# A name for what one set of the lock makes: it changes when a package of that set does.
lock_hash() { grep -E "^($1) " "$LOCK" | sha256sum | cut -c1-16; }

# A path of the lock, as the file is called here.
file_of() { basename "$1" | sed 's/%2b/+/g; s/%7e/~/g; s/%3a/:/g'; }

lock_epoch() { sed -n 's/^# epoch //p' "$LOCK"; }
tools_root() { echo "$CACHE/tools-$(lock_hash tools)"; }
modules_dir() { # FLAVOUR
    echo "$CACHE/modules-$1-$({
        grep -E "^(kbuild-$1|headers-$1|tools) " "$LOCK"
        cat "$top"/firmware-config/dkms/* "$here"/tryboot/* "$here/modules"
    } | sha256sum | cut -c1-16)"
}
base_root() { echo "$CACHE/base-$(lock_hash base).tar"; }

# Debian packages of this machine, installed when missing.
host_packages() {
    missing=""
    for package; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    [ "$(id -u)" = 0 ] || die "as root, install:$missing"
    say "installing Debian packages:$missing"
    DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # shellcheck disable=SC2086 # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >/dev/null
}
