"""Kernel modules of our own, inside the running image."""

from __future__ import annotations

from tests.image.station import Shell
from tests.image.story import Bench, say

AT_BOOT = ("mISDN_core", "mISDN_dsp")
ON_DEMAND = ("l1oip", "hfcsusb", "hfcpci", "hfcmulti")
NO_FIRMWARE = "rpi_tryboot: there is no Raspberry Pi firmware here"
SOCKET = "python3 -c 'import socket; socket.socket(34, socket.SOCK_RAW, 0)'"  # AF_ISDN, ISDN_P_BASE


async def own_modules(bench: Bench) -> None:
    """They fit this kernel; ISDN is there from the start; the one for the firmware says that there is none."""
    kernel = (await bench.shell.run("uname -r")).strip()
    isdn = kernel.startswith("6.")  # pi5's kernel has none
    for name in ((*AT_BOOT, *ON_DEMAND, "raspberrypi-hwmon") if isdn else ()) + ("rpi_tryboot",):
        made_for = (await bench.shell.run(f"modinfo -F vermagic {name}")).split()[0]
        assert made_for == kernel, f"{name} is for {made_for}, and this is {kernel}"
    if isdn:
        loaded = await bench.shell.run("lsmod")
        assert all(name in loaded for name in AT_BOOT), loaded
        await bench.shell.run(f"modprobe -a {' '.join(ON_DEMAND)}")
        await bench.shell.run(SOCKET)
        say(f"{len(AT_BOOT) + len(ON_DEMAND)} modules of mISDN fit {kernel}")
    await no_pi_is_said(bench.shell)


async def no_pi_is_said(shell: Shell) -> None:
    """By the module that hands a word to a Pi's firmware, on a machine without one."""
    told = await shell.run("modprobe rpi_tryboot; echo status $?; dmesg | grep rpi_tryboot")
    assert "status 1" in told, told
    assert NO_FIRMWARE in told, told
    say(NO_FIRMWARE)
