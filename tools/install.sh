#!/bin/sh
# install.sh PACKAGE...: installs what of these Debian packages is missing. Never fails: who needs them says what lacks.
missing=""
for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "as root, install:$missing" >&2; exit 0; }
echo "installing Debian packages:$missing"
DEBIAN_FRONTEND=noninteractive apt-get -qq update
# shellcheck disable=SC2086 # a list of package names
DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >/dev/null || true
