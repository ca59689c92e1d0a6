"""Kernel modules of our own, inside the running image."""

from __future__ import annotations

from tests.image.story import Bench, say

AT_BOOT = ("mISDN_core", "mISDN_dsp")
ON_DEMAND = ("l1oip", "hfcsusb", "hfcpci", "hfcmulti")
NO_FIRMWARE = "rpi_tryboot: there is no Raspberry Pi firmware here"
SOCKET = "python3 -c 'import socket; socket.socket(34, socket.SOCK_RAW, 0)'"  # AF_ISDN, ISDN_P_BASE


async def own_modules(bench: Bench) -> None:
    """They fit this kernel; ISDN is there from the start; the one for the firmware says that there is none."""
    kernel = (await bench.shell.run("uname -r")).strip()
    for name in (*AT_BOOT, *ON_DEMAND, "rpi_tryboot"):
        made_for = (await bench.shell.run(f"modinfo -F vermagic {name}")).split()[0]
        assert made_for == kernel, f"{name} is for {made_for}, and this is {kernel}"
    loaded = await bench.shell.run("lsmod")
    assert all(name in loaded for name in AT_BOOT), loaded
    await bench.shell.run(f"modprobe -a {' '.join(ON_DEMAND)}")
    await bench.shell.run(SOCKET)
    told = await bench.shell.run("modprobe rpi_tryboot; echo status $?; dmesg | grep rpi_tryboot")
    assert "status 1" in told, told
    assert NO_FIRMWARE in told, told
    say(f"{len(AT_BOOT) + len(ON_DEMAND)} modules of mISDN fit {kernel}; {NO_FIRMWARE}")
