"""What stands around the box in its boot test: the lab with its modems, a clock, SSH, the files of a first start."""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any, cast

from appliance.lab.station import HANDSETS, SIMS
from appliance.labbox import PIN

NTP_EPOCH = 2_208_988_800  # s between 1900 and 1970, RFC 5905 § 6
MODEMS = SIMS[:2]
TARIFF = "prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.09,60,1\n"


class ClockServer(asyncio.DatagramProtocol):
    """An SNTP server (RFC 5905, mode 4): the box trusts the clock of the office's network."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        if len(data) < 48:
            return
        now = time.time() + NTP_EPOCH
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        head = struct.pack("!BBbbII4s", 0x24, 1, data[2], -20, 0, 0, b"LOCL")
        self._transport.sendto(head + stamp + data[40:48] + stamp + stamp, address)


class Shell:
    """The box's root shell, by the key that ringback.toml gave it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._key, self._port = folder / "id_ed25519", port
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._key)], check=True)
        self._options = ["-i", str(self._key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                         "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=60"]

    @property
    def public_key(self) -> str:
        return self._key.with_suffix(".pub").read_text().strip()

    async def run(self, command: str, check: bool = True) -> str:
        process = await asyncio.create_subprocess_exec(
            "ssh", *self._options, "-p", str(self._port), "root@127.0.0.1", command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        out, _ = await process.communicate()
        if check and process.returncode:
            raise RuntimeError(f"{command}: exit status {process.returncode}: {out.decode(errors='replace')[-600:]}")
        return out.decode(errors="replace")

    async def ask(self, command: str) -> Any:
        return json.loads(await self.run(command))

    async def put(self, file: Path, target: str) -> None:
        process = await asyncio.create_subprocess_exec(
            "scp", *self._options, "-O", "-P", str(self._port), str(file), f"root@127.0.0.1:{target}")
        if await process.wait():
            raise RuntimeError(f"{file} could not be copied to {target}")


def first_start_files(folder: Path, key: str) -> list[Path]:
    """What a person would put on the card's first partition."""
    folder.mkdir()
    (folder / "ringback.toml").write_text(
        f'hostname = "bench"\nssh_keys = ["{key}"]\ntime_server = "10.0.2.2"\ntimezone = "Europe/Berlin"\n')
    lines = "".join(
        f'[[line]]\nname = "gsm{n}"\nat = "{port(name, "AT")}"\naudio = "{port(name, "PCM")}"\nnumber = "{number}"\n'
        f'tariff = "gsm.csv"\n' for n, (name, number, _) in enumerate(MODEMS, 1))
    (folder / "site.toml").write_text(
        '[site]\ncountry = "DE"\ncurrency = "EUR"\nlanguage = "en"\n[site.brakes]\nrepeat_window_s = 0\n'
        f'{lines}[[account]]\nname = "Front desk"\n'
        f'numbers = ["{HANDSETS[0][1]}"]\npin = "{PIN}"\nverify = "pin"\n')
    (folder / "gsm.csv").write_text(TARIFF)
    return sorted(folder.iterdir())


def serial_number(sim: str, what: str) -> str:
    return f"{sim}{what}".upper()


def port(sim: str, what: str) -> str:
    """How udev calls the port, wherever it is plugged in."""
    return f"/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{serial_number(sim, what)}-if00-port0"


def modems(lab: Path) -> list[tuple[Path, str]]:
    """The lab's ptys, and the serial numbers under which they appear in the box."""
    return [(lab / f"{name}-{suffix}", serial_number(name, what))
            for name, _, _ in MODEMS for suffix, what in (("at", "AT"), ("audio", "PCM"))]


async def page(port: int) -> int:
    """The status of the first page; 0 while nothing answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def get() -> int:
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{port}/", timeout=30, context=context) as answer:
                return int(answer.status)
        except OSError:
            return 0

    return await asyncio.to_thread(get)
