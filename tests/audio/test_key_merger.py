"""Two reports of one key are one key, in either order; one key twice is two."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as some

from appliance.audio.dtmf import MODEM_MS, KeyMerger

IN_BAND, MODEM = "in-band", "modem"


def accepted(*reports: tuple[str, float, str]) -> str:
    merger = KeyMerger()
    return "".join(key for key, at, source in reports if merger.accept(key, at, source))


def test_either_order_is_one_key() -> None:
    assert accepted(("5", 0, IN_BAND), ("5", 300, MODEM)) == "5"
    assert accepted(("5", 0, MODEM), ("5", 300, IN_BAND)) == "5"


def test_a_key_that_only_one_source_tells_counts() -> None:
    assert accepted(("5", 0, MODEM)) == "5"
    assert accepted(("5", 0, IN_BAND)) == "5"


def test_the_same_key_twice_is_two() -> None:
    assert accepted(("5", 0, IN_BAND), ("5", 90, MODEM), ("5", 230, IN_BAND), ("5", 320, MODEM)) == "55"
    assert accepted(("5", 0, IN_BAND), ("5", 140, IN_BAND)) == "55"
    assert accepted(("5", 0, IN_BAND), ("5", 230, IN_BAND), ("5", 300, MODEM), ("5", 530, MODEM)) == "55"


def test_a_key_heard_by_one_source_beside_one_heard_by_both() -> None:
    assert accepted(("5", 0, IN_BAND), ("5", 100, MODEM), ("5", 400, MODEM)) == "55"


def test_different_keys_are_not_merged() -> None:
    assert accepted(("1", 0, IN_BAND), ("2", 50, MODEM)) == "12"


def test_a_report_that_is_far_too_late_is_a_key_of_its_own() -> None:
    assert accepted(("5", 0, IN_BAND), ("5", MODEM_MS + 1, MODEM)) == "55"


@dataclass(frozen=True)
class Press:
    """One key pressed: how long after the one before, how late each source tells it; None: not at all."""

    key: str
    after_ms: int
    in_band_ms: int | None
    modem_ms: int | None


PRESSES = some.lists(
    some.builds(Press, some.sampled_from("0123456789*#"), some.integers(130, 2000),
                some.one_of(some.none(), some.integers(25, 60)), some.one_of(some.none(), some.integers(20, 120))),
    max_size=20)


@given(PRESSES)
def test_every_press_that_anybody_tells_is_one_key(presses: list[Press]) -> None:
    """Keys come at least 130 ms apart (the fastest a phone keys by itself); each source tells them within 120 ms."""
    reports: list[tuple[float, str, str]] = []
    now, wanted = 0, ""
    for press in presses:
        # A source that misses a key and the other that misses the next of the same key cannot be told from one key.
        both = press.in_band_ms is not None and press.modem_ms is not None
        now += press.after_ms if both else press.after_ms + MODEM_MS
        for late, source in ((press.in_band_ms, IN_BAND), (press.modem_ms, MODEM)):
            if late is not None:
                reports.append((now + late, press.key, source))
        wanted += press.key if press.in_band_ms is not None or press.modem_ms is not None else ""
        now += 0 if both else MODEM_MS
    got = accepted(*((key, at, source) for at, key, source in sorted(reports)))
    assert sorted(got) == sorted(wanted)


@given(some.lists(some.tuples(some.sampled_from("12"), some.floats(0, 5000), some.sampled_from([IN_BAND, MODEM]))))
def test_never_more_keys_than_reports_and_never_fewer_than_either_source_tells(
    reports: list[tuple[str, float, str]],
) -> None:
    got = accepted(*sorted(reports, key=lambda report: report[1]))
    for key in "12":
        told = [sum(k == key and s == source for k, _, s in reports) for source in (IN_BAND, MODEM)]
        assert max(told) <= got.count(key) <= sum(told)
