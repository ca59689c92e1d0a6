#!/bin/sh
# boot.sh ROOT TARGET: the systemd of ROOT as process 1 of namespaces of its own, with no network but its own loopback and no
# devices. As root, after `unshare --mount`; beside ROOT there is room for a mount point. It ends with the process.
set -eu
root=$1 target=$2
cgroup=$(dirname "$root")/cgroup
mkdir "$cgroup"
mount -t cgroup2 cgroup2 "$cgroup"
group=$cgroup/ringback-test-$$
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
    sh -c 'umount -l /old; exec /lib/systemd/systemd --unit=$0 --log-target=journal' "$2" </dev/null >/ringback-boot.log 2>&1
END
exec unshare --pid --fork --kill-child --uts --ipc --cgroup --net --mount sh "$root/ringback-boot" "$root" "$target"
