"""Calls of one account at once never spend the same euro, in whatever order they hold, talk, end and die."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from appliance.accounts.account import Account
from appliance.accounts.limits import available
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number
from tests.ledger.legs import NOW, record

CALLS = st.sampled_from(["1", "2", "3"])
AMOUNTS = st.integers(0, 6_000_000)
ZERO = Money.zero("EUR")


class OneAccount(RuleBasedStateMachine):
    """Three calls of one desk. A leg costs no more than what its call still holds, as the switchboard sees to."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "journal.sqlite"
        self._journal = Journal(self._path, "EUR")
        self._held: dict[str, int] = {}
        self._legs = 0
        self._paid = 0

    @initialize(daily=st.none() | AMOUNTS, prepaid=st.booleans(), credit=AMOUNTS, paid=AMOUNTS)
    def account(self, daily: int | None, prepaid: bool, credit: int, paid: int) -> None:
        self._account = Account(
            "Front desk", (Number("+4915155500001"),), spend_per_day=Money(daily, "EUR") if daily is not None else None,
            balance_limit=Money(-credit, "EUR") if prepaid or daily is None else None)
        self._journal.credit("Front desk", Money(paid, "EUR"), "paid", NOW)
        self._paid = paid

    def _free(self) -> Money | None:
        return available(self._account, balance=self._journal.balance("Front desk"),
                         spent_today=self._journal.spent("Front desk", NOW), held=ZERO)

    @rule(call=CALLS, amount=AMOUNTS)
    def hold(self, call: str, amount: int) -> None:
        with self._journal.together():
            free = self._free()
            assert free is not None
            granted = self._journal.hold(call, "Front desk", Money(amount, "EUR"), free)
        others = sum(micros for other, micros in self._held.items() if other != call)
        assert granted is (amount <= free.micros - others)
        if granted:
            self._held[call] = amount

    @rule(call=CALLS, share=st.integers(0, 100))
    def spend(self, call: str, share: int) -> None:
        """A leg ends: charged, and what the call holds shrinks by it in the same commit."""
        held = self._held.get(call, 0)
        cost = held * share // 100
        self._legs += 1
        leg = f"{call}-b{self._legs}"
        self._journal.open_record(record(leg))
        with self._journal.together():
            self._journal.close_record(leg, NOW, Cause.NORMAL, 60.0, Money(cost, "EUR"))
            if call in self._held:
                self._held[call] = held - cost
                assert self._journal.hold(call, "Front desk", Money(held - cost, "EUR"), None)

    @rule(call=CALLS)
    def release(self, call: str) -> None:
        self._journal.release(call)
        self._held.pop(call, None)

    @rule(call=CALLS, share=st.integers(0, 100))
    def fail(self, call: str, share: int) -> None:
        """A turn that fails half way leaves no trace."""
        before = dict(self._held)
        with suppress(KeyError), self._journal.together():
            self.spend(call, share)
            raise KeyError
        self._held = before

    @rule(cut=st.booleans())
    def start_again(self, cut: bool) -> None:
        """The box stops while everybody talks: mending proves no talk, so it charges nothing, and holds are gone."""
        if cut:
            self._legs += 1
            self._journal.open_record(record(f"1-a{self._legs}"))
        self._journal.close()
        self._journal = Journal(self._path, "EUR")
        assert len(self._journal.mend_all(NOW + timedelta(hours=1))) == cut
        self._held.clear()

    @invariant()
    def no_limit_is_broken(self) -> None:
        held, spent = self._journal.held("Front desk"), self._journal.spent("Front desk", NOW)
        assert held.micros == sum(self._held.values())
        if not hasattr(self, "_account"):
            return
        if (daily := self._account.spend_per_day) is not None:
            assert spent + held <= daily
        if (limit := self._account.balance_limit) is not None:
            assert limit <= self._journal.balance("Front desk") - held
        assert self._journal.balance("Front desk").micros == self._paid - spent.micros

    def teardown(self) -> None:
        self._journal.close()
        self._folder.cleanup()


OneAccount.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestOneEuroOnce = OneAccount.TestCase
