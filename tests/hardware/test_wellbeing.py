"""What the box's health means, and where it is told: check, metrics, the first page."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.api.client import Client
from appliance.audio.client import PortClosed, PortStatistics
from appliance.commands.counting import LAST, Counting
from appliance.commands.finding import Level, Topic
from appliance.commands.layout import Layout
from appliance.commands.wellbeing import ill
from appliance.hardware.vitals import Vitals
from appliance.store.journal import Journal
from tests.web.box import running
from tests.web.test_metrics import samples

WELL = Vitals(undervoltage=False, temperature=55.0, memory=400 * 2**20, synchronised=True)


def test_a_box_that_is_well_or_tells_nothing() -> None:
    assert list(ill(WELL, (10_000, 3))) == []
    assert list(ill(Vitals(), (0, 0))) == []


@pytest.mark.parametrize(("vitals", "frames", "words", "level"), [
    (Vitals(data_lost=True), (0, 0), "runs from memory", Level.ERROR),
    (Vitals(undervoltage=True), (0, 0), "supply is too weak", Level.ERROR),
    (Vitals(temperature=84.6), (0, 0), "at 85 °C", Level.WARNING),
    (Vitals(memory=30 * 2**20), (0, 0), "only 30 MiB of memory", Level.WARNING),
    (Vitals(synchronised=False), (0, 0), "not synchronised", Level.WARNING),
    (Vitals(), (1000, 8), "0.8 % of the voice", Level.WARNING)])
def test_each_trouble_has_a_remedy(vitals: Vitals, frames: tuple[int, int], words: str, level: Level) -> None:
    (found,) = ill(vitals, frames)
    assert words in found.what
    assert found.remedy
    assert (found.level, found.topic) == (level, Topic.BOX)


def test_late_frames_are_of_the_last_legs_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    counting = Counting(journal)

    def leg(seconds: int, late: int) -> None:
        counting.audio_event(PortClosed("p", PortStatistics("p", 16_000 * seconds, 0, 0, 0, 0, late, -20.0, -20.0)))

    leg(60, 100)
    assert counting.late == (3000, 100)
    assert [each.key for each in ill(Vitals(), counting.late)] == ["late-voice"]
    for _ in range(LAST):
        leg(60, 0)
    assert counting.late == (3000 * LAST, 0)
    journal.close()


def test_a_real_box_tells_it_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.commands.checking.LOW_DISK", 2**60)  # every disk is too small
    with running(tmp_path) as box:
        with Client(box.data / "gateway.sock") as client:
            told = [row["what"] for row in client.call("check")]
        assert any("MiB are free where" in what for what in told)
        assert "MiB are free where" in box.admin().get("/").body
        found = samples(box.browser().get("/metrics").body)
        assert found["ringback_findings", "error"] >= 1
        assert found["ringback_box_disk_free_bytes",] > 0
        assert found["ringback_box_memory_available_bytes",] > 0


def test_a_card_that_lost_its_data_is_told_before_anybody_sets_the_box_up_anew(tmp_path: Path) -> None:
    """As image-build/init leaves it; an owner would take the page of an empty box for a first start."""
    machine = tmp_path / "machine"
    (machine / "data").mkdir(parents=True)
    with running(tmp_path / "whole", Layout(tmp_path / "whole", root=machine)) as box:
        assert "data partition" not in box.browser().get("/setup").body
    (machine / "data/DEGRADED").write_text("the data partition is not readable\n")
    with running(tmp_path / "lost", Layout(tmp_path / "lost", root=machine)) as box:
        assert "data partition cannot be read" in box.browser().get("/setup").body
        with Client(box.data / "gateway.sock") as client:
            assert any("data partition cannot be read" in row["what"] for row in client.call("check"))
        assert "data partition cannot be read" in box.admin().get("/").body
        assert samples(box.browser().get("/metrics").body)["ringback_box_data_lost",] == 1
