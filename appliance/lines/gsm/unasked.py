"""What a modem says unasked about calls: handed to the leg or the ring that it is about."""

from __future__ import annotations

from appliance.lines.gsm.at import CALL_FINALS
from appliance.lines.gsm.dialects import Dialect
from appliance.lines.gsm.incoming import Incoming
from appliance.lines.gsm.leg import Leg
from appliance.lines.gsm.parser import INCOMING, OVER, parse_clip


def about_a_call(line: str, leg: Leg | None, incoming: Incoming, dialect: Dialect) -> bool:
    """True when it may be about a call that neither knows of."""
    knocks = leg is not None and leg.knocks
    if line == "RING" or line.startswith(("+CRING:", "+CLIP:")):
        if not knocks:
            _rang(line, incoming)
    elif line.startswith("+CCWA:"):
        if leg and knocks:
            leg.knocked()
    elif (wants := dialect.audio_flow.get(line.replace(" ", ""))) is not None:
        if leg:
            leg.wants_audio(wants)
    elif line.startswith(CALL_FINALS[:-1]):
        _carrier_lost(line, leg, incoming)
    else:
        return _moved(line, leg, incoming, dialect)
    return False


def _rang(line: str, incoming: Incoming) -> None:
    if line.startswith("+CLIP:"):
        incoming.clip(parse_clip(line))
    else:
        incoming.rang()


def _carrier_lost(line: str, leg: Leg | None, incoming: Incoming) -> None:
    if incoming.ring:
        incoming.over()
    elif leg and leg.placed:
        leg.carrier_lost(line)


def _moved(line: str, leg: Leg | None, incoming: Incoming, dialect: Dialect) -> bool:
    parse = next((p for prefix, p in dialect.moves.items() if line.startswith(prefix)), None)
    move = parse(line) if parse else None
    if move is None or not move.voice:
        return False
    if move.state == INCOMING and not (leg and leg.knocks):
        incoming.noticed(move.caller)
    elif leg and leg.placed and not (move.incoming and incoming.ring):
        leg.moved(move)
    elif incoming.ring:
        incoming.moved(move)
    else:
        return move.state != OVER
    return False
