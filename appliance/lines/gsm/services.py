"""Where the network sends calls for a SIM. 3GPP TS 27.007 § 7.11."""

from __future__ import annotations

from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.parser import fields, integer
from appliance.lines.line import Forwarding, ServiceFailed

NETWORK_S = 20.0  # s; the network itself answers these, mostly within 3
REASONS = {0: "always", 1: "when busy", 2: "when not answered", 3: "when not reachable"}  # § 7.11
VOICE = 1  # class, a bit


async def ask_forwarding(engine: AtEngine) -> tuple[Forwarding, ...]:
    """Where the network sends calls for this SIM. ServiceFailed when it does not tell."""
    found: list[Forwarding] = []
    for reason, when in REASONS.items():
        reply = await engine.command(f"AT+CCFC={reason},2", expect="+CCFC:", timeout=NETWORK_S)
        if not reply.ok:
            raise ServiceFailed(f"the network does not tell whether it forwards calls {when} ({reply.final[:40]})")
        found += [Forwarding(when, number) for number in map(_active, reply.lines) if number]
    return tuple(found)


def _active(line: str) -> str:
    """The number of a forwarding that is on for voice: `+CCFC: <status>,<class>[,<number>,<type>...]`."""
    parts = fields(line) + [""] * 3
    on = integer(parts[0]) == 1 and integer(parts[1], VOICE) & VOICE
    return (parts[2][:24] or "a number the network does not tell") if on else ""


async def erase_forwarding(engine: AtEngine) -> tuple[Forwarding, ...]:
    """Erases all at once, else one by one; what the network kept on is the answer. ServiceFailed when it does not tell.
    """
    if not (await engine.command("AT+CCFC=4,4", timeout=NETWORK_S)).ok:
        for reason in REASONS:
            await engine.command(f"AT+CCFC={reason},4", timeout=NETWORK_S)
    return await ask_forwarding(engine)
