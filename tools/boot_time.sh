#!/bin/sh
# boot_time.sh: starts the image that was just built once, in qemu, and prints its boot time. BOOT_TIME=0: does not.
set -u
flavour=${FLAVOUR:-pi4}
out=${RINGBACK_OUT:-$PWD/image-out}
version=$(sed -nE 's/^version = "(.*)"/\1/p' pyproject.toml)
[ "${BOOT_TIME:-1}" != 0 ] || exit 0
{ command -v qemu-system-aarch64 && command -v mtype; } >/dev/null || {
    echo "boot time: not measured, since this machine has no qemu-system-arm or mtools"
    exit 0
}
exec .venv/bin/python -m tests.image "$out/ringback-$flavour-$version.img" "$out" --chapters
