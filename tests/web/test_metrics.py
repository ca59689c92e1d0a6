"""/metrics: read by Prometheus' own parser, from a real box, with real calls in its journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families as parse

from appliance.api.client import Client
from appliance.audio.client import PortClosed, PortStatistics
from appliance.commands.counting import Counting
from appliance.ledger.record import Record, Side
from appliance.lines.line import Ended, LineHealth, LineState, StateChanged
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money
from tests.web.box import running
from web.exposition import exposition

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
SITE = '[[line]]\nname = "gsm1"\nat = "/dev/none-at"\nenabled = false\n'


def samples(text: str) -> dict[tuple[str, ...], float]:
    """(name, label values in their order) -> value."""
    return {(sample.name, *sample.labels.values()): sample.value for family in parse(text) for sample in family.samples}


def charge(journal: Journal, leg: str, line: str, price: int) -> None:
    journal.open_record(Record(leg=leg, call=leg, side=Side.B, account="Anna", line=line, number="+49301", rate=None,
                               opened=AT))
    journal.close_record(leg, AT, Cause.NORMAL, 60.0, Money(price, "EUR"))


def test_a_real_box_is_scraped(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        with Client(box.data / "gateway.sock") as client:
            client.call("apply", text=SITE, where="site.toml")
        answer = box.browser().get("/metrics")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        found = samples(answer.body)
        assert found["ringback_line_enabled", "gsm1"] == 0
        assert found["ringback_line_health", "gsm1", "absent"] == 1
        assert found["ringback_calls_total",] == 0
        assert found["ringback_audio_frames_lost_total", "too late"] == 0
        for header in ("X-Forwarded-For", "Via"):  # a proxy on the box is not the box
            assert box.browser().get("/metrics", **{header: "192.0.2.1"}).status == 401


def test_money_is_summed_once_and_to_the_micro_unit(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    charge(journal, "1-b1", "gsm1", 1)
    assert journal.history.charged() == {"gsm1": 1}
    charge(journal, "2-b1", "gsm1", 1_250_000)
    charge(journal, "3-b1", "gsm2", 2_000_000)
    assert journal.history.charged() == {"gsm1": 1_250_001, "gsm2": 2_000_000}
    journal.credit("Anna", Money(50_000_000, "EUR"), "paid in", AT)  # no call
    assert journal.history.charged() == journal.history.charged() == {"gsm1": 1_250_001, "gsm2": 2_000_000}
    journal.close()


def test_what_happens_is_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    counting = Counting(journal)
    for health in (LineHealth.STARTING, LineHealth.READY, LineHealth.READY, LineHealth.STARTING, LineHealth.ABSENT,
                   LineHealth.READY):
        counting.line_event(StateChanged("gsm1", LineState(health)))
    counting.line_event(Ended("1-a1", Cause.BUSY))
    nothing = PortStatistics("p", 0, 0, 0, 0, 0, 0, -99.0, -99.0)
    counting.audio_event(PortClosed("p", replace(nothing, underruns=3)))
    assert counting.returns["gsm1"] == 1
    assert counting.causes["busy"] == 1
    assert counting.frames["underruns"] == 3
    journal.happenings.note_trigger(AT, "+49151", "gsm1", "accepted")
    assert journal.happenings.outcomes["accepted"] == 1
    journal.close()


def test_names_cannot_forge_samples() -> None:
    nasty = 'a"} 1\nringback_calls_total 9 \\'
    row = {"line": nasty, "enabled": True, "health": "ready", "signal": None, "channels": 2, "busy": 1, "restarts": 4}
    text = exposition({"lines": [row], "running": 1, "calls": 2, "causes": {}, "triggers": {"accepted": 5},
                       "frames": dict.fromkeys(("concealed", "dropped", "refused", "underruns"), 0),
                       "currency": "EUR", "charged": {"gsm1": 1_250_001}, "bundles": {"flat": 295},
                       "box": {"undervoltage": True, "temperature": 51.5, "memory": None, "disk": 10**9,
                               "synchronised": None, "data_lost": False, "findings": {"error": 1, "warning": 0}}})
    found = samples(text)
    assert found["ringback_calls_total",] == 2
    assert found["ringback_line_restarts_total", nasty] == 4
    assert found["ringback_charged_total", "gsm1", "EUR"] == 1.250001
    assert not any(key[0] == "ringback_line_signal_percent" for key in found)
