"""Rates for hypothesis: cheap, dear, free, with a fee, with every kind of increment."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from appliance.routing.route import Rate
from appliance.vocabulary.money import Money

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
INCREMENTS = st.sampled_from([1, 6, 10, 30, 60, 180]) | st.integers(1, 600)


def euros(text: str) -> Money:
    return Money.parse(text, "EUR")


def rate(per_minute: str, fee: str = "0", first: int = 60, following: int = 60, prefix: str = "") -> Rate:
    return Rate(prefix, euros(fee), euros(per_minute), first, following)


def amounts(highest: int = 5_000_000, lowest: int = 0) -> st.SearchStrategy[Money]:
    return st.integers(lowest, highest).map(lambda micros: Money(micros, "EUR"))


def rates(prefixes: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Rate]:
    prefix = st.just("") if prefixes is None else prefixes
    return st.builds(Rate, prefix, amounts(1_000_000), amounts(), INCREMENTS, INCREMENTS)
