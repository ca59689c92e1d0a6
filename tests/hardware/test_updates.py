"""The helper that has RAUC check, write and try a bundle: the program of the unit, over its socket, with Debian's rauc
for signatures where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.hardware.updates import Updates, answer
from tests.hardware.cardimage import CardImage, card_image
from tests.units.unitfiles import SYSTEMD, keys


@pytest.fixture
def image(tmp_path: Path) -> Iterator[CardImage]:
    with card_image(tmp_path / "box", tmp_path / "bundle.raucb") as found:
        yield found


def asked(image: CardImage, order: bytes) -> list[dict[str, Any]]:
    """Every line of the answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ours:
        ours.settimeout(60)
        ours.connect(str(image.socket))
        ours.sendall(order)
        with ours.makefile() as lines:
            return [json.loads(line) for line in lines]


def lay(image: CardImage, bundle: Path) -> None:
    shutil.copy(bundle, image.root.parent / "bundle.raucb")


def test_a_signed_bundle_says_what_it_is(image: CardImage) -> None:
    lay(image, image.bundle("good", version="9.1.0"))
    assert asked(image, b"check\n") == [{"version": "9.1.0", "model": "ringback-pi4"}]


def test_another_signature_is_refused(image: CardImage) -> None:
    lay(image, image.bundle("bad", signer="stranger"))
    for order in (b"check\n", b"install\n"):
        assert asked(image, order)[-1]["error"].startswith("signature verification failed")


def test_half_a_bundle_is_refused(image: CardImage) -> None:
    (image.root.parent / "bundle.raucb").write_bytes(image.bundle("good").read_bytes()[7:100_000])
    assert asked(image, b"check\n")[-1]["error"].startswith("Invalid bundle format")


def test_no_bundle_at_all(image: CardImage) -> None:
    assert "error" in asked(image, b"check\n")[-1]


def test_it_is_told_how_far_it_is_and_then_the_box_restarts_once(image: CardImage) -> None:
    lay(image, image.bundle("good"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ours:
        ours.settimeout(60)
        ours.connect(str(image.socket))
        ours.sendall(b"install\n")
        with ours.makefile() as lines:
            while json.loads(lines.readline()) != {"percent": 60, "doing": "Copying image to root.1"}:
                pass
            image.go_on()
            assert [json.loads(line) for line in lines] == [{"percent": 100, "doing": "Installing done."}, {}]
    assert asked(image, b"try\n") == [{}]
    assert image.restarted() == "reboot --reboot-argument=0 tryboot"


@pytest.mark.parametrize("order", [b"", b"try", b"reboot\n", b"install /etc/passwd\n", b"check \n", b"TRY\n",
                                   b"x" * 9999, b"\xff\xfe\n", b"try\x00\n", b"try;reboot\n"])
def test_all_else_is_refused(order: bytes, image: CardImage) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ours:
        ours.connect(str(image.socket))
        try:
            ours.sendall(order)
            ours.shutdown(socket.SHUT_WR)
            said = ours.makefile().read()
        except OSError:
            said = '{"error"'  # it had heard enough
    assert said.startswith('{"error"') or said == ""
    assert not image.restarted()


def test_only_one_user_is_heard(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"try\n")
        assert answer(theirs, os.getuid() + 1, Updates(tmp_path)) == {"error": "only the gateway's user may ask"}


def test_the_unit_reads_where_the_gateway_lays_it() -> None:
    (asks,), (runs,) = (keys(SYSTEMD / "system" / name)["ExecStart"]
                        for name in ("ringback-update@.service", "ringback.service"))
    cache = runs.partition("--cache ")[2].split()[0]
    assert f"--bundle {cache}/update/bundle.raucb" in asks


def test_it_loads_nothing_but_the_standard_library() -> None:
    code = ("import sys; before = set(sys.modules); import appliance.hardware.updates; "
            "print(*sorted(set(sys.modules) - before))")
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    others = [name for name in loaded.split() if name.split(".")[0] not in sys.stdlib_module_names]
    assert others == ["appliance", "appliance.hardware", "appliance.hardware.updates", "appliance.hardware.usbports"]
