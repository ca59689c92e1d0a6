"""Lock-out: three tries, then longer each time; a right PIN forgives; a wrong clock locks nobody for years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from appliance.accounts.lockout import LOCKS_MIN, TRIES, Lockout

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(wrong: int, start: Lockout | None = None, now: datetime = NOW) -> Lockout:
    state = start or Lockout()
    for _ in range(wrong):
        state = state.failed(now)
    return state


def test_two_wrong_pins_lock_nothing_and_the_third_does() -> None:
    assert not after(2).locked(NOW)
    assert after(3).locked(NOW)
    assert after(3).locked(NOW + timedelta(seconds=59))
    assert not after(3).locked(NOW + timedelta(seconds=60))


def test_each_lock_is_longer_and_the_longest_stays() -> None:
    state, lengths = Lockout(), []
    for _ in range(len(LOCKS_MIN) + 2):
        state = after(TRIES, state)
        assert state.until is not None
        lengths.append((state.until - NOW).total_seconds() / 60)
    assert lengths == [*LOCKS_MIN, LOCKS_MIN[-1], LOCKS_MIN[-1]]


def test_a_right_pin_forgives() -> None:
    assert after(8).succeeded() == Lockout()


def test_a_clock_that_ran_years_ahead_locks_nobody_until_then() -> None:
    state = after(3, now=NOW + timedelta(days=4000))
    assert not state.locked(NOW)


def test_a_clock_put_back_a_little_unlocks_nobody() -> None:
    for wrong in (3, TRIES * len(LOCKS_MIN)):
        assert after(wrong).locked(NOW - timedelta(minutes=30))


@given(st.lists(st.tuples(st.floats(0, 100_000), st.booleans()), max_size=40))
def test_a_guesser_gets_few_tries(tries: list[tuple[float, bool]]) -> None:
    """Whenever he tries, between two locks lie at most three wrong PINs, and a lock holds for its whole length."""
    state, now, since_lock = Lockout(), NOW, 0
    for wait, patient in tries:
        now += timedelta(seconds=wait)
        if state.locked(now) and patient:
            assert state.until is not None
            now = state.until
        if state.locked(now):
            continue
        state = state.failed(now)
        since_lock += 1
        if state.locked(now):
            assert since_lock == TRIES
            since_lock = 0
        assert since_lock < TRIES


@given(st.integers(0, 60))
def test_failures_are_counted(wrong: int) -> None:
    assert after(wrong).failures == wrong
