"""The soak: subscribers call as they like, destinations do what destinations do, modems are nasty by seed.

Now and then a line hangs, is unplugged, finds its SIM busy or its network gone. At the end the books balance, memory is
flat (the second half of the calls adds next to nothing), and no line is left broken. Exit status 0 only then.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.lab.handset import Handset, LabTimeout, Manner
from appliance.lab.nasty import Nastiness
from appliance.lab.persona import PERSONAS
from appliance.lines.line import LineHealth
from appliance.rehearsal.script import Script, read_script
from appliance.rehearsal.world import World, play
from appliance.routing.pricing import price
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import seeded
from tests.soak.troubles import Troubles

LINES = PEOPLE = 8
NASTY = Nastiness(fragments=0.1, noise=0.1, intrude=0.02, dirt=0.01, late_clip_s=0.2, mute=0.001, deaf=0.0005,
                  alpha=True, contexts=2)
EACH = (  # what ails one line beside that, in turn
    replace(NASTY, prompt=0.0005, late=0.0005, late_s=3.0), replace(NASTY, resets_every_s=7200.0),
    replace(NASTY, half_dead=True), replace(NASTY, deaf_verbs=1), replace(NASTY, lost_end=True),
    replace(NASTY, knock_s=2.0), replace(NASTY, early_active=True), replace(NASTY, sms_dialling=True))
FAMILIES = tuple(PERSONAS.values())
SETTLE_S = 120.0  # s of the story for whatever still runs at the end
FLAT_MB = 4.0  # MB that the second half of the calls may add: below 1 kB a call where there are 10,000
MANY = 1000  # calls from which on every kind of trouble must have struck


def site() -> str:
    """A site file with eight lines and as many people, and no brakes."""
    head = ["[site]", "callback_rest = 0", "callback_tries = 1", "[site.brakes]", "repeat_window_s = 0",
            "caller_per_hour = 10000", "caller_per_day = 10000", "box_per_hour = 10000", "[lab]",
            "tariffs = {" + ", ".join(f'gsm{n} = ["49,0.0{n},0.0{n},60,60"]' for n in range(1, LINES + 1)) + "}"]
    for n in range(1, LINES + 1):
        head += ["[[line]]", f'name = "gsm{n}"', f'at = "/lab/gsm{n}-at"', f'audio = "/lab/gsm{n}-audio"',
                 f'number = "+491511234560{n}"', f'tariff = "gsm{n}.csv"',
                 f'trigger = "{"reject" if n % 2 else "ring"}"']
    for n in range(PEOPLE):
        head += ["[[account]]", f'name = "Person {n}"', f'numbers = ["+491515550010{n}"]', 'verify = "none"']
    return "\n".join(head) + "\n---\n"


class Soak:
    """Counts calls; `until` calls were asked for, people stop."""

    def __init__(self, world: World, calls: int, seed: int) -> None:
        self.world, self.left, self.calls = world, calls, calls
        self.outcomes: Counter[str] = Counter()
        self.memory: list[float] = []
        self._dice, self._began = seeded(seed), time.monotonic()
        self.troubles = Troubles(world, seeded(seed + 1))
        network = world.network
        self.people = [Handset(network, f"+491515550010{n}", f"Person{n}") for n in range(PEOPLE)]
        self.far = [Handset(network, f"+4930{n:08}", f"Far{n}") for n in range(20)]

    async def run(self) -> None:
        async with self.troubles.about():
            await asyncio.gather(*(self._person(phone) for phone in self.people))
        end = self.world.clock.monotonic() + SETTLE_S
        while self.world.board.calls and self.world.clock.monotonic() < end:
            await asyncio.sleep(0.5)

    def growth(self) -> float:
        """MB from half of the calls to all of them."""
        return self.memory[-1] - self.memory[len(self.memory) // 2 - 1] if len(self.memory) > 2 else 0.0

    async def _person(self, phone: Handset) -> None:
        while self.left > 0:
            self.left -= 1
            self._progress()
            try:
                self.outcomes[await self._call(phone)] += 1
            except LabTimeout as why:
                self.outcomes[str(why).partition(" within")[0].partition(" ")[2]] += 1
            phone.hang_up()
            await asyncio.sleep(self._dice.uniform(0.5, 6.0))
            for ear in (*self.people, *self.far):
                ear.recording.clear()
            self.world.story.clear()

    async def _call(self, phone: Handset) -> str:
        if phone.stage != "over":
            return "was on the phone"
        phone.call(f"+491511234560{self._dice.randint(1, LINES)}")
        await asyncio.sleep(self._dice.uniform(0.6, 3.0))
        phone.hang_up()
        await phone.rung(40.0)
        if self._dice.random() < 0.05:
            phone.reject()
            return "rejected the callback"
        phone.answer()
        await phone.heard_something(15.0)
        far = self._dice.choice(self.far)
        far.manner = self._dice.choice([Manner.ANSWER, Manner.ANSWER, Manner.ANSWER, Manner.BUSY, Manner.REJECT])
        far.answer_after_s = self._dice.uniform(0.3, 2.0)
        await phone.press(far.number.replace("+49", "0") + "#")
        await asyncio.sleep(self._dice.uniform(1.0, 6.0))
        if self._dice.random() < 0.3:
            far.hang_up()
        return "called"

    def _progress(self) -> None:
        done = self.calls - self.left
        if done % max(1, self.calls // 10) == 0:
            self.memory.append(_resident())
            print(f"{done} of {self.calls} calls, {time.monotonic() - self._began:.0f} s, "
                  f"{self.memory[-1]:.0f} MB", flush=True)


def _resident() -> float:
    """MB in use now, not at most."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def complaints(soak: Soak) -> list[str]:
    """What must not be: one sentence each."""
    world = soak.world
    found = list(world.loose_ends())
    for name, line in world.board.lines.items():
        if line.state.health is not LineHealth.READY or line.busy:
            found.append(f"{name} is {line.state.health}, {line.busy} in use: {line.state.why}")
    for record in world.journal.records(limit=10 * soak.calls):
        due = None
        if record.rate and record.answered:
            due = price(record.rate, max(record.talk_s, 0.1), record.answered)
        if record.cause is Cause.NO_ANSWER and not record.talk_s:
            due = record.price if record.price is None or not record.price.micros else due  # said to be answered
        if due is not None and record.price != due:
            found.append(f"{record.leg} costs {record.price}, not {due}")
    for account in world.settings.accounts:
        own = [r.price.micros for r in world.journal.records(limit=10 * soak.calls)
               if r.account == account.name and r.price]
        if world.journal.balance(account.name).micros != -sum(own):
            found.append(f"the balance of {account.name} is not the sum of its legs")
    if soak.growth() > FLAT_MB:
        found.append(f"memory grew by {soak.growth():.1f} MB in the second half")
    if soak.calls >= MANY and (never := [kind for kind in soak.troubles.kinds if not soak.troubles.struck[kind]]):
        found.append(f"no line was {', '.join(never)}")
    return found


