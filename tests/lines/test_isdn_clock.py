"""The machine's clock steps back two hours, by libfaketime in the span's process: no call is lost, no timer stands."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.lines.line import Answered, Ended
from appliance.vocabulary.cause import Cause
from tests.lines.test_isdn_process import Box, on_box

STEP_H = 2
FAKE = next((path for folder in ("/usr/lib", "/usr/lib64") for path in Path(folder).glob("**/libfaketime.so.1")), None)
if FAKE is None:
    pytest.skip("SKIPPED: no libfaketime here; apt install faketime", allow_module_level=True)


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is written there is how far the clock of child processes is off, from then on."""
    stamp = tmp_path / "clock"
    stamp.write_text("+0s")
    for name, value in (("LD_PRELOAD", str(FAKE)), ("FAKETIME_TIMESTAMP_FILE", str(stamp)), ("FAKETIME_NO_CACHE", "1"),
                        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("DONT_FAKE_MONOTONIC", "1")):
        monkeypatch.setenv(name, value)
    return stamp


def step(clock: Path) -> None:
    clock.write_text(f"-{STEP_H}h")
    told = int(subprocess.run(["date", "+%s"], capture_output=True, text=True, check=True).stdout)
    assert datetime.now(UTC).timestamp() - told == pytest.approx(STEP_H * 3600, abs=60), "libfaketime does nothing"


def test_a_step_back_in_mid_call(clock: Path, tmp_path: Path) -> None:
    async def story(box: Box) -> None:
        box.line.dial("b", box.far.number)
        await box.far.rung()
        box.far.answer()
        await box.of(Answered)
        step(clock)
        box.line.hang_up("b")
        ended = await box.of(Ended)
        assert isinstance(ended, Ended)
        assert ended.cause is Cause.NORMAL
        box.line.dial("c", box.far.number)
        await box.far.rung()
        box.line.hang_up("c")
        await box.of(Ended, seen=1)

    on_box(tmp_path, story, "ptp")


def test_a_set_up_that_nobody_answers_is_given_up_all_the_same(clock: Path, tmp_path: Path) -> None:
    """T303, twice. By the machine's clock it would be over in two hours."""
    async def story(box: Box) -> None:
        box.port.deaf = True
        box.line.dial("b", box.far.number)
        step(clock)
        ended = await box.of(Ended)
        assert isinstance(ended, Ended)
        assert ended.cause is not Cause.NORMAL

    on_box(tmp_path, story, "ptp")
