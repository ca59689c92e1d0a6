"""What makes a run on a real kernel fail, and which modules it loads in which order."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from tests.kernel.__main__ import judged
from tests.kernel.tree import modules

GOOD = "14 passed in 52.63s\nstatus 0\n"


def test_a_good_run() -> None:
    assert judged(0, GOOD, "[    1.2] Linux version 6.12\n") == []


@pytest.mark.parametrize(("status", "text", "log"), [
    (-1, GOOD, ""),
    (1, GOOD, ""),
    (0, "1 failed, 13 passed in 52.63s\nstatus 1\n", ""),
    (0, "5 passed\n", ""),
    (0, "", ""),
    (0, GOOD, "[    9.1] BUG: kernel NULL pointer dereference"),
    (0, GOOD, "[    9.1] WARNING: CPU: 0 PID: 1 at drivers/isdn/mISDN/core.c:1"),
    (0, GOOD, "[    9.1] hfcsusb_ph_l2l1: next_skb exist ERROR (skb->len=160 next_skb->len=160)"),
])
def test_a_bad_run(status: int, text: str, log: str) -> None:
    assert judged(status, text, log)


def test_modules_are_loaded_after_what_they_need(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    kernel.mkdir()
    (kernel / "vhci-hcd.ko.xz").write_bytes(lzma.compress(b"ELF\0depends=usbip-core,usbcore\0"))
    (kernel / "usbip-core.ko").write_bytes(b"ELF\0depends=usbcore\0")
    (kernel / "usbcore.ko").write_bytes(b"ELF\0depends=\0")
    order = modules([kernel], ["vhci_hcd", "usbcore"], tmp_path / "out")
    assert order == ["usbcore", "usbip_core", "vhci_hcd"]
    assert (tmp_path / "out/vhci_hcd.ko").read_bytes().startswith(b"ELF")
