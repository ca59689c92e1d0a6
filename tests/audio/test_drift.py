"""Legs whose clocks drift and stall: no click, no growing delay, and nothing is touched where nothing drifts."""

from __future__ import annotations

import ctypes.util

import pytest

from appliance.audio.speexdsp import PACKAGE
from tests.audio.drifting import Pair

if ctypes.util.find_library("speexdsp") is None:
    pytest.skip(f"{PACKAGE} is not installed", allow_module_level=True)

PHASES = [0.0002, 0.005, 0.0101, 0.0155, 0.0198]


@pytest.mark.parametrize("phase_s", PHASES)
@pytest.mark.parametrize(("a_ppm", "b_ppm"), [(200.0, 0.0), (-200.0, 0.0), (100.0, -100.0), (0.0, 50.0)])
def test_crystals_that_differ_make_no_click_and_no_delay(a_ppm: float, b_ppm: float, phase_s: float) -> None:
    pair = Pair(a_ppm, b_ppm, phase_s)
    pair.run(100)
    assert pair.clicks() == 0
    assert max(pair.b.waits[50:]) <= 0.040
    told = pair.statistics()
    assert told.drift_ppm == pytest.approx(a_ppm - b_ppm, abs=25)
    assert (told.dropped, told.concealed) == (0, 0)


@pytest.mark.parametrize("phase_s", PHASES)
@pytest.mark.parametrize("ppm", [2000.0, -2000.0])
def test_a_very_bad_clock_slips_a_little_and_is_then_evened_out(ppm: float, phase_s: float) -> None:
    pair = Pair(ppm, 0.0, phase_s)
    pair.run(60)
    assert pair.clicks(20.0) == 0
    assert pair.clicks() <= 3
    assert max(pair.b.waits[1000:]) <= 0.045
    assert pair.statistics().drift_ppm == pytest.approx(ppm, rel=0.05)


@pytest.mark.parametrize("phase_s", PHASES)
def test_clocks_of_the_network_are_left_alone(phase_s: float) -> None:
    pair = Pair(0.1, 0.0, phase_s)
    pair.run(100)
    assert pair.clicks() == 0
    assert pair.statistics().drift_ppm == 0
    assert max(pair.b.waits[50:]) <= 0.030


@pytest.mark.parametrize("ppm", [0.0, 200.0, -200.0])
def test_a_busy_machine_reads_late_now_and_then(ppm: float) -> None:
    pair = Pair(ppm, 0.0, phase_s=0.0003, late_s=0.004)
    pair.run(100)
    assert pair.clicks(12.0) == 0
    assert pair.statistics().drift_ppm == pytest.approx(ppm, abs=25)
    assert max(pair.b.waits[50:]) <= 0.045


@pytest.mark.parametrize("seed", range(12))
def test_a_machine_that_is_busy_for_seconds_is_no_drift(seed: int) -> None:
    """A voice that is resampled for nothing is no longer bit for bit what was said."""
    pair = Pair(0.0, 0.0, busy_s=0.0025, seed=seed)
    pair.run(40)
    assert pair.statistics().drift_ppm == 0


def test_a_drift_is_found_on_a_busy_machine_too() -> None:
    pair = Pair(200.0, 0.0, busy_s=0.0025)
    pair.run(60)
    assert pair.statistics().drift_ppm == pytest.approx(200.0, abs=40)


@pytest.mark.parametrize("phase_s", PHASES)
@pytest.mark.parametrize("ppm", [0.0, 200.0, -200.0, 2000.0, -2000.0])
def test_after_a_stall_of_the_machine_the_delay_is_as_before(ppm: float, phase_s: float) -> None:
    pair = Pair(ppm, 0.0, phase_s)
    pair.run(60)
    before = sum(pair.b.waits[-50:]) / 50
    pair.run(0.2, stalled=True)
    pair.run(5)
    after = sum(pair.b.waits[-50:]) / 50
    assert abs(after - before) <= 0.005


@pytest.mark.parametrize("phase_s", [*PHASES[2:], 0.012])  # with less than 10 ms in hand a frame more is kept
def test_a_stall_costs_nothing_also_of_two_who_were_bridged_before_they_gave_anything(phase_s: float) -> None:
    """One whose first frame finds one waiting has played no silence: it holds a frame less than others."""
    pair = Pair(0.0, 0.0, phase_s, alone_s=0.0)
    pair.run(4)
    before = sum(pair.b.waits[-50:]) / 50
    pair.run(0.2, stalled=True)
    pair.run(5)
    assert abs(sum(pair.b.waits[-50:]) / 50 - before) <= 0.005


@pytest.mark.parametrize("seconds", [0.05, 0.2, 1.0])
def test_a_device_that_pauses_is_no_drift(seconds: float) -> None:
    pair = Pair(0.0, 0.0)
    pair.run(30)
    pair.a.stopped_s += seconds
    pair.run(90)
    assert pair.statistics().drift_ppm == 0
    assert max(pair.b.waits[-500:]) <= 0.045


@pytest.mark.parametrize("seconds", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("ppm", [0.0, 200.0, -200.0, 2000.0, -2000.0])
@pytest.mark.parametrize("how", ["gives nothing", "is read late", "wants nothing"])
@pytest.mark.parametrize("name", ["a", "b"])
def test_after_a_stall_of_one_device_the_delay_is_as_before(name: str, how: str, ppm: float, seconds: float) -> None:
    """But for half a frame where it stopped for two frames and a half: its ticks come in the middle of the other's."""
    pair = Pair(ppm, 0.0)
    pair.run(30)
    device = getattr(pair, name)
    before = sum(pair.b.waits[-50:]) / 50
    if how == "gives nothing":
        device.stopped_s += seconds
    elif how == "is read late":
        device.late_until_s = pair.now + seconds
    else:
        pair.mixer.hold(name, True)
    pair.run(seconds)
    pair.mixer.hold(name, False)
    pair.run(5)
    after = sum(pair.b.waits[-50:]) / 50
    allowed = 0.005 if how == "wants nothing" else 0.0105 if how == "gives nothing" and seconds == 0.05 else 0.006
    assert after - before <= allowed


def test_a_drift_that_ends_is_forgotten() -> None:
    pair = Pair(300.0, 0.0)
    pair.run(60)
    assert pair.statistics().drift_ppm
    now = pair.a.next_s
    pair.a.ppm, pair.a.ticks, pair.a.phase_s = 0.0, 0, now
    pair.run(180)
    assert pair.statistics().drift_ppm == 0
    assert pair.clicks(70.0) == 0


def test_without_a_resampler_frames_are_dropped_and_repeated_as_ever() -> None:
    pair = Pair(2000.0, 0.0, resampler=False)
    pair.run(60)
    told = pair.statistics()
    assert told.dropped
    assert told.drift_ppm == 0
    assert max(pair.b.waits) <= 0.09
