#!/bin/sh
# test_image.sh: builds the card image and boots it. What this machine lacks is said last and loudly, as SKIPPED.
set -u
flavour=${FLAVOUR:-pi4}
out=${RINGBACK_OUT:-$PWD/image-out}
skip() {
    echo "test-image: SKIPPED: $*"
    exit 0
}
[ "$(id -u)" = 0 ] || skip "building an image needs root"
sh tools/install.sh qemu-system-arm mmdebstrap curl mtools fdisk openssh-client e2fsprogs
command -v qemu-system-aarch64 >/dev/null || skip "qemu-system-arm does not install here"
command -v mmdebstrap >/dev/null || skip "mmdebstrap does not install here"

FOR_TEST=1 image-build/build
status=$?
if [ $status = 3 ]; then
    # Debian keeps the newest versions only. The lock stays as it is; what is tested is what Debian has today.
    echo "test-image: THE LOCK IS OUT OF DATE: its packages are gone from the archive. Testing with today's; run make image-lock"
    RINGBACK_LOCK=$(mktemp) && export RINGBACK_LOCK
    image-build/lock || skip "no lock could be made: is Debian's archive reachable?"
    FOR_TEST=1 image-build/build
    status=$?
fi
[ $status = 0 ] || exit $status
version=$(sed -nE 's/^version = "(.*)"/\1/p' pyproject.toml)
.venv/bin/python -m tests.image "$out/ringback-$flavour-$version.img" "$out/ringback-$flavour-$version.raucb" "$out/broken.raucb"
