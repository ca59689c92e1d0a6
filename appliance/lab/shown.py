"""The caller as a modem's network shows him."""

from __future__ import annotations

from appliance.lab.network import Circuit

CLIPS = {  # +CLIP, 27.007 § 7.6, as families say it
    "international": '"{e164}",145,,,,0', "bare": '"{digits}",145,"",0,,0', "national": '"{national}",161,,,,0',
    "unknown": '"{national}",129,,,,0', "withheld": '"",128,,,,1', "withheld-short": '"",128',
}


def shown(circuit: Circuit) -> str:
    """His number, or "" where he withholds it."""
    return "" if circuit.withheld else circuit.caller.number


def clip(circuit: Circuit, form: str) -> str:
    """The line that says who calls, in one of the forms of CLIPS."""
    number = circuit.caller.number
    shape = CLIPS["withheld" if circuit.withheld and "withheld" not in form else form]
    return "+CLIP: " + shape.format(e164=number, digits=number[1:], national="0" + number[3:])
