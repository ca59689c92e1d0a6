#!/bin/sh
# test_image.sh [--if-cheap] [CHAPTER...]: builds the card image and boots it; which chapters: python -m tests.image --help.
# What this machine lacks is said last and loudly, as SKIPPED. With --if-cheap (make test-slow) so is what would take too
# long: then it runs where an earlier build left the roots of this lock, and is over before RINGBACK_SLOW_UNTIL (seconds
# since 1970), if that is set. RINGBACK_TEST_IMAGE=1 makes the roots, too; with 0 it is always skipped.
set -u
flavour=${FLAVOUR:-pi4}
out=${RINGBACK_OUT:-$PWD/image-out}
NEEDS_S=3600   # s to build and boot with the roots at hand; on two crowded cores all of it took 45 min
NEEDS_MIB=6000 # of disk: card, two assemblies, bundles
skip() {
    echo "test-image: SKIPPED: the card image was neither built nor booted: $*"
    echo "test-image: to do it: as root, make test-image"
    exit 0
}
[ "$(id -u)" = 0 ] || skip "building an image needs root"
limit=""
if [ "${1:-}" = --if-cheap ]; then
    shift
    [ "${RINGBACK_TEST_IMAGE:-1}" != 0 ] || skip "RINGBACK_TEST_IMAGE=0"
    [ -n "${RINGBACK_TEST_IMAGE:-}" ] || image-build/roots --ready ||
        skip "no earlier build left the base root of this lock here, and making it takes up to a quarter of an hour"
    if [ -n "${RINGBACK_SLOW_UNTIL:-}" ]; then
        left=$((RINGBACK_SLOW_UNTIL - $(date +%s)))
        [ "$left" -ge "$NEEDS_S" ] || skip "$((left / 60)) minutes are left, and it may take $((NEEDS_S / 60))"
        limit="timeout --kill-after=30 $left"
    fi
    free=$(df --output=avail -m . | tail -n 1)
    [ "$free" -ge "$NEEDS_MIB" ] || skip "it takes $NEEDS_MIB MiB of disk, and $free are free"
fi
sh tools/install.sh qemu-system-arm mmdebstrap curl mtools fdisk openssh-client e2fsprogs
command -v qemu-system-aarch64 >/dev/null || skip "qemu-system-arm does not install here"
command -v mmdebstrap >/dev/null || skip "mmdebstrap does not install here"

FOR_TEST=1 $limit image-build/build
status=$?
if [ $status = 3 ]; then
    [ -z "$limit" ] || skip "packages of the lock are gone from the archive; make image-lock locks today's"
    # Debian keeps the newest versions only. The lock stays as it is; what is tested is what Debian has today.
    echo "test-image: THE LOCK IS OUT OF DATE: its packages are gone from the archive. Testing with today's; run make image-lock"
    RINGBACK_LOCK=$(mktemp) && export RINGBACK_LOCK
    image-build/lock || skip "no lock could be made: is Debian's archive reachable?"
    FOR_TEST=1 image-build/build
    status=$?
fi
[ -z "$limit" ] || [ $status != 124 ] || skip "its build was not over in $((left / 60)) minutes"
[ $status = 0 ] || exit $status
version=$(sed -nE 's/^version = "(.*)"/\1/p' pyproject.toml)
[ -z "$limit" ] || limit="timeout --signal=INT --kill-after=30 $((RINGBACK_SLOW_UNTIL - $(date +%s)))"
# shellcheck disable=SC2048,SC2086 # `--chapters` only with chapters
$limit .venv/bin/python -m tests.image "$out/ringback-$flavour-$version.img" "$out/bundles" ${*:+--chapters "$@"}
status=$?
[ -z "$limit" ] || [ $status != 124 ] || skip "its boots were not over in time; the console is in image-console.log"
exit $status
