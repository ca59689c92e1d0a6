"""How many messages the box sends by itself: each costs money, and whoever forges a sender would spend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.messages.message import Fate, Purpose, Sent

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CODES_SHARE = 4  # a quarter of all messages may be codes: whoever asks for them must not silence the box


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Messages within 24 h, by account and for all together; whether reasons are told at all; codes by account."""

    account_per_day: int = 10
    box_per_day: int = 100
    reasons: bool = True
    codes_per_day: int = 3


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
    if purpose is Purpose.CODE:
        return _code_held_back(account, [each for each in sent if now - DAY < each.at <= now], ceilings) or _full(
            counted, ceilings)
    own = [each for each in counted if each.account == account and each.purpose is not Purpose.CODE]
    if len(own) >= ceilings.account_per_day:
        return f'"{account}" had {ceilings.account_per_day} within 24 h (sms_answers_per_day)'
    if full := _full(counted, ceilings):
        return full
    if purpose is Purpose.REASON and any(each.purpose is Purpose.REASON and each.at > now - HOUR for each in own):
        return f'"{account}" was told a reason within the hour'
    return ""


def _full(counted: Sequence[Sent], ceilings: Ceilings) -> str:
    many = len(counted) >= ceilings.box_per_day
    return f"the box sent {ceilings.box_per_day} within 24 h (sms_box_per_day)" if many else ""


def _code_held_back(account: str, sent: Sequence[Sent], ceilings: Ceilings) -> str:
    """Those that failed count too: anybody may ask for codes, as often as it pleases."""
    codes = [each for each in sent if each.purpose is Purpose.CODE]
    if sum(each.account == account for each in codes) >= ceilings.codes_per_day:
        return f'"{account}" had {ceilings.codes_per_day} codes within 24 h (sms_codes_per_day)'
    if len(codes) >= max(1, ceilings.box_per_day // CODES_SHARE):
        return f"{len(codes)} codes were sent within 24 h, a quarter of what the box may send (sms_box_per_day)"
    return ""