def soak(folder: Path, calls: int, seed: int) -> Soak:
    kept: list[Soak] = []
    script: Script = read_script(site(), "soak")
    first = -LINES - seed + 1  # the last eight of them, plain and stubborn too; with another seed, others
    families = tuple(FAMILIES[(first + n) % len(FAMILIES)] for n in range(LINES))
    cast = replace(script.cast, phones=(), personas=families, nasties=EACH, seed=seed)

    async def story(world: World) -> None:
        await world.ready()
        kept.append(Soak(world, calls, seed))
        await kept[0].run()
        await asyncio.sleep(SETTLE_S)

    play(folder, script.settings, cast, story)
    return kept[0]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory() as folder:
        done = soak(Path(folder), options.calls, options.seed)
        wrong = complaints(done)
        records = done.world.journal.records(limit=10 * options.calls)
        print(f"{len(records)} legs, {sum(r.answered is not None for r in records)} answered; "
              + ", ".join(f"{count} {what}" for what, count in done.outcomes.most_common()))
        print("lines were " + ", ".join(f"{what} {count} times" for what, count in done.troubles.struck.most_common())
              + f"; the second half of the calls added {done.growth():.1f} MB")
        for sentence in wrong[:20]:
            print(f"soak: {sentence}", file=sys.stderr)
        done.world.journal.close()
    print("the books balance, memory is flat, no line is left broken" if not wrong else f"{len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
