"""How many answers there are, and that each fits into one message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appliance.calls.admission import No
from appliance.lines.gsm.pdu import submits
from appliance.messages.limits import Ceilings, alert_held_back, held_back
from appliance.messages.message import Fate, Purpose, Sent
from appliance.messages.parts import joined
from appliance.messages.texts import REASONS, TEXTS, written
from appliance.vocabulary.money import Money

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def sent(minutes_ago: float, purpose: Purpose = Purpose.ANSWER, account: str = "A", fate: Fate = Fate.SENT) -> Sent:
    return Sent(1, NOW - timedelta(minutes=minutes_ago), account, "+491", "x", "gsm1", purpose, fate)


def why(before: list[Sent], purpose: Purpose = Purpose.ANSWER, ceilings: Ceilings | None = None) -> str:
    return held_back(purpose, "A", before, ceilings or Ceilings(2, 3), NOW)


def test_by_account_and_for_the_box() -> None:
    assert not why([sent(5)])
    assert "sms_answers_per_day" in why([sent(5), sent(60)])
    assert not why([sent(5), sent(24 * 60 + 1)])
    assert not why([sent(5), sent(6, account="B")])
    assert "sms_box_per_day" in why([sent(5), sent(6, account="B"), sent(7, account="C")])


def test_what_does_not_count() -> None:
    """What failed cost nothing; what an admin sends is an admin's; a time to come is a wrong clock's."""
    assert not why([sent(1, fate=Fate.FAILED), sent(2, Purpose.ADMIN), sent(-60), sent(3)])
    assert why([sent(1, fate=Fate.UNKNOWN), sent(2, fate=Fate.QUEUED)])
    assert not why([sent(n) for n in range(5)], Purpose.ADMIN)


def test_alerts_have_a_ceiling_of_their_own() -> None:
    assert not alert_held_back([sent(5, Purpose.ALERT), sent(6), sent(7, Purpose.ALERT, fate=Fate.FAILED)], 2, NOW)
    assert "sms_per_day" in alert_held_back([sent(5, Purpose.ALERT), sent(6, Purpose.ALERT)], 2, NOW)
    assert not alert_held_back([sent(24 * 60 + 1, Purpose.ALERT)], 1, NOW)
    assert alert_held_back([], 0, NOW)
    assert not why([sent(5, Purpose.ALERT, "A")] * 9)


def test_a_reason_once_an_hour() -> None:
    assert "within the hour" in why([sent(59, Purpose.REASON)], Purpose.REASON)
    assert not why([sent(61, Purpose.REASON)], Purpose.REASON)
    assert not why([sent(5, Purpose.REASON, "B"), sent(5)], Purpose.REASON)
    assert why([], Purpose.REASON, Ceilings(reasons=False)) == "sms_reasons is off"
    assert not why([sent(5, Purpose.REASON)])


def test_codes_have_ceilings_of_their_own() -> None:
    """Whoever asks for codes from afar neither spends more than these nor keeps the box from answering."""
    four = Ceilings(9, 16, codes_per_day=2)
    assert not why([sent(5, Purpose.CODE), *(sent(n) for n in range(9))], Purpose.CODE, four)
    failed = sent(6, Purpose.CODE, fate=Fate.FAILED)
    assert "sms_codes_per_day" in why([sent(5, Purpose.CODE), failed], Purpose.CODE, four)
    others = [sent(5, Purpose.CODE, account) for account in "BCDE"]
    assert "a quarter" in why(others, Purpose.CODE, four)
    assert not why(others, Purpose.ANSWER, four)
    assert not why([sent(25 * 60, Purpose.CODE)] * 9, Purpose.CODE, four)
    assert "sms_box_per_day" in why([sent(5, account="B")] * 16, Purpose.CODE, four)
    assert "sms_codes_per_day" in why([], Purpose.CODE, Ceilings(codes_per_day=0))
    assert not why([sent(n, Purpose.CODE) for n in range(2)], Purpose.ANSWER, Ceilings(1, 16))


def test_every_reason_has_its_text_in_every_language() -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(TEXTS["en"])}
    assert set(No) - {No.WITHHELD, No.UNKNOWN, No.OWN_NUMBER, No.PENDING, No.REPEATED} == REASONS


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("key", TEXTS["en"])
def test_each_is_one_message(key: str, language: str) -> None:
    money = Money.parse("12345.67", "EUR")
    text = written(key, language, account="W" * 64, code="23456789", spent=money, left=money,
                   about="+49 (30) 12345678901234567890")
    assert len(submits("+4915155500001", text, 1)) == 1
    assert "{" not in text


def test_parts_with_holes() -> None:
    assert joined({1: "a", 2: "b", 3: "c"}, 3) == "abc"
    assert joined({2: "b"}, 4) == "[...]b[...]"
    assert joined({1: "a\ud83c", 2: "\udf38b"}, 2) == "a🌸b"
