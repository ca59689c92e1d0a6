"""The boot test's chapters: first start, a call, the plug pulled in a call, an update, a bad update."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.demo import ANNA_SAYS, BERT_SAYS, SURE
from appliance.lab.listening import heard
from appliance.lab.voices import voice
from appliance.labbox import PIN, LabProcess
from tests.image.card import COMMON, DATA, Card
from tests.image.machine import Machine, virt
from tests.image.station import MODEMS, Shell, first_start_files, modems, page

SLOTS = {2: "A", 3: "B"}
ROOT_B = 6
# A machine that emulates beside other work is many times slower than a Pi: units and trials are given more time.
SLOW = ("console=ttyAMA0 systemd.default_timeout_start_sec=900 systemd.default_device_timeout_sec=900 "
        "systemd.setenv=RINGBACK_PATIENCE=1200")
TRIES = 3  # the box gives up after as many
DENIED = re.compile(r"Access denied|AccessDenied|Rejected send message|not authorized", re.IGNORECASE)
FAST = 0.25  # s between two questions to the page: nothing tells that it is up


@dataclass
class Bench:
    """A card, the lab beside it, and what was measured."""

    card: Card
    work: Path
    lab: LabProcess
    shell: Shell
    web_port: int
    ssh_port: int
    console: Path
    measured: list[str] = field(default_factory=list)
    machine: Machine | None = None

    async def power_on(self, tryboot: bool = False) -> Machine:
        """As the firmware does it; returns at once."""
        boot = self.card.boot(self.work, tryboot)
        ports = {self.web_port: 8443, self.ssh_port: 22}
        self.machine = Machine(self.console, virt(self.card.image, ports, modems(self.work / "lab")))
        say(f"power on, slot {SLOTS[boot.partition]}{' (tryboot)' if tryboot else ''}")
        await self.machine.start(boot, SLOW)
        return self.machine

    async def page_answers(self) -> float:
        """s from now until the page answers."""
        begin = time.monotonic()
        while await page(self.web_port) != 200:
            assert self.machine
            self.machine.must_run()
            await asyncio.sleep(FAST)
        return time.monotonic() - begin

    async def boots(self, what: str) -> None:
        """Waits for the page and measures: qemu starts the kernel at once."""
        self.measure(f"boot time, {what}: {await self.page_answers():.0f} s from the kernel's start to the page")

    async def lines_ready(self) -> None:
        """The gateway's own word for it, on the console of this power-on."""
        assert self.machine
        for number in range(1, len(MODEMS) + 1):
            await self.machine.said(rf"gsm{number}.* ready")

    def measure(self, text: str) -> None:
        self.measured.append(text)
        say(text)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def first_start(bench: Bench) -> None:
    """Settings from the FAT partition; the page; lines on USB ports; the data partition has the whole card."""
    for file in first_start_files(bench.work / "first", bench.shell.public_key):
        bench.card.write(COMMON, file)
    await bench.power_on()
    await bench.boots("first start")
    await bench.lines_ready()
    assert (await bench.shell.run("hostname")).strip() == "bench"
    octets = int(await bench.shell.run("df --output=size -B1 /data | tail -n 1"))
    left = bench.card.image.stat().st_size - bench.card.start_of(DATA)
    assert octets > left * 0.85, f"the data partition has {octets} of {left} octets: it did not grow"
    assert "ro," in (await bench.shell.run("findmnt -no OPTIONS /")), "the root is not read-only"
    failed = await bench.shell.run("systemctl list-units --failed --plain --no-legend")
    # A slow machine may let the wait for the clock time out, which the gateway survives: it is not what is tested here.
    names = [line.split()[0] for line in failed.splitlines() if not line.startswith("systemd-time-wait-sync")]
    assert not names, f"failed units: {names}"
    memory = await bench.shell.run("systemctl show -p MemoryCurrent ringback ringback-web | grep -o '[0-9]*'")
    bench.measure("memory: gateway {:.0f} MB, page {:.0f} MB".format(*(int(word) / 1e6 for word in memory.split())))


