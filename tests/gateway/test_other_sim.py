"""Number and tariff belong to a SIM: the first is learned, another one stops the line until somebody confirms it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from appliance.commands.layout import Layout
from appliance.gateway import Gateway
from appliance.lab.codec import Transparent
from appliance.lab.modem import LabModem
from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.network import Network
from appliance.lab.persona import QUECTEL
from appliance.lab.ptys import PtyModem
from appliance.lines.line import LineHealth
from appliance.settings.codec import settings_to_documents
from appliance.settings.model import LineSettings, Settings
from appliance.store.documents import Documents

NUMBER = "+4915112345601"
PATIENCE_S = 60


async def until(gateway: Gateway, health: LineHealth) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while gateway.lines["gsm1"].state.health is not health:
            await asyncio.sleep(0.02)


async def told(gateway: Gateway, why: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while gateway.lines["gsm1"].state.why != why:
            await asyncio.sleep(0.02)


async def ask(path: Path, method: str, **params: object) -> dict[str, object]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(json.dumps({"id": 1, "method": method, "params": params}).encode() + b"\n")
    reply: dict[str, object] = json.loads(await reader.readline())
    writer.close()
    return reply


async def story(folder: Path) -> None:
    modem = LabModem(Network(Transparent), NUMBER, QUECTEL)
    pty = PtyModem(folder, "sim1", modem)
    documents = Documents(Layout(folder / "data").documents)
    line = LineSettings("gsm1", at=str(folder / "sim1-at"), audio=str(folder / "sim1-audio"))
    documents.replace_all(*settings_to_documents(Settings(lines=(line,))))
    documents.close()
    first = modem.sim.iccid
    gateway = Gateway(Layout(folder / "data"))
    await gateway.start()
    await until(gateway, LineHealth.READY)
    assert gateway.settings.lines[0].sim == first
    modem.sim.iccid = "8949020000099999999"
    pty.close()
    await until(gateway, LineHealth.ABSENT)
    pty = PtyModem(folder, "sim1", modem)
    await until(gateway, LineHealth.BROKEN)
    assert "another SIM is in this modem" in gateway.lines["gsm1"].state.why
    assert "ringback sim gsm1 --confirm" in gateway.lines["gsm1"].state.why
    socket = Layout(folder / "data").socket
    assert (await ask(socket, "sim", line="gsm1", confirm=True))["result"] == {
        "line": "gsm1", "sim": modem.sim.iccid, "confirmed": True}
    await until(gateway, LineHealth.READY)
    assert (await ask(socket, "ussd", line="gsm1", code="*100#"))["result"] == {
        "line": "gsm1", "text": "Guthaben: 9,80 EUR"}
    assert "no line 'gsm9' is running" in str((await ask(socket, "forwarding", line="gsm9"))["error"])
    pty.close()
    await until(gateway, LineHealth.ABSENT)
    modem.nasty = Nastiness(sim_unread_s=3600.0)
    pty = PtyModem(folder, "sim1", modem)
    await told(gateway, "waiting for the SIM to tell who it is")  # this one may be another again
    assert "does not tell who it is" in gateway._check_sim("gsm1", "")
    modem.nasty = BROCHURE
    await until(gateway, LineHealth.READY)
    await gateway.close()
    pty.close()
    kept = Documents(Layout(folder / "data").documents)
    assert kept.lines[0]["sim"] == modem.sim.iccid
    kept.close()


def test_another_sim_stops_the_line_until_it_is_confirmed(tmp_path: Path) -> None:
    asyncio.run(story(tmp_path))
