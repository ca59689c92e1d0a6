#!/bin/sh
# Runs the suite once more on Python 3.13, which the Pi runs, when this machine has one beside the first.
set -eu
first=$("$1/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$first" = 3.13 ] && exit 0
newest=""
for candidate in python3.13 "$HOME"/.pyenv/versions/3.13.*/bin/python3.13; do
    if command -v "$candidate" >/dev/null 2>&1; then newest=$candidate; fi
done
if [ -z "$newest" ]; then
    echo "test: no Python 3.13 here, so the suite ran on $first only"
    exit 0
fi
if [ ! -f .venv-3.13/.ready ] || [ pyproject.toml -nt .venv-3.13/.ready ]; then
    "$newest" -m venv .venv-3.13
    .venv-3.13/bin/python -m pip -q --disable-pip-version-check install --editable '.[dev]'
    touch .venv-3.13/.ready
fi
.venv-3.13/bin/python -m pytest
