#!/bin/sh
# booted.sh CHECKOUT VENV: this machine's own systemd, in namespaces of its own over a copy-on-write view of this system, with
# the units of the checkout. As root, after `unshare --mount`. Nothing outside is changed; it ends with the process.
set -eu
checkout=$1 venv=$2
mount --make-rprivate /
base=$(mktemp -d)
mount -t tmpfs -o size=3g tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root" "$base/cgroup"
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

mount -t cgroup2 cgroup2 "$base/cgroup"
group=$base/cgroup/ringback-test-$$
mkdir "$group"
echo $$ >"$group/cgroup.procs"
cat >"$root/ringback-boot" <<'END'
cd "$1"
mount -t proc proc proc; mount -t sysfs -o ro sysfs sys; mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do : >"dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
mkdir dev/pts dev/shm; mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts; ln -s pts/ptmx dev/ptmx; : >dev/console
mount -t tmpfs tmpfs sys/fs/cgroup 2>/dev/null || :
mount -t cgroup2 cgroup2 sys/fs/cgroup
ip link set lo up 2>/dev/null || :
mkdir -p old; pivot_root . old
exec env -i container=other PATH=/usr/bin:/usr/sbin \
    sh -c 'umount -l /old; exec /lib/systemd/systemd --unit=test.target --log-target=journal' </dev/null >/ringback-boot.log 2>&1
END
exec unshare --pid --fork --kill-child --uts --ipc --cgroup --net --mount sh "$root/ringback-boot" "$root"
