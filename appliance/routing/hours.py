"""When a price holds: days of the week, holidays and times of the day, on the site's own clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
GERMAN = {"di": "tu", "mi": "we", "do": "th", "so": "su"}  # the others are the same, or no day of the other language
HOLIDAY = 7  # beside 0 Monday to 6 Sunday
DAY_MINUTES = 1440
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The site's clock: an IANA time zone, and holidays as `12-25` (every year) or `2026-04-03`."""

    zone: str = "UTC"
    holidays: tuple[str, ...] = ()

    @property
    def clock(self) -> tzinfo:
        """UTC where the machine does not know the zone."""
        try:
            return ZoneInfo(self.zone)
        except (OSError, ValueError, KeyError):
            return UTC

    def is_holiday(self, day: date) -> bool:
        return f"{day:%m-%d}" in self.holidays or day.isoformat() in self.holidays


@dataclass(frozen=True, slots=True)
class Hours:
    """`days` 0 Monday to 6 Sunday and 7 a holiday; minutes of the day from `since` until before `until`. A time over
    midnight (18:00 to 8:00) belongs to the day on which it begins."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    since: int = 0
    until: int = DAY_MINUTES

    def hold(self, wall: datetime, calendar: Calendar, holiday: bool) -> bool:
        """At this time of the site's clock; `holiday`: as a holiday, else as a day of the week."""
        minute = wall.hour * 60 + wall.minute
        if self.since < self.until:
            return self.since <= minute < self.until and self._on(wall.date(), calendar, holiday)
        return (minute >= self.since and self._on(wall.date(), calendar, holiday)) or (
            minute < self.until and self._on(wall.date() - DAY, calendar, holiday))

    def _on(self, day: date, calendar: Calendar, holiday: bool) -> bool:
        return HOLIDAY in self.days and calendar.is_holiday(day) if holiday else day.weekday() in self.days

    def minutes(self) -> Iterator[tuple[int, int, int]]:
        """Day, first minute and the one after the last; what runs over midnight in two pieces."""
        for day in self.days:
            if self.since < self.until:
                yield day, self.since, self.until
            else:
                yield day, self.since, DAY_MINUTES
                yield day if day == HOLIDAY else (day + 1) % 7, 0, self.until

    def clash(self, other: Hours) -> bool:
        """Whether both hold at one moment of a week. A holiday is a day of its own here, since it goes first."""
        return any(day == there and since < end and start < until
                   for day, since, until in self.minutes() for there, start, end in other.minutes())

    def __str__(self) -> str:
        days, since, until = spoken(self)
        return f"{days} {since}-{until}".strip() if since else days


def read_hours(days: str, since: str, until: str) -> tuple[Hours | None, list[str]]:
    """Three cells of a tariff row; all empty: None. Then what is wrong with them, each with a remedy."""
    wrong: list[str] = []
    if not (days or since or until):
        return None, wrong
    found = _days(days)
    if not found:
        wrong.append(f"days {days[:30]!r}; write days such as mo-fr, or sa su hol with spaces between them")
    if bool(since) != bool(until):
        wrong.append("from and to belong together; write both, as 08:00 and 18:00, or neither for the whole day")
        return None, wrong
    times = [_minute(text) for text in (since or "00:00", until or "24:00")]
    for name, text, minute in zip(("from", "to"), (since, until), times, strict=True):
        if minute is None:
            wrong.append(f"{name} {text[:30]!r}; write a time such as 08:00")
    start, end = times
    if start is None or end is None:
        return None, wrong
    if start in (end, DAY_MINUTES):
        wrong.append(f"from {since} to {until} is no time; leave both empty for the whole day")
    return (None if wrong else Hours(found, start, end or DAY_MINUTES)), wrong


def _days(text: str) -> tuple[int, ...]:
    """"mo-fr hol" -> 0 to 4 and 7. Empty: every day of the week. () when it cannot be read."""
    if not text:
        return tuple(range(7))
    found: set[int] = set()
    for word in re.split(r"[\s;+]+", text.lower()):
        first, dash, last = word.partition("-")
        one, other = (_day(part) for part in (first, last if dash else first))
        if one is None or other is None or (dash and HOLIDAY in (one, other)):
            return ()
        found.update([one] if one == other else [(one + n) % 7 for n in range((other - one) % 7 + 1)])
    return tuple(sorted(found))


def _day(text: str) -> int | None:
    if text == "hol":
        return HOLIDAY
    text = GERMAN.get(text, text)
    return DAYS.index(text) if text in DAYS else None


def _minute(text: str) -> int | None:
    match = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])", text, re.ASCII)
    minute = int(match[1]) * 60 + int(match[2]) if match else DAY_MINUTES + 1
    return minute if minute <= DAY_MINUTES else None


def spoken(hours: Hours) -> tuple[str, str, str]:
    """The three cells that `read_hours` reads back: runs of days joined, no times for the whole day."""
    runs: list[list[int]] = []
    for day in hours.days:
        if runs and day == runs[-1][-1] + 1 and day != HOLIDAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = (*DAYS, "hol")
    days = " ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}-{names[run[-1]]}" for run in runs)
    if (hours.since, hours.until) == (0, DAY_MINUTES):
        return days, "", ""
    return days, _clock(hours.since), _clock(hours.until)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def next_look(wall: datetime, hours: Iterable[Hours]) -> int:
    """Seconds from `wall` to the next time at which one of them may begin or end, were the clock not put forward or
    back; at most to midnight."""
    second = (wall.hour * 60 + wall.minute) * 60 + wall.second
    borders = {DAY_MINUTES} | {minute for each in hours for minute in (each.since, each.until)}
    return min(minute * 60 - second for minute in borders if minute * 60 > second)
