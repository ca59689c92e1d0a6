"""Legs at once never take the same minute of a bundle, in whatever order they open, talk on, end and die."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from appliance.ledger.rating import rate_record
from appliance.routing.bundle import Bundle, Bundles, Period
from appliance.routing.hours import Calendar
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.number import Number
from tests.ledger.legs import NINE, record

BERLIN = Calendar("Europe/Berlin")
LANDLINE = Number("+493012345678")
START = datetime(2026, 1, 30, 22, 30, tzinfo=UTC)


class OneBundle(RuleBasedStateMachine):
    """What legs of two lines do with a bundle, while months go by."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "journal.sqlite"
        self._journal = Journal(self._path, "EUR")
        self._now, self._legs = START, 0
        self._open: dict[str, datetime] = {}

    @initialize(minutes=st.integers(1, 30), margin=st.integers(0, 5), period=st.sampled_from(Period),
                first=st.sampled_from([1, 60]), following=st.sampled_from([1, 7, 60]))
    def contract(self, minutes: int, margin: int, period: Period, first: int, following: int) -> None:
        self._bundle = Bundle("flat", ("gsm1", "gsm2"), minutes + margin, ("49",), period, 7, margin,
                              first_increment=first, next_increment=following)

    @property
    def _bundles(self) -> Bundles:
        return Bundles([self._bundle], BERLIN, self._journal.bundle_taken)

    @rule(wanted=st.integers(1, 1200))
    def open(self, wanted: int) -> None:
        self._legs += 1
        leg = f"{self._legs}-b1"
        rate = self._bundles.reserve(self._bundles.allow(NINE, "gsm1", LANDLINE, self._now), wanted, self._now)
        self._journal.open_record(record(leg, rate=rate, opened=self._now))
        self._journal.answer_record(leg, self._now)
        self._open[leg] = self._now

    @rule(data=st.data(), wanted=st.integers(1, 3000))
    def talk_on(self, data: st.DataObject, wanted: int) -> None:
        if self._open:
            leg = data.draw(st.sampled_from(sorted(self._open)))
            (row,) = [each for each in self._journal.open_records() if each.leg == leg]
            if row.rate and row.rate.allowance:
                more = self._bundles.reserve(row.rate, wanted, row.opened, leg).allowance
                assert more is not None
                assert more.seconds >= row.bundle_s
                self._journal.reserve(leg, more.seconds)

    @rule(data=st.data(), talk_s=st.integers(0, 3000))
    def close(self, data: st.DataObject, talk_s: int) -> None:
        if self._open:
            leg = data.draw(st.sampled_from(sorted(self._open)))
            (row,) = [each for each in self._journal.open_records() if each.leg == leg]
            took = row.rate.allowance.covered(talk_s) if row.rate and row.rate.allowance else 0
            price = rate_record(row, talk_s)
            self._journal.close_record(leg, self._now, Cause.NORMAL, talk_s, price, bundle_s=took)
            (closed,) = self._journal.records(call=row.call)
            assert (closed.bundle_s, closed.price) == (took, rate_record(closed, talk_s)) == (took, price)
            del self._open[leg]

    @rule(days=st.sampled_from([0, 0, 1, 7, 29]), seconds=st.integers(0, 7200))
    def time_goes_by(self, days: int, seconds: int) -> None:
        self._now += timedelta(days=days, seconds=seconds)

    @rule()
    def power_cut(self) -> None:
        """Mending proves no talk, so nothing was taken."""
        self._journal.close()
        self._journal = Journal(self._path, "EUR")
        assert {each.bundle_s for each in self._journal.mend_all(self._now)} <= {0}
        self._open.clear()

    @invariant()
    def no_period_gives_more_than_it_has(self) -> None:
        if not hasattr(self, "_bundle"):
            return
        periods: dict[datetime, int] = {}
        for each in self._journal.records(limit=1000):
            since = self._bundle.since(each.opened, BERLIN)
            periods[since] = periods.get(since, 0) + each.bundle_s
        assert all(taken <= self._bundle.seconds for taken in periods.values())
        left = self._bundles.left(self._bundle, self._now)
        assert left == self._bundle.seconds - periods.get(self._bundle.since(self._now, BERLIN), 0)

    def teardown(self) -> None:
        self._journal.close()
        self._folder.cleanup()


OneBundle.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestOneMinuteOnce = OneBundle.TestCase


def test_the_sum_reads_an_index_only(tmp_path: Path) -> None:
    """A month of a busy box is summed while a page waits."""
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    rate = Bundles([Bundle("flat", ("gsm1",), 9, ("",))], BERLIN, lambda *asked: 0).allow(NINE, "gsm1", LANDLINE, START)
    journal.open_record(record("1-b1", rate=rate, opened=START))
    other = replace(record("2-b1", opened=START), rate=NINE)
    journal.open_record(other)
    month = timedelta(days=30)
    assert journal.bundle_taken("flat", START, START + month) == 540
    assert journal.bundle_taken("flat", START, START + month, "1-b1") == 0
    assert journal.bundle_taken("flat", START, START + month, "2-b1") == 540
    assert journal.bundle_taken("flat", START - month, START) == 0
    assert journal.bundle_taken("other", START, START + month) == journal.bundle_taken("", START, START + month) == 0
    journal.close()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db:
        plan = db.execute("EXPLAIN QUERY PLAN SELECT SUM(bundle_s) FROM record INDEXED BY record_bundle WHERE "
                          "bundle = ? AND bundle <> '' AND opened >= ? AND opened < ?", ("a", "b", "c")).fetchall()
    assert "USING COVERING INDEX record_bundle" in plan[0][3]
