"""The dialog about what a modem keeps: asked, put, asked again; over the AT engine of a line, or of a free port."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appliance.lines.gsm import startup
from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.dialects import EVERY_URC
from appliance.lines.gsm.inside.family import Inner
from appliance.lines.gsm.wire import OpenWire

SLOW_S = 15.0  # s: some settings are written to flash before the answer
RESTART = "AT+CFUN=1,1"


@dataclass(frozen=True, slots=True)
class Kept:
    """A setting as the modem has it now; `now` "": this firmware does not tell."""

    setting: Inner
    now: str
    want: str

    @property
    def right(self) -> bool:
        return self.now == self.want


async def look(engine: AtEngine, settings: Sequence[Inner]) -> list[Kept]:
    """Changes nothing."""
    found = []
    for setting in settings:
        reply = await engine.command(setting.ask, tries=2)
        now, want = (setting.read(reply.lines) if reply.ok else None) or ("", setting.want)
        found.append(Kept(setting, now, want))
    return found


async def put(engine: AtEngine, setting: Inner, value: str) -> str:
    """Sets it and asks again. Why it is not so now; "" when it is."""
    reply = await engine.command(setting.command(value), timeout=SLOW_S)
    if not reply.ok:
        return f"the modem refused it ({reply.final})"
    (after,) = await look(engine, (setting,))
    if after.now not in (value, ""):
        return f"the modem took it, and still says {after.now}"
    return ""


async def number_of(engine: AtEngine) -> str:
    """The modem's serial number (IMEI); "" when it does not tell. 27.007 § 5.4."""
    reply = await engine.command("AT+CGSN", tries=2)
    found = (re.search(r"[0-9]{14,17}", line) for line in reply.lines)
    return next((each[0] for each in found if each), "")


@asynccontextmanager
async def on_port(path: str, open_wire: OpenWire) -> AsyncIterator[tuple[AtEngine, str]]:
    """A modem that belongs to no line: its engine and its family. WireError when the port cannot be opened; a port on
    which nothing answers gives "generic"."""
    heard: list[AtEngine] = []
    wire = open_wire(path, lambda data: heard[0].received(data), lambda _: heard[0].close())
    engine = AtEngine(wire.write, lambda _: None, lambda _: engine.close(), EVERY_URC)
    heard.append(engine)
    try:
        yield engine, (await startup.identify(engine, "auto")).dialect.name
    finally:
        engine.close()
        wire.close()
