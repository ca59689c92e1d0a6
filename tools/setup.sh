#!/bin/sh
# Sets up what is missing: Debian packages (named first), then the virtual environment. Safe to run again.
set -eu
python=$1
venv=$2

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo -n "$@"
    else
        echo "setup: neither root nor sudo here; as root, run: $*" >&2
        return 1
    fi
}

have() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }
either() { have "$1" || have "$2"; }

missing=""
"$python" -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
if command -v apt-get >/dev/null; then
    for package in espeak-ng asterisk-core-sounds-en-wav libgsm1 libopencore-amrnb0 libpri1.4 libspeexdsp1 faketime openssl \
        systemd rauc squashfs-tools; do
        have "$package" || missing="$missing $package"
    done
    if ! either libspandsp2 libspandsp2t64; then
        . /etc/os-release
        if [ "${VERSION_ID:-13}" = 12 ]; then missing="$missing libspandsp2"; else missing="$missing libspandsp2t64"; fi
    fi
else
    echo "setup: no apt here; voices, DTMF by spandsp and GSM codecs are used only where their libraries are found"
fi

if [ -n "$missing" ]; then
    echo "setup: installing Debian packages:$missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # shellcheck disable=SC2086 # a list of package names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >/dev/null
fi

if [ ! -x "$venv/bin/python" ]; then
    echo "setup: making the virtual environment $venv"
    "$python" -m venv "$venv"
fi
echo "setup: installing Python packages into $venv"
"$venv/bin/python" -m pip -q --disable-pip-version-check install --editable '.[dev]'
