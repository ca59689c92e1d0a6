"""Which troubles are told, and when: told once, ended once, never a flood, whatever comes and goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.alerts.trouble import Kind, News, Trouble
from appliance.alerts.watching import MOST, Watch, look

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
AFTER = timedelta(minutes=5)
BROKEN = Trouble("gsm1 ready", 'line "gsm1" is broken: no network', "look at the antenna")


def play(*story: tuple[float, bool], trouble: Trouble = BROKEN) -> list[tuple[float, Kind]]:
    """(minute, whether it is there then) -> (minute, what is told)."""
    watch, told = Watch(), []
    for minute, there in story:
        watch, news = look(watch, [trouble] if there else [], START + timedelta(minutes=minute), AFTER)
        told += [(minute, each.kind) for each in news]
    return told


def test_it_is_told_when_it_lasts_and_once() -> None:
    assert play(*((minute, True) for minute in range(60))) == [(5, Kind.BEGAN)]


def test_its_end_is_told_when_that_lasts() -> None:
    assert play((0, True), (5, True), (8, False), (12, False), (13, False), (60, False)) == [
        (5, Kind.BEGAN), (13, Kind.ENDED)]


def test_what_is_short_is_not_told() -> None:
    assert play((0, True), (4, True), (4.5, False), (30, False)) == []


def test_a_gap_in_a_trouble_that_was_told_is_the_same_trouble() -> None:
    assert play((0, True), (5, True), (6, False), (8, True), (40, True)) == [(5, Kind.BEGAN)]


def test_words_may_change_meanwhile() -> None:
    watch, _ = look(Watch(), [BROKEN], START, AFTER)
    other = Trouble(BROKEN.key, 'line "gsm1" is absent', "plug it in")
    _, news = look(watch, [other], START + AFTER, AFTER)
    assert news == [News(Kind.BEGAN, other, START, START + AFTER)]


def test_what_happened_and_is_over_is_told_at_once_and_has_no_end() -> None:
    crash = Trouble("crashed", "the gateway started", "look at the power supply", passing=True)
    assert play((0, True), (10, True), (1441, False), (1500, False), trouble=crash) == [(0, Kind.BEGAN)]


def test_one_that_comes_and_goes_is_told_three_times_a_day() -> None:
    """Six minutes there, six away, for a whole day."""
    told = play(*((minute, minute % 12 < 6) for minute in range(1430)))
    assert [kind for _, kind in told] == [Kind.BEGAN, Kind.ENDED, Kind.BEGAN, Kind.ENDED, Kind.FLAPS, Kind.ENDED]
    assert told[-1][0] < 60


def test_one_that_blinks_too_fast_to_last_is_told_as_such() -> None:
    """There every second look: it never lasts five minutes, and is never away for five."""
    told = play(*((minute / 2, minute % 2 == 0) for minute in range(2880)))
    assert [kind for _, kind in told] == [Kind.FLAPS]


def test_a_clock_that_was_put_right_holds_nothing_up() -> None:
    watch, _ = look(Watch(), [BROKEN], datetime(2040, 1, 1, tzinfo=UTC), AFTER)
    watch, _ = look(watch, [BROKEN], START, AFTER)
    _, news = look(watch, [BROKEN], START + AFTER, AFTER)
    assert [each.kind for each in news] == [Kind.BEGAN]


def test_nothing_is_kept_for_ever() -> None:
    watch, _ = look(Watch(), [BROKEN], START, AFTER)
    watch, _ = look(watch, [], START + AFTER, AFTER)
    assert watch.known
    watch, _ = look(watch, [], START + timedelta(days=2), AFTER)
    assert watch == Watch()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.sets(st.sampled_from("abc"))), max_size=120))
def test_whatever_comes_and_goes(story: list[tuple[int, set[str]]]) -> None:
    """Never more than three beginnings a day of one trouble; an end only after a beginning; no two in a row."""
    watch, now, told = Watch(), START, {key: list[News]() for key in "abc"}
    for seconds, there in story:
        now += timedelta(seconds=seconds * 20)
        watch, news = look(watch, [Trouble(key, key, "") for key in sorted(there)], now, AFTER)
        for each in news:
            told[each.trouble.key].append(each)
    for each_key in told.values():
        assert [news.kind is Kind.ENDED for news in each_key] == [n % 2 == 1 for n in range(len(each_key))]
        begun = [news.at for news in each_key if news.kind is not Kind.ENDED]
        for at in begun:
            assert sum(at - timedelta(days=1) < other <= at for other in begun) <= MOST
