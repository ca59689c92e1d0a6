"""How many messages the box sends by itself: each costs money, and whoever forges a sender would spend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.messages.message import Fate, Purpose, Sent

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Messages within 24 h, by account and for all together; whether reasons are told at all."""

    account_per_day: int = 10
    box_per_day: int = 100
    reasons: bool = True


def alert_held_back(sent: Iterable[Sent], per_day: int, now: datetime) -> str:
    """Why the box must not send one more alert, or "". `sent`: at least the last day's."""
    count = sum(now - DAY < each.at <= now and each.purpose is Purpose.ALERT and each.fate is not Fate.FAILED
                for each in sent)
    return f"{count} alerts went out by SMS within 24 h (sms_per_day)" if count >= per_day else ""


def held_back(
    purpose: Purpose, account: str, sent: Iterable[Sent], ceilings: Ceilings, now: datetime
) -> str:
    """Why the box must not send it, or "". `sent`: at least the last day's. What an admin sends is not limited, nor
    counted, and alerts have a ceiling of their own; what failed does not count, because it cost nothing. Times that are
    yet to come were noted by a wrong clock."""
    if purpose is Purpose.ADMIN:
        return ""
    if purpose is Purpose.REASON and not ceilings.reasons:
        return "sms_reasons is off"
    counted = [each for each in sent if now - DAY < each.at <= now and each.fate is not Fate.FAILED
               and each.purpose not in (Purpose.ADMIN, Purpose.ALERT)]
    own = [each for each in counted if each.account == account]
    if len(own) >= ceilings.account_per_day:
        return f'"{account}" had {ceilings.account_per_day} within 24 h (sms_answers_per_day)'
    if len(counted) >= ceilings.box_per_day:
        return f"the box sent {ceilings.box_per_day} within 24 h (sms_box_per_day)"
    if purpose is Purpose.REASON and any(each.purpose is Purpose.REASON and each.at > now - HOUR for each in own):
        return f'"{account}" was told a reason within the hour'
    return ""
