#!/bin/sh
# booted.sh CHECKOUT VENV: this machine's own systemd, in namespaces of its own over a copy-on-write view of this system, with
# the units of the checkout. As root, after `unshare --mount`. Nothing outside is changed; it ends with the process.
set -eu
checkout=$1 venv=$2
mount --make-rprivate /
base=$(mktemp -d)
mount -t tmpfs -o size=3g tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root

lib=$root/usr/lib/ringback
mkdir -p "$lib/bin"
mkdir "$lib/lib"
cp -a "$venv/lib/." "$lib/lib/"
site=$(echo "$lib"/lib/python3*/site-packages)
rm -f "$site"/__editable__*ringback*
cp -a "$checkout/appliance" "$checkout/web" "$site/"
python=$(readlink -f "$venv/bin/python")
ln -s "$python" "$lib/bin/python"
printf 'home = %s\n' "$(dirname "$python")" >"$lib/pyvenv.cfg"
printf '#!/usr/lib/ringback/bin/python\nimport sys\nfrom appliance.cli import main\nsys.exit(main())\n' >"$lib/bin/ringback"
chmod 755 "$lib/bin/ringback"

units=$root/etc/systemd/system
rm -rf "$units"
mkdir -p "$units/test.target.wants" "$root/etc/sysusers.d" "$root/etc/tmpfiles.d"
cp -a "$checkout/systemd/system/." "$units/"
cp "$checkout/systemd/sysusers.d/ringback.conf" "$root/etc/sysusers.d/"
cp "$checkout/systemd/tmpfiles.d/ringback.conf" "$root/etc/tmpfiles.d/"
systemd-sysusers --root="$root" ringback.conf
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' >"$units/test.target"
ln -s ../ringback.service ../ringback-web.service "$units/test.target.wants/"
for unit in systemd-udevd systemd-timesyncd systemd-resolved systemd-networkd systemd-time-wait-sync; do
    ln -s /dev/null "$units/$unit.service"
done

exec sh "$checkout/tests/units/boot.sh" "$root" test.target
