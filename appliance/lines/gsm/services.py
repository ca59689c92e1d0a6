"""Where the network sends calls for a SIM. 3GPP TS 27.007 § 7.11."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.parser import fields, integer
from appliance.lines.line import Forwarding

NETWORK_S = 20.0  # s; the network itself answers these, mostly within 3
REASONS = {0: "always", 1: "when busy", 2: "when not answered", 3: "when not reachable"}  # § 7.11
VOICE = 1  # class, a bit


@dataclass(frozen=True, slots=True)
class Told:
    """What the network told of forwarding; `unknown`: what it did not tell, and why, "" when it told all."""

    found: tuple[Forwarding, ...]
    unknown: str = ""

    @property
    def known(self) -> tuple[Forwarding, ...] | None:
        """None: nothing that anybody could go by."""
        return self.found if self.found or not self.unknown else None


async def ask_forwarding(engine: AtEngine) -> Told:
    """Where the network sends calls for this SIM. What it tells of one reason counts whatever it says of another."""
    found: list[Forwarding] = []
    silent: list[str] = []
    final = ""
    for reason, when in REASONS.items():
        reply = await engine.command(f"AT+CCFC={reason},2", expect="+CCFC:", timeout=NETWORK_S)
        if reply.ok:
            found += [Forwarding(when, number) for number in map(_active, reply.lines) if number]
        else:
            silent, final = [*silent, when], reply.final[:40]
    whens = " or ".join(silent)
    unknown = f"the network does not tell whether it forwards calls {whens} ({final})" if silent else ""
    return Told(tuple(found), unknown)


def _active(line: str) -> str:
    """The number of a forwarding that is on for voice: `+CCFC: <status>,<class>[,<number>,<type>...]`."""
    parts = fields(line) + [""] * 3
    on = integer(parts[0]) == 1 and integer(parts[1], VOICE) & VOICE
    return (parts[2][:24] or "a number the network does not tell") if on else ""


async def erase_forwarding(engine: AtEngine) -> Told:
    """Erases all at once, else one by one; what the network kept on is the answer."""
    if not (await engine.command("AT+CCFC=4,4", timeout=NETWORK_S)).ok:
        for reason in REASONS:
            await engine.command(f"AT+CCFC={reason},4", timeout=NETWORK_S)
    return await ask_forwarding(engine)