async def a_call(bench: Bench, talk: bool) -> None:
    """Missed call, ringing back, PIN and number keyed; both connected. With `talk`, each hears the other."""
    assert bench.machine
    lab, said, mark = bench.lab, bench.machine.said, bench.machine.mark
    await lab.do("miss", "anna", MODEMS[0][1], "2.0")
    await lab.do("wait", "anna", "alerting")
    await lab.do("answer", "anna")
    tries = await _keyed(bench, f"{PIN}#", "says: .*enter_pin", "PIN is right", mark)
    tries += await _keyed(bench, "03012345678#", "says: .*enter_number", "both are connected", mark)
    bench.measure(f"keys: PIN and number taken after {tries} prompts (2: each at the first)")
    if not talk:
        return
    for who, words in (("anna", ANNA_SAYS), ("bert", BERT_SAYS)):
        await lab.do("say", who, words)
        await lab.do("said", who)
    await lab.do("hangup", "bert")
    await said("says: next_number", mark)
    await lab.do("hangup", "anna")
    await said("over:", mark)
    for who, other, words in (("anna", "Bert", BERT_SAYS), ("bert", "Anna", ANNA_SAYS)):
        file = bench.work / f"what-{who}-heard.wav"
        await lab.do("save", who, str(file))
        with wave.open(str(file)) as recording:
            likeness = heard(recording.readframes(recording.getnframes()), await voice(words, other))
        bench.measure(f"{who} heard {other} through the box: likeness {likeness:.2f} (another's words: about 0.35)")
        assert likeness >= SURE


async def _keyed(bench: Bench, keys: str, asked: str, done: str, since: int) -> int:
    """Keys whenever the box asks, until it has understood. A machine that emulates beside other work drops frames, so a
    key may be lost, as on a bad line; whoever is asked again keys again. How often it asked."""
    assert bench.machine
    for asking in range(1, TRIES + 1):
        line = await bench.machine.said(f"{asked}|{done}|over:", since)
        assert "over:" not in line, line
        if re.search(done, line):
            return asking - 1
        since = bench.machine.after(line, since)
        await bench.lab.do("key", "anna", keys)
    await bench.machine.said(done, since)
    return TRIES


async def plug_pulled(bench: Bench) -> None:
    """In mid-call; the next start mends the record, and the file systems are clean."""
    await a_call(bench, talk=False)
    assert bench.machine
    before = await bench.shell.ask("ringback --json calls --limit 1")
    await bench.machine.kill()
    say("the plug is pulled in mid-call")
    machine = await bench.power_on()
    await bench.boots("after a power cut")
    assert "e2fsck says" in await machine.said(r"e2fsck says [01] ")
    await machine.said("was left open and is mended")
    for who in ("anna", "bert"):
        await bench.lab.do("wait", who, "over")
    after = await bench.shell.ask("ringback --json calls --limit 1")
    assert _legs(after) == _legs(before), "a leg is lost"
    assert not await open_records(bench), "a record is still open"
    await bench.lines_ready()


def _legs(calls: Any) -> list[str]:
    listed = calls["calls"] if isinstance(calls, dict) else calls
    return sorted(str(leg["leg"]) for call in listed for leg in call["legs"])


async def open_records(bench: Bench) -> int:
    query = "select count(*) from record where ended is null"
    return int(await bench.shell.run(
        f"python3 -c \"import sqlite3; print(sqlite3.connect('/var/lib/ringback/journal.sqlite').execute('{query}')"
        ".fetchone()[0])\""))


async def foreign_update(bench: Bench, bundle: Path) -> None:
    """Somebody else's signature: refused in plain words, and no octet of the other slot is touched."""
    before = bench.card.digest(3, 6)
    await bench.shell.put(bundle, "/data/foreign.raucb")
    told = await bench.shell.run("ringback update --no-reboot /data/foreign.raucb; echo status $?; "
                                 "rm /data/foreign.raucb")
    say("an update of somebody else: " + " / ".join(told.splitlines()))
    assert "status 1" in told, told
    assert "is not signed by whoever made this box's software" in told, told
    assert "nothing has changed" in told, told
    state = await bench.shell.ask("ringback --json update")
    assert state == {"running": "A", "trying": "", "failed": ""}, state
    await bench.shell.run("sync")
    assert bench.card.digest(3, 6) == before, "the other slot was written"
    asked = "busctl get-property de.pengutronix.rauc / de.pengutronix.rauc.Installer Operation"
    told = await bench.shell.run(
        f"for who in root nobody ringback ringback-web; do runuser -u $who -- {asked}; done 2>&1; true")
    say("who may ask RAUC, as root and as three others: " + " / ".join(told.splitlines()))
    assert [("idle" in line, bool(DENIED.search(line))) for line in told.splitlines()] == [(True, False)] + 3 * [
        (False, True)], told


