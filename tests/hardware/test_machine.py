"""The machine under a real gateway: lamps that show its state, and ways to wake a modem handed to its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.commands.layout import Layout
from appliance.hardware.lamps import State
from appliance.lines.line import Line
from appliance.machine import Machine
from appliance.settings.codec import settings_to_documents
from appliance.settings.model import HardwareSettings, LineSettings, Settings, SiteSettings
from appliance.store.documents import Documents
from appliance.vocabulary.clock import ManualClock
from tests.hardware.pins import plugged
from tests.web.box import running

WIRED = SiteSettings(hardware=HardwareSettings(lamp_ok=17, lamp_trouble=22))


def test_a_gateway_without_lines_lights_the_red_lamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = plugged(monkeypatch)
    documents = Documents(Layout(tmp_path).documents)
    documents.replace_all(*settings_to_documents(Settings(WIRED)))
    documents.close()
    with running(tmp_path), pins.moved:
        assert pins.moved.wait_for(lambda: (22, True) in pins.changes, 20)
    assert sorted(set(pins.given_back)) == [17, 22]


def machine(tmp_path: Path, *lines: LineSettings, units: bool = True) -> Machine:
    settings, none = Settings(WIRED, lines), dict[str, Line]()
    layout = Layout(tmp_path, units=tmp_path if units else None)
    return Machine(layout, ManualClock(), lambda: settings, none, lambda: 0, lambda: (0, 0), lambda: "", print)


def test_a_line_gets_the_steps_of_its_settings(tmp_path: Path) -> None:
    plain, wired = LineSettings("gsm1", at="/dev/x"), LineSettings("gsm2", at="/dev/y", power=("pwrkey:5", "relay:6"))
    with_units = machine(tmp_path, plain, wired)
    assert [step.done for step in with_units.power("gsm1")] == ["its USB port was reset",
                                                                "its USB port was switched off and on"]
    assert [step.done for step in with_units.power("gsm2")] == ["it was switched off and on by its key",
                                                                "its supply was cut for 5 s"]
    assert with_units.power("gone") == ()
    assert not machine(tmp_path, plain, units=False).power("gsm1")  # nobody is root there


def test_a_box_without_a_ready_line_can_make_no_calls(tmp_path: Path) -> None:
    assert machine(tmp_path)._glance() == (State.NO_CALLS, 0)
