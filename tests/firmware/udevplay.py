"""udev rules, read and played on pretend devices: as much of udev(7) as our rules use; the rest is complained of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

PART = re.compile(r'\s*([A-Z_]+)(?:\{([^}]+)\})?\s*(==|!=|\+=|:=|=)\s*"([^"]*)"\s*(?:,|$)')
MATCHES = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "KERNEL", "ATTR", "ATTRS", "ENV", "TEST"}
ASSIGNS = {"ENV", "ATTR", "SYMLINK", "GROUP", "MODE", "GOTO", "LABEL", "IMPORT"}


@dataclass
class Device:
    """`path_id` is what udev's builtin of that name says of it."""

    subsystem: str
    kernel: str
    attributes: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    parent: Device | None = None
    path_id: str = ""
    links: set[str] = field(default_factory=set)
    group: str = ""
    mode: str = ""

    def family(self) -> list[Device]:
        return [self, *(self.parent.family() if self.parent else ())]


@dataclass(frozen=True)
class Part:
    key: str
    name: str
    operator: str
    value: str

    @property
    def asks(self) -> bool:
        return self.operator in ("==", "!=") or self.key == "TEST"


def read(path: Path) -> list[list[Part]]:
    """The rules, or an AssertionError with the line that is none."""
    rules = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts, at = [], 0
        while at < len(line):
            found = PART.match(line, at)
            assert found, f"{path.name}:{number}: cannot be read from here: {line[at:]!r}"
            part = Part(found[1], found[2] or "", found[3], found[4])
            assert part.key in (MATCHES if part.asks else ASSIGNS), f"{path.name}:{number}: {part.key}{part.operator}"
            parts.append(part)
            at = found.end()
        rules.append(parts)
    labels = [part.value for rule in rules for part in rule if part.key == "LABEL"]
    assert len(labels) == len(set(labels)), f"{path.name}: a label twice"
    for n, rule in enumerate(rules):
        for part in rule:
            if part.key == "GOTO":
                below = {each.value for later in rules[n:] for each in later if each.key == "LABEL"}
                assert part.value in below, f"{path.name}: GOTO {part.value} leads nowhere below"
    return rules


def play(rules: list[list[Part]], device: Device, action: str = "add") -> None:
    """One event of the device."""
    skipping = ""
    for rule in rules:
        if skipping:
            if any(part.key == "LABEL" and part.value == skipping for part in rule):
                skipping = ""
            continue
        if not all(_true(part, device, action) for part in rule if part.asks):
            continue
        for part in rule:
            if part.key == "GOTO":
                skipping = part.value
            elif not part.asks and not _import(part, device):
                _assign(part, device)


def _true(part: Part, device: Device, action: str) -> bool:
    said = {
        "ACTION": lambda: [action], "SUBSYSTEM": lambda: [device.subsystem], "KERNEL": lambda: [device.kernel],
        "ENV": lambda: [device.environment.get(part.name, "")],
        "ATTR": lambda: [device.attributes[part.name]] if part.name in device.attributes else [],
        "ATTRS": lambda: [each.attributes[part.name] for each in device.family() if part.name in each.attributes],
        "SUBSYSTEMS": lambda: [each.subsystem for each in device.family()],
        "TEST": lambda: [part.value] if part.value in device.attributes else [],
    }[part.key]()
    matches = any(fnmatchcase(value, pattern) for value in said for pattern in part.value.split("|"))
    return matches is (part.operator == "==")


def _import(part: Part, device: Device) -> bool:
    if part.key != "IMPORT":
        return False
    if part.name == "parent":
        assert device.parent
        for name, value in device.parent.environment.items():
            if fnmatchcase(name, part.value):
                device.environment[name] = value
    else:
        assert (part.name, part.value) == ("builtin", "path_id")
        device.environment["ID_PATH"] = device.path_id
    return True


def _assign(part: Part, device: Device) -> None:
    value = re.sub(r"\$(env|attr)\{([^}]+)\}", lambda found: _substitute(device, *found.groups()), part.value)
    assert "$" not in value
    if part.key == "ENV":
        device.environment[part.name] = value
    elif part.key == "ATTR":
        device.attributes[part.name] = value
    elif part.key == "SYMLINK":
        device.links.add(value)
    elif part.key == "GROUP":
        device.group = value
    elif part.key == "MODE":
        device.mode = value


def _substitute(device: Device, kind: str, name: str) -> str:
    if kind == "env":
        return device.environment.get(name, "")
    return next((each.attributes[name] for each in device.family() if name in each.attributes), "")
