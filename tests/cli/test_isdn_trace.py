"""`ringback isdn trace`: a real call's messages, through the gateway's socket, on the screen."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC
from pathlib import Path

import pytest

from appliance.api.server import ApiServer
from appliance.cli import main
from appliance.commands.layout import Layout
from appliance.commands.tracing import tracing
from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.line import Answered, Ended
from appliance.vocabulary.clock import ManualClock
from tests.contract.isdn import IsdnKit
from tests.contract.kit import Bench

try:
    load()
except LibpriMissing as error:
    pytest.skip(str(error), allow_module_level=True)


def traced(data: Path, *words: str) -> int:
    """A call out, seen by the command in a thread; a second one, when the command wants more of them."""
    async def play() -> int:
        on = Bench(IsdnKit)
        await on.ready()
        assert isinstance(on.kit, IsdnKit)
        kit = on.kit
        data.mkdir()
        async with ApiServer(Layout(data).socket, {}, {"isdn_trace": tracing({"isdn1": kit.line}, ManualClock(),
                                                                             lambda: UTC)}):
            command = asyncio.create_task(asyncio.to_thread(main, ["--data", str(data), "isdn", "trace", *words]))
            while not kit.line.traced and not command.done():
                await asyncio.sleep(0.01)
            for leg in ("b", "c"):
                if not command.done():
                    on.dial(leg)
                    await on.far.rung()
                    on.far.answer()
                    await on.next(Answered, leg)
                    on.line.hang_up(leg)
                    await on.next(Ended, leg)
            status = await asyncio.wait_for(command, 20)
            while kit.line.traced:  # the line is told when the last one has left
                await asyncio.sleep(0.01)
        on.task.cancel()
        return status

    return asyncio.run(play())


def test_messages_are_a_ladder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert traced(tmp_path / "data", "isdn1", "--count", "8") == 0
    drawn = capfd.readouterr().out
    names = [line.split("-")[1].strip() for line in drawn.splitlines() if "|-" in line or "|<-" in line]
    assert names == ["SETUP", "CALL PROCEEDING", "ALERTING", "CONNECT", "CONNECT ACKNOWLEDGE", "DISCONNECT", "RELEASE",
                     "RELEASE COMPLETE"]
    assert "|- SETUP --------------->|  ours 1" in drawn
    assert "|<- CALL PROCEEDING -----|  ours 1" in drawn
    assert "|  to 493012345678 (international, ISDN plan)" in drawn
    assert "|  cause 16 normal call clearing" in drawn


def test_raw_shows_layer_2_and_octets(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert traced(tmp_path / "data", "isdn1", "--raw", "--json", "--count", "12") == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {row["layer"] for row in rows} == {2, 3}
    assert "RR" in {row["name"] for row in rows}
    assert all(bytes.fromhex(row["frame"]) for row in rows)


def test_a_line_that_has_no_d_channel(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert traced(tmp_path / "data", "gsm1") == 1
    assert "'gsm1' is no ISDN line that is running; there are: isdn1" in capfd.readouterr().err


def test_no_gateway_and_no_verb(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "isdn", "trace", "isdn1"]) == 1
    assert "no gateway is running" in capfd.readouterr().err
    assert main(["--data", str(tmp_path), "isdn"]) == 0
    assert "ringback isdn trace LINE" in capfd.readouterr().out
