#!/bin/sh
# installed.sh BASE FILE: a Debian 13 of the folder BASE, copy-on-write, with FILE as /ringback.deb; its own systemd boots it.
# As root, after `unshare --mount`. BASE is not changed.
set -eu
mount --make-rprivate /
top=$(mktemp -d)
mount -t tmpfs -o size=3g tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$top/upper,workdir=$top/work" "$top/root"
cp "$2" "$top/root/ringback.deb"
exec sh "$(dirname "$0")/boot.sh" "$top/root" multi-user.target