async def update(bench: Bench, bundle: Path) -> None:
    """A spoilt one is refused; a good one is put into slot B, tried, found well, and stays."""
    assert bench.machine
    assert bench.card.is_empty(ROOT_B), "slot B has a root from the factory: an update that writes nothing would pass"
    assert not bench.card.has(3, "kernel8.img")
    await bench.shell.put(bundle, "/data/update.raucb")
    told = await bench.shell.run("cp /data/update.raucb /data/spoilt.raucb && "
                                 "printf X | dd of=/data/spoilt.raucb bs=1 seek=4096 conv=notrunc status=none; "
                                 "ringback update --no-reboot /data/spoilt.raucb; echo status $?")
    assert "status 1" in told, told
    assert "nothing has changed" in told, told
    begin = time.monotonic()
    told = await bench.shell.run("ringback update --no-reboot /data/update.raucb && rm /data/*.raucb")
    bench.measure(f"an update is written in {time.monotonic() - begin:.0f} s")
    await _reboot(bench, "B")
    assert bench.card.starts(tryboot=False) == 2, "the new slot is the lasting one before it was found well"
    machine = await bench.power_on(tryboot=True)
    await bench.boots("first start of an update")
    await machine.said("Slot B is confirmed")
    assert bench.card.starts(tryboot=False) == 3
    state = await bench.shell.ask("ringback --json update")
    assert state == {"running": "B", "trying": "", "failed": ""}, state


async def bad_update(bench: Bench, bundle: Path) -> None:
    """A correctly signed update that cannot start: the firmware goes back to what ran before."""
    runs = bench.card.starts(tryboot=False)
    other = SLOTS[5 - runs]
    await bench.shell.put(bundle, "/data/update.raucb")
    await bench.shell.run("ringback update --no-reboot /data/update.raucb && rm /data/update.raucb")
    await _reboot(bench, other)
    machine = await bench.power_on(tryboot=True)
    await machine.said("cannot start")
    await machine.ended()
    say("the new version panicked, and the machine rebooted")
    machine = await bench.power_on()
    await bench.boots("an ordinary start")
    await machine.said("did not become well and was left")
    state = await bench.shell.ask("ringback --json update")
    assert state == {"running": SLOTS[runs], "trying": "", "failed": other}, state
    assert bench.card.starts(tryboot=False) == runs
    await bench.lines_ready()


async def _reboot(bench: Bench, slot: str) -> None:
    """Asks for the try as `ringback update` does; what the kernel would hand to the firmware is read on the console."""
    assert bench.machine
    await bench.shell.run('systemctl reboot --reboot-argument="0 tryboot"', check=False)
    await bench.machine.said("reboot: Restarting system with command '0 tryboot'")
    await bench.machine.ended()
    says_its_slot(bench.card)
    say(f"reboot to try slot {slot}")


def says_its_slot(card: Card) -> None:
    """A firmware partition is called after its slot, whichever one its bundle was made of."""
    assert {number: card.label(number) for number in SLOTS} == {n: f"BOOT_{slot}" for n, slot in SLOTS.items()}


async def power_off(bench: Bench) -> None:
    """An orderly end leaves file systems that need nothing."""
    assert bench.machine
    await bench.shell.run("systemctl poweroff", check=False)
    await bench.machine.ended()
    data = bench.work / "data.img"
    Card(bench.card.image).extract(DATA, data)  # read anew: the partition grew at the first start
    checked = subprocess.run(["e2fsck", "-fn", str(data)], capture_output=True, text=True)
    assert checked.returncode == 0, f"the data partition is not clean: {checked.stdout}"
    say("powered off; the data partition is clean")


