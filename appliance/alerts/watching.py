"""Which troubles are news: one message when each begins, one when it ends, no flood from one that comes and goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from appliance.alerts.trouble import Kind, News, Trouble

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOST = 3  # beginnings of one trouble told within a day
BLINKS = 5  # appearances within an hour, each too short to be told: told once, as one that comes and goes


@dataclass(frozen=True, slots=True)
class Known:
    """One trouble. `gone`: since when it is not seen; `told`: whether its end is owed; `told_at`: the beginnings that
    were told, `seen_at`: its appearances, as far as they still count."""

    trouble: Trouble
    since: datetime
    gone: datetime | None = None
    told: bool = False
    told_at: tuple[datetime, ...] = ()
    seen_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything that is known, by key."""

    known: Mapping[str, Known] = field(default_factory=dict)


def look(watch: Watch, troubles: Iterable[Trouble], now: datetime, after: timedelta) -> tuple[Watch, list[News]]:
    """`troubles`: all there are now. `after`: how long one must be there, or away, before that is told."""
    found = {trouble.key: trouble for trouble in troubles}
    known: dict[str, Known] = {}
    news: list[News] = []
    for key in (*watch.known, *(key for key in found if key not in watch.known)):
        each, told = _one(_aged(watch.known.get(key), now), found.get(key), now, after)
        if told:
            news.append(told)
        if each is not None:
            known[key] = each
    return Watch(known), news


def _aged(old: Known | None, now: datetime) -> Known | None:
    """Without what no longer counts, and without times that are yet to come: they were noted by a wrong clock."""
    if old is None:
        return None
    return replace(old, since=min(old.since, now), gone=min(old.gone, now) if old.gone else None,
                   told_at=tuple(at for at in old.told_at if now - DAY < at <= now),
                   seen_at=tuple(at for at in old.seen_at if now - HOUR < at <= now))


def _one(
    old: Known | None, trouble: Trouble | None, now: datetime, after: timedelta
) -> tuple[Known | None, News | None]:
    if trouble is None:
        return _absent(old, now, after) if old else (None, None)
    if old is None:
        return _present(Known(trouble, now, seen_at=(now,)), now, after)
    if old.gone is None:
        return _present(replace(old, trouble=trouble), now, after)
    # It is back: the same one still if its end was not told, else a new one.
    since = old.since if old.told else now
    back = replace(old, trouble=trouble, gone=None, since=since, seen_at=(*old.seen_at, now)[-BLINKS:])
    return _present(back, now, after)


def _present(each: Known, now: datetime, after: timedelta) -> tuple[Known, News | None]:
    if each.told or len(each.told_at) >= MOST:
        return each, None
    if len(each.seen_at) >= BLINKS and not each.told_at:
        return replace(each, told=True, told_at=(now,) * MOST), News(Kind.FLAPS, each.trouble, each.since, now)
    if each.trouble.passing or now - each.since >= after:
        told_at = (*each.told_at, now)
        kind = Kind.FLAPS if len(told_at) >= MOST else Kind.BEGAN
        return replace(each, told=True, told_at=told_at), News(kind, each.trouble, each.since, now)
    return each, None


def _absent(each: Known, now: datetime, after: timedelta) -> tuple[Known | None, News | None]:
    gone = each.gone or now
    if each.told and now - gone >= after:
        ended = None if each.trouble.passing else News(Kind.ENDED, each.trouble, each.since, now)
        return replace(each, gone=gone, told=False), ended
    if each.told or each.told_at or each.seen_at:
        return replace(each, gone=gone), None
    return None, None
