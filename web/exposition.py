"""Prometheus' text exposition format, version 0.0.4: one family of samples after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

KIND = "text/plain; version=0.0.4; charset=utf-8"
HEALTHS = ("absent", "starting", "ready", "broken")
FRAMES = {"concealed": "gap concealed", "dropped": "surplus dropped", "refused": "refused by the device",
          "underruns": "too late"}
MICRO = 1_000_000  # micro-units in one unit of a currency


@dataclass
class Family:
    """`name` without the prefix; a counter's ends in _total."""

    name: str
    kind: str  # counter or gauge
    text: str
    samples: list[tuple[Mapping[str, str], str]] = field(default_factory=list)

    def add(self, value: float | str | None, **labels: str) -> None:
        if value is not None:
            self.samples.append((labels, str(value)))

    def __str__(self) -> str:
        name = f"ringback_{self.name}"
        head = [f"# HELP {name} {self.text}", f"# TYPE {name} {self.kind}"]
        return "\n".join([*head, *(f"{name}{_labels(labels)} {value}" for labels, value in self.samples), ""])


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def exposition(facts: Mapping[str, Any]) -> str:
    """The gateway's answer to "metrics" as text."""
    return "".join(str(family) for family in families(facts))


def families(facts: Mapping[str, Any]) -> Iterable[Family]:
    health = Family("line_health", "gauge", "1 for the state a line is in.")
    enabled = Family("line_enabled", "gauge", "1 while the line is switched on in the settings.")
    signal = Family("line_signal_percent", "gauge", "Strength of the radio signal.")
    left = Family("line_sim_balance", "gauge", "Money that the line's SIM has left, as its operator told last.")
    channels = Family("line_channels", "gauge", "Legs that the line can carry at once.")
    busy = Family("line_channels_busy", "gauge", "Legs that the line carries now.")
    restarts = Family("line_restarts_total", "counter",
                      "Times a line was lost and became ready again, as after a restart of its modem.")
    for line in facts["lines"]:
        name = line["line"]
        for each in HEALTHS:
            health.add(int(line["health"] == each), line=name, health=each)
        enabled.add(int(line["enabled"]), line=name)
        signal.add(line["signal"], line=name)
        left.add(line.get("sim_left"), line=name)
        channels.add(line["channels"], line=name)
        busy.add(line["busy"], line=name)
        restarts.add(line["restarts"], line=name)
    yield from (health, enabled, signal, left, channels, busy, restarts)
    yield from _calls(facts)
    yield from _money(facts)
    yield from _box(facts["box"])


def _box(box: Mapping[str, Any]) -> Iterable[Family]:
    """What the machine does not tell has no sample."""
    weak = Family("box_undervoltage", "gauge", "1 when the supply was too weak within the last hour.")
    weak.add(_bit(box["undervoltage"]))
    hot = Family("box_temperature_celsius", "gauge", "Of the processor.")
    hot.add(box["temperature"])
    memory = Family("box_memory_available_bytes", "gauge", "Memory that programs could still get.")
    memory.add(box["memory"])
    disk = Family("box_disk_free_bytes", "gauge", "Free space where calls are recorded.")
    disk.add(box["disk"])
    clock = Family("box_clock_synchronised", "gauge", "1 while the clock follows a time server.")
    clock.add(_bit(box["synchronised"]))
    lost = Family("box_data_lost", "gauge", "1 when the card's data cannot be read and the box runs from memory.")
    lost.add(_bit(box["data_lost"]))
    findings = Family("findings", "gauge", "What ringback check says is wrong, by level.")
    for level, count in sorted(box["findings"].items()):
        findings.add(count, level=level)
    yield from (weak, hot, memory, disk, clock, lost, findings)


def _bit(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _calls(facts: Mapping[str, Any]) -> Iterable[Family]:
    running = Family("calls_running", "gauge", "Calls in progress.")
    running.add(facts["running"])
    calls = Family("calls_total", "counter", "Calls begun since the box was set up.")
    calls.add(facts["calls"])
    causes = Family("legs_ended_total", "counter", "Legs that ended, by ITU-T Q.850 cause.")
    for cause, count in sorted(facts["causes"].items()):
        causes.add(count, cause=cause)
    triggers = Family("triggers_total", "counter", "Requests for a callback: accepted, or why not.")
    for outcome, count in sorted(facts["triggers"].items()):
        triggers.add(count, outcome=outcome)
    frames = Family("audio_frames_lost_total", "counter", "Frames of 20 ms that were late or lost, of legs that ended.")
    for key, what in FRAMES.items():
        frames.add(facts["frames"][key], what=what)
    yield from (running, calls, causes, triggers, frames)


def _money(facts: Mapping[str, Any]) -> Iterable[Family]:
    charged = Family("charged_total", "counter", "What ended legs cost, in units of the currency.")
    for line, micros in sorted(facts["charged"].items()):
        sign, whole = "-" if micros < 0 else "", abs(micros)
        charged.add(f"{sign}{whole // MICRO}.{whole % MICRO:06d}", line=line, currency=facts["currency"])
    yield charged
    bundles = Family("bundle_left_minutes", "gauge", "Minutes left of a bundle in its period.")
    for bundle, minutes in sorted(facts["bundles"].items()):
        bundles.add(minutes, bundle=bundle)
    yield bundles
