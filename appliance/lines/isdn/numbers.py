"""Numbers as Q.931 carries them: type of number, presentation, screening, and which of them are ours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.lines.isdn.reports import Setup
from appliance.lines.isdn.signalling import Party

UNKNOWN, INTERNATIONAL, NATIONAL = 0x00, 0x11, 0x21  # type of number and plan; § 4.5.10
TYPES = {0x10: "international", 0x20: "national"}
ALLOWED, RESTRICTED, UNAVAILABLE = 0x00, 0x20, 0x40
PRESENTATIONS = {ALLOWED: "shown", RESTRICTED: "withheld"}
SCREENINGS = ("none", "passed", "failed", "network")  # § 4.5.10: who vouches for the number
MOST = 32  # digits of a number


def plan_of(number: str) -> tuple[str, int]:
    """Digits and type of a number as we write it: "+49..." is international, anything else is as people key it."""
    return (number[1:], INTERNATIONAL) if number.startswith("+") else (number, UNKNOWN)


def party_of(number: str, *, withheld: bool) -> Party:
    """Our number, if we have one, shown or not (CLIR)."""
    digits, plan = plan_of(number) if number else ("", UNKNOWN)
    return Party(digits, plan, RESTRICTED if withheld else ALLOWED)


def caller_fields(setup: Setup) -> dict[str, Any]:
    """Who calls, as events tell it: hostile text, kept short."""
    presentation = PRESENTATIONS.get(setup.presentation & 0x60, "unavailable")
    digits = "".join(c for c in setup.caller if c in "0123456789*#+")[:MOST] if presentation == "shown" else ""
    return {
        "caller": digits,
        "type": TYPES.get(setup.plan & 0x70, "unknown"),
        "presentation": presentation if digits or presentation != "shown" else "unavailable",
        "screening": SCREENINGS[setup.presentation & 0x03],
        "name": "".join(c for c in setup.name if c.isprintable())[:MOST],
    }


def called_ours(called: str, numbers: Sequence[str]) -> bool:
    """Exchanges send a number whole, without area code, or only the extension: one may be the tail of the other."""
    return not numbers or not called or any(
        called.endswith(own.lstrip("+")) or own.endswith(called) for own in numbers)
