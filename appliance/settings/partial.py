"""What a site file names, and nothing else: typed values by field, ready to be merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One named line or account; `values` by field name. An account's `pin` is plain text here, never stored."""

    name: str
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Partial:
    """A whole site file. Keys it does not name are absent."""

    site: Mapping[str, Any] = field(default_factory=dict)
    brakes: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Part, ...] = ()
    accounts: tuple[Part, ...] = ()
    web: Mapping[str, Any] = field(default_factory=dict)
    alerts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hardware: Mapping[str, Any] = field(default_factory=dict)
