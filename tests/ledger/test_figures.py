"""Sums over calls, and what was saved against another tariff."""

from __future__ import annotations

import pytest

from appliance.ledger.figures import Cost, Figures, figures

BEGAN = "2026-03-02T09:00:00+00:00"
A = Cost("1", "a", "Anna", "gsm1", "+4915155500001", 65.0, 90_000, BEGAN)
B = Cost("1", "b", "Anna", "gsm2", "+493012345678", 60.0, 60_000, BEGAN)
FAILED = Cost("2", "b", "Bert", "gsm2", "+493012345678", 0.0, 0, BEGAN)


def test_a_call_counts_once_and_its_talk_is_the_destinations() -> None:
    found = figures([A, B, FAILED])
    assert found[("gsm1", "Anna")] == Figures(calls=1, talk_s=0.0, leg_s=65.0, cost=90_000)
    assert found[("gsm2", "Anna")] == Figures(calls=0, talk_s=60.0, leg_s=60.0, cost=60_000)
    assert found[("gsm2", "Bert")].calls == 1


def test_saved_is_the_other_price_less_both_legs() -> None:
    found = figures([A, B], lambda number, talk_s, at: 500_000)
    assert found[("gsm2", "Anna")].saved == 500_000 - 150_000
    assert found[("gsm1", "Anna")].saved == 0


@pytest.mark.parametrize(("price", "saved"), [(0, -150_000), (None, 0)])
def test_a_cheaper_tariff_is_told_and_a_call_it_does_not_know_is_not_compared(price: int | None, saved: int) -> None:
    assert sum(row.saved for row in figures([A, B], lambda number, talk_s, at: price).values()) == saved


def test_a_call_that_reached_nobody_saves_nothing() -> None:
    assert all(row.saved == 0 for row in figures([A, FAILED], lambda number, talk_s, at: 500_000).values())
