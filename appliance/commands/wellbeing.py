"""What the box's own health means: supply, temperature, memory, clock, voices that came too late. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.commands.finding import Finding, error, warning
from appliance.hardware.vitals import Vitals

HOT_C = 80.0  # a Pi slows down from here on
LEAST_MEMORY = 64 * 1024 * 1024  # octets
LATE = 0.005  # of all frames: heard as clicks
ENOUGH = 500  # frames, 10 s of voice, until late ones are judged


def ill(vitals: Vitals, frames: tuple[int, int]) -> Iterator[Finding]:
    """`frames`: of the last legs, and how many of them came too late."""
    if vitals.data_lost:
        yield error("the card's data partition cannot be read: the box runs from memory, with empty settings",
                    "restart it once; if this stays, do not set it up anew on this card, since all of it is gone at "
                    "the next restart: keep the card for whoever may rescue it, and restore a backup on a new one",
                    key="data")
    if vitals.undervoltage:
        yield error("the power supply is too weak: it was below 4.63 V within the last hour",
                    "take the supply that belongs to this Raspberry Pi, with its own cable, and put modems on a hub "
                    "with a supply of its own; modems fall out and cards lose data until then", key="undervoltage")
    if vitals.temperature is not None and vitals.temperature >= HOT_C:
        yield warning(f"the processor is at {vitals.temperature:.0f} °C, and slows down",
                      "give the box air or a cooler, away from sun and heating", key="temperature")
    if vitals.memory is not None and vitals.memory < LEAST_MEMORY:
        yield warning(f"only {vitals.memory // 2**20} MiB of memory are left",
                      "stop what else runs on this box; systemctl status ringback tells what it takes itself",
                      key="memory")
    if vitals.synchronised is False:
        yield warning("the clock is not synchronised, so times and daily limits may be wrong",
                      "let the box reach a time server: timedatectl timesync-status; without internet, write the "
                      "router's address as NTP= into /etc/systemd/timesyncd.conf, or fit a clock chip", key="clock")
    total, late = frames
    if total >= ENOUGH and late > LATE * total:
        yield warning(f"{100 * late / total:.1f} % of the voice in the last calls came too late, heard as clicks",
                      "stop what else runs on this box; ringback ladder CALL tells of each leg, and the log of "
                      "ringback-audio whether it has real-time priority", key="late-voice")
