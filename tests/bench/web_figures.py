"""Figures of the page: how soon it answers with 100 000 calls, what it weighs, and that it harms no call."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.api.client import Client, gateway_runs
from appliance.store.journal import Journal
from tests.bench.figure import Figure, share, spread
from tests.bench.voice_figures import Talk, talk
from tests.web.box import Box, Browser, served
from tests.web.program import Program

CALLS = 100_000
DAYS = 400
PAGES = ("/", "/calls", "/calls?account=Person+7", "/calls?number=03000012345", "/calls?number=030",
         "/calls?cause=congestion", "/calls?line=gsm9", "/calls/500", "/calls/charts", "/accounts",
         "/accounts/of/Person%207", "/lines", "/prices?number=030123456", "/messages", "/settings", "/settings/log")
OWN = "/me"  # as a subscriber
SITE = "".join(f'[[account]]\nname = "Person {n}"\nnumbers = ["+49151555{n:05d}"]\npin = "47119{n}"\n'
               for n in range(50))
BROWSERS = 20
FAR = 15  # niceness of the browsers: in an office they run on other machines
PATIENCE_S = 40.0


def fill(data: Path, calls: int) -> None:
    """Calls of two legs each, spread over the last days."""
    Journal(data / "journal.sqlite", "EUR").close()
    journal = Journal(data / "journal.sqlite", "EUR")
    now, rate = datetime.now(UTC), '["49", 0, 90000, 60, 1]'
    with journal.together() as db:
        for n in range(1, calls + 1):
            at = (now - timedelta(days=DAYS) * (1 - n / calls)).isoformat(timespec="microseconds")
            for side, line, number in (("a", "gsm1", f"+49151555{n % 50:05d}"), ("b", "gsm2", f"+4930{n:08d}")):
                db.execute(
                    "INSERT INTO record (leg, call, side, account, line, number, rate, opened, answered, ended, "
                    "talk_s, cause, price) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (f"{n}-{side}1", str(n), side, f"Person {n % 50}", line, number, rate, at, at, at, n % 600, 16,
                     90000))
                db.execute("INSERT INTO entry (at, account, amount, note, leg) VALUES (?, ?, ?, ?, ?)",
                           (at, f"Person {n % 50}", -90000, "", f"{n}-{side}1"))
        db.execute("UPDATE counter SET value = ? WHERE name = 'call'", (calls,))
    journal.close()


@asynccontextmanager
async def page(folder: Path, calls: int) -> AsyncIterator[Box]:
    """A gateway process with so many calls, and the page beside it."""
    await asyncio.to_thread(fill, folder, calls)
    gateway = Program(folder, "run")
    try:
        code = (await asyncio.to_thread(gateway.told, r"set-up code [A-Z0-9-]+"))[0]
        while not gateway_runs(folder / "gateway.sock"):
            await asyncio.sleep(0.02)
        with Client(folder / "gateway.sock") as client:
            client.call("apply", text=SITE, where="site.toml")
        with served(folder, [code]) as box:
            yield box
    finally:
        gateway.stop()


def _times(admin: Browser, path: str, times: int) -> list[float]:
    """ms from the request to the last octet, on one connection as browsers keep it."""
    found = []
    with admin.kept() as ask:
        ask(path)
        for _ in range(times):
            began = time.perf_counter()
            assert ask(path) == 200
            found.append((time.perf_counter() - began) * 1000)
    return found


def _weight(admin: Browser) -> int:
    """Octets of the first page and all that it loads, as they are sent."""
    html = admin.get("/", **{"Accept-Encoding": "gzip"})
    plain = admin.get("/").body
    names = re.findall(r'(?:src|href)="(/static/[^"]+)"', plain)
    return html.length + sum(admin.get(name, **{"Accept-Encoding": "gzip"}).length for name in dict.fromkeys(names))


async def pages(folder: Path, calls: int, times: int) -> list[Figure]:
    async with page(folder, calls) as box:
        admin = await asyncio.to_thread(box.admin)
        took = {path: await asyncio.to_thread(_times, admin, path, times) for path in PAGES}
        subscriber = box.browser()
        await asyncio.to_thread(subscriber.post, "/me/login", number="+4915155500007", pin="471197")
        took[OWN] = await asyncio.to_thread(_times, subscriber, OWN, times)
        weight = await asyncio.to_thread(_weight, admin)
    slowest = max(took, key=lambda path: share(took[path], 0.5))
    return [
        Figure(f"a page, {calls} calls in the ledger: the slowest, {slowest}", "median < 50 ms", spread(took[slowest]),
               share(took[slowest], 0.5) < 50, "the machine is busy"),
        Figure("  beside it: the first page", "", spread(took["/"])),
        Figure("  and a subscriber's own", "", spread(took[OWN])),
        Figure("the first page on a cold cache, compressed", "< 150 kB", f"{weight / 1000:.1f} kB", weight < 150_000,
               "what it loads has grown"),
    ]


def _reload(admin: Browser, until: threading.Event, counted: list[int]) -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FAR)
    with admin.kept() as ask:
        while not until.is_set():
            assert ask("/") == 200
            counted.append(1)


async def voices_beside_browsers(folder: Path, seconds: float) -> list[Figure]:
    """20 browsers reload the first page while 8 calls are bridged by a real audio process."""
    async with page(folder, 1000) as box:
        admin = await asyncio.to_thread(box.admin)
        alone = await talk(folder, 8, seconds)
        until, counted = threading.Event(), list[int]()
        browsers = [asyncio.create_task(asyncio.to_thread(_reload, admin, until, counted)) for _ in range(BROWSERS)]
        began = time.monotonic()
        try:
            held = await asyncio.wait_for(talk(folder, 8, seconds), seconds + PATIENCE_S)
        except TimeoutError:
            return [Figure(f"8 bridged calls while {BROWSERS} browsers reload: frames", "none lost", "never began",
                           False, "the simulated modems or the audio process got no core at their start")]
        finally:
            until.set()
            await asyncio.gather(*browsers)
        rate = len(counted) / (time.monotonic() - began)
    lost = f"{_lost(held)}, {held.keys} of 8 keys heard; {rate:.0f} pages a second"
    return [
        Figure(f"8 bridged calls for {seconds:g} s while {BROWSERS} browsers reload: frames", "none lost", lost,
               held.seen["lost"] == 0, f"{_held_up(held)}; without browsers {_held_up(alone)}"),
        Figure("  beside it: the same calls, no browser", "", _lost(alone)),
    ]


def _lost(held: Talk) -> str:
    return f"{held.seen['lost']} lost of {held.seen['sent']}"


def _held_up(held: Talk) -> str:
    """Why frames are lost: a machine that takes a core away makes them late, and what is late is let go."""
    return f"no core for up to {max(held.seen['late_ms']):.0f} ms and {held.sum('dropped')} frames let go as too late"


async def web(folder: Path, calls: int, times: int, seconds: float) -> list[Figure]:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    return [*await pages(folder / "a", calls, times), *await voices_beside_browsers(folder / "b", seconds)]
