"""The lab beside a gateway: its process, and settings that fit it when a data directory has none."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from appliance.accounts.account import Account, Verify
from appliance.accounts.pin import hash_pin
from appliance.commands.layout import Layout
from appliance.lab.station import HANDSETS, OUTLET, OUTLET_NUMBER, SIMS
from appliance.routing.tariff import parse_tariff
from appliance.settings.codec import settings_to_documents
from appliance.settings.model import IsdnLayout, LineSettings, Settings, SiteSettings
from appliance.store.documents import Documents
from appliance.vocabulary.clock import token
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

HEAD = "prefix,connection_fee,per_minute,first_increment,next_increment\n"
TARIFFS = (  # a flat mobile tariff; one with a fee, dear for short calls; one cheap to German landlines
    HEAD + "49,0,0.09,60,1\n", HEAD + "49,0.10,0.05,60,60\n", HEAD + "49,0,0.12,60,60\n4930,0,0.06,60,1\n")
ISDN_TARIFF = "49,0.05,0.10,60,60\n4915,0.05,0.19,60,60\n"
PIN = "4711"


class LabProcess:
    """`appliance.lab.serve` in a process of its own: it could not be told from hardware."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance.lab.serve", "--run-dir", str(self._folder), stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout
        if await self._process.stdout.readline() != b"ready\n":
            raise OSError("the lab did not start")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def do(self, action: str, *words: str) -> list[str]:
        """One action, as `ringback lab` does it. RuntimeError with the lab's words when it refuses."""
        reader, writer = await asyncio.open_unix_connection(self._folder / "lab.sock")
        writer.write(json.dumps({"id": 1, "method": action, "params": {"words": list(words)}}).encode() + b"\n")
        reply: dict[str, Any] = json.loads(await reader.readline())
        writer.close()
        if "error" in reply:
            raise RuntimeError(reply["error"]["message"])
        return list(reply["result"])

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def lab_settings(data: Path) -> None:
    """Settings for the lab's SIMs and people, unless the data directory has lines already."""
    documents = Documents(Layout(data).documents)
    if not documents.lines:
        documents.replace_all(*settings_to_documents(_settings(data)))
    documents.close()


def _settings(data: Path) -> Settings:
    lines = tuple(
        LineSettings(f"gsm{n + 1}", at=str(data / "lab" / f"{name}-at"), audio=str(data / "lab" / f"{name}-audio"),
                     number=Number(number), tariff=f"gsm{n + 1}.csv",
                     rates=parse_tariff(TARIFFS[n], "EUR", f"gsm{n + 1}.csv")[0])
        for n, (name, number, _) in enumerate(SIMS))
    if (data / "lab" / OUTLET).exists():
        lines = (*lines, LineSettings(
            OUTLET, kind="isdn", at=f"pair:{data / 'lab' / OUTLET}", number=Number(OUTLET_NUMBER), isdn=IsdnLayout.PTP,
            tariff=f"{OUTLET}.csv", rates=parse_tariff(HEAD + ISDN_TARIFF, "EUR", f"{OUTLET}.csv")[0]))
    anna = HANDSETS[0][1]
    front = Account("Front desk", (Number(anna),), hash_pin(PIN, bytes.fromhex(token(16))), Verify.PIN, language="en",
                    spend_per_day=Money.parse(5, "EUR"))
    return Settings(SiteSettings(language="en"), lines, (front,))
