"""The machine under the gateway: its health, lamps and button, and ways to wake a modem from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from appliance.commands.box import box_facts
from appliance.commands.checking import BoxFacts
from appliance.commands.finding import Finding, Topic
from appliance.commands.layout import Layout
from appliance.commands.wellbeing import ill
from appliance.hardware.chardev import header
from appliance.hardware.health import Health
from appliance.hardware.lamps import State
from appliance.hardware.panel import Panel, Pins
from appliance.hardware.power import steps
from appliance.hardware.usbplaces import UsbPlaces
from appliance.lines.line import Line, LineHealth
from appliance.lines.power import PowerStep
from appliance.settings.model import Settings
from appliance.vocabulary.clock import Clock

CHANNELS = 2  # that a callback needs


class Machine:
    """`late`: frames of the last legs, and how many came too late. `reset`: what ten seconds on the button ask for."""

    def __init__(
        self, layout: Layout, clock: Clock, settings: Callable[[], Settings], lines: Mapping[str, Line],
        calls: Callable[[], int], late: Callable[[], tuple[int, int]], reset: Callable[[], str],
        tell: Callable[[str], None],
    ) -> None:
        self._layout, self._settings, self._lines = layout, settings, lines
        self._calls, self._late = calls, late
        self._places = UsbPlaces()
        self._health = Health(clock, layout.root, each=self._learn)
        wired = settings().site.hardware
        pins = Pins(wired.lamp_ok, wired.lamp_call, wired.lamp_trouble, wired.button, wired.lamps_inverted)
        self._panel = Panel(header, pins, clock, self._glance, reset, tell)
        self._ails = False  # as of the last look: a lamp must not read files twenty times a second

    def watching(self) -> Sequence[tuple[str, Coroutine[Any, Any, None]]]:
        """What runs as long as the gateway: by name. The panel may end; the box does without."""
        return ("health", self._health.run()), ("panel", self._panel.run())

    def power(self, name: str) -> Sequence[PowerStep]:
        """What may be done from outside to the modem of that line, the weaker step first."""
        line = next((each for each in self._settings().lines if each.name == name), None)
        if line is None:
            return ()
        self._learn()
        return steps(line.power, partial(self._dialect, name), self._layout.power_unit,
                     partial(self._places.port, name), header)

    def facts(self, settings: Settings) -> BoxFacts:
        return replace(box_facts(self._layout.data, settings), vitals=self._health.look(), frames=self._late())

    def figures(self, findings: Sequence[Finding]) -> dict[str, Any]:
        """For metrics: what the machine tells, and how many findings there are by level."""
        facts = self.facts(self._settings())
        levels = Counter({"error": 0, "warning": 0}) + Counter(str(each.level) for each in findings)
        return {**asdict(facts.vitals), "disk": facts.free_octets,
                "findings": {level: levels[level] for level in ("error", "warning")}}

    def _learn(self) -> None:
        self._places.learn({line.name: line.at for line in self._settings().lines if line.enabled})
        self._ails = any(each.topic is Topic.BOX for each in ill(self._health.seen, self._late()))

    def _dialect(self, name: str) -> str:
        """The family that answered, or that the settings name."""
        known = self._lines.get(name)
        return (known.state.dialect if known else "") or next(
            (line.dialect for line in self._settings().lines if line.name == name), "")

    def _glance(self) -> tuple[State, int]:
        """The worst that is true, and how many calls run."""
        lines = [line for line in self._settings().lines if line.enabled]
        live = [self._lines[line.name] for line in lines if line.name in self._lines]
        ready = [line for line in live if line.state.health is LineHealth.READY]
        calls = self._calls()
        if sum(line.channels for line in ready if line.has_audio) < CHANNELS:
            starting = any(line.state.health is LineHealth.STARTING for line in live)
            return (State.STARTING if starting else State.NO_CALLS), calls
        if len(ready) < len(lines):
            return State.LINE_AWAY, calls
        return (State.BOX if self._ails else State.FINE), calls
