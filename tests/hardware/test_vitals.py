"""The box's health, from a tree that looks like a Pi's."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.hardware.health import KNOWN_S, Health
from appliance.hardware.vitals import Vitals, kernel_synchronised, read_vitals
from appliance.vocabulary.clock import ManualClock


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    write(tmp_path / "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    write(tmp_path / "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    write(tmp_path / "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
    write(tmp_path / "sys/class/thermal/thermal_zone0/temp", "48686\n")
    write(tmp_path / "sys/class/thermal/thermal_zone1/temp", "51000\n")
    write(tmp_path / "proc/meminfo", "MemTotal:        947752 kB\nMemFree:  100 kB\nMemAvailable:     512000 kB\n")
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    return tmp_path


def test_a_pi_that_is_well(pi: Path) -> None:
    write(pi / "run/systemd/timesync/synchronized", "")
    assert read_vitals(pi, lambda: False) == Vitals(False, 51.0, 512000 * 1024, True)


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    assert read_vitals(tmp_path, lambda: None) == Vitals()


@pytest.mark.parametrize("text", ["", "hot", "-", "\xff\xfe", "12 13"])
def test_nonsense_is_not_told(text: str, pi: Path) -> None:
    for path in ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "sys/class/thermal/thermal_zone0/temp",
                 "sys/class/thermal/thermal_zone1/temp"):
        write(pi / path, text)
    write(pi / "proc/meminfo", f"MemAvailable: {text}\n")
    found = read_vitals(pi, lambda: None)
    assert (found.undervoltage, found.temperature) == (None, None)
    assert found.memory in (None, 12 * 1024)


def test_the_clock(pi: Path, tmp_path: Path) -> None:
    assert read_vitals(pi, lambda: True).synchronised is True  # by chrony, say
    assert read_vitals(pi, lambda: False).synchronised is False
    assert read_vitals(pi, lambda: None).synchronised is False  # timesyncd runs and has heard nobody
    assert read_vitals(tmp_path / "else", lambda: None).synchronised is None


def test_the_kernel_is_asked_and_not_changed() -> None:
    assert kernel_synchronised() in (True, False, None)


def test_a_moment_of_weak_supply_is_known_for_an_hour(pi: Path) -> None:
    clock = ManualClock()
    alarm = pi / "sys/class/hwmon/hwmon1/in0_lcrit_alarm"
    health = Health(clock, pi, lambda: True)
    assert health.look().undervoltage is False
    write(alarm, "1\n")
    health.look()
    write(alarm, "0\n")
    clock.advance(KNOWN_S - 1)
    assert health.look().undervoltage is True
    clock.advance(2)
    assert health.look().undervoltage is False
