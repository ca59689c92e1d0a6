"""What people were told of the box's troubles, and what they are still to be told: a restart neither forgets nor
repeats. And whether the last life of the gateway ended in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from appliance.alerts.trouble import Kind, News, Trouble
from appliance.alerts.watching import Known, Watch
from appliance.store.rows import readable, stamp, when
from appliance.store.transactions import Transactions

ALIVE = "alive"


class Alerts:
    """Small, and written only when something changed."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def watch(self) -> Watch:
        return Watch({key: _known(value) for key, value in self._get("watch", {}).items()})

    def pending(self) -> tuple[list[News], list[News]]:
        """What waits to be mailed, and to be sent by SMS."""
        mails, texts = self._get("pending", ([], []))
        return [_news(value) for value in mails], [_news(value) for value in texts]

    def put(self, watch: Watch, mails: Sequence[News], texts: Sequence[News]) -> None:
        with self._work.together():
            self._put("watch", {key: _plain_known(known) for key, known in watch.known.items()})
            self._put("pending", [[_plain_news(news) for news in waiting] for waiting in (mails, texts)])

    def begin(self, now: datetime) -> datetime | None:
        """A new life of the gateway. When the last one began, if that did not end in order: power cut or crash."""
        last = when(self._get(ALIVE, None))
        self._put(ALIVE, stamp(now))
        return last

    def end(self) -> None:
        """This life ends in order."""
        self._put(ALIVE, None)

    def _get(self, name: str, default: Any) -> Any:
        rows = self._work.read("SELECT value FROM alert WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else default

    def _put(self, name: str, value: Any) -> None:
        with self._work.together() as db:
            db.execute("INSERT INTO alert (name, value) VALUES (?, ?) "
                       "ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, readable(json.dumps(value))))


def _plain(trouble: Trouble) -> list[Any]:
    return [trouble.key, trouble.what, trouble.remedy, trouble.passing]


def _plain_known(known: Known) -> list[Any]:
    return [_plain(known.trouble), stamp(known.since), stamp(known.gone), known.told,
            [stamp(at) for at in known.told_at], [stamp(at) for at in known.seen_at]]


def _known(value: list[Any]) -> Known:
    trouble, since, gone, told, told_at, seen_at = value
    return Known(Trouble(*trouble), datetime.fromisoformat(since), when(gone), told, _times(told_at), _times(seen_at))


def _plain_news(news: News) -> list[Any]:
    return [news.kind.value, _plain(news.trouble), stamp(news.since), stamp(news.at)]


def _news(value: list[Any]) -> News:
    kind, trouble, since, at = value
    return News(Kind(kind), Trouble(*trouble), datetime.fromisoformat(since), datetime.fromisoformat(at))


def _times(stamps: list[str]) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, stamps))
