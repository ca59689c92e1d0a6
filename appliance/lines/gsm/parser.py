"""Lines a modem says, taken apart. Pure; hostile text gives None or an empty field, never an error."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from appliance.lines.line import CallerId, NumberType, Presentation

TYPES = {145: NumberType.INTERNATIONAL, 161: NumberType.NATIONAL}  # 3GPP TS 24.008 § 10.5.4.7
INCOMING, WAITING = 4, 5  # call states; 3GPP TS 27.007 § 7.18
ACTIVE, HELD, DIALLING, ALERTING = 0, 1, 2, 3
OVER = -1
UNCLEAR = -2  # something has happened: the call list knows what


def fields(line: str) -> list[str]:
    """What stands behind the first colon, split on commas that are not in quotes, without the quotes."""
    _, _, rest = line.partition(":")
    try:
        return [field.strip() for field in next(csv.reader([rest.strip()], skipinitialspace=True), [])]
    except csv.Error:
        return []


def integer(text: str, default: int = -1) -> int:
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) else default


def _get(parts: list[str], at: int) -> str:
    return parts[at] if at < len(parts) else ""


def caller(number: str, kind: str, validity: str = "") -> CallerId:
    """A caller id from its fields. A number that is not one counts as withheld or, with validity 2, unavailable."""
    if validity == "2":
        return CallerId(presentation=Presentation.UNAVAILABLE)
    if not re.fullmatch(r"\+?[0-9]{2,20}", number, re.ASCII):
        return CallerId(presentation=Presentation.WITHHELD)
    return CallerId(number, TYPES.get(integer(kind), NumberType.UNKNOWN))


def parse_clip(line: str) -> CallerId:
    """`+CLIP: "<number>",<type>[,<subaddr>,<satype>[,<alpha>[,<validity>]]]`. 27.007 § 7.11."""
    parts = fields(line)
    return caller(_get(parts, 0), _get(parts, 1), _get(parts, 5))


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One line of the call list; only voice (mode 0) matters: LTE data contexts are listed as mode 1."""

    index: int
    incoming: bool
    state: int
    voice: bool
    caller: CallerId


def parse_clcc(line: str) -> ListedCall | None:
    """`+CLCC: <id>,<dir>,<stat>,<mode>,<mpty>[,"<number>",<type>[,"<alpha>"...]]`. 27.007 § 7.18."""
    parts = fields(line)
    numbers = [integer(part) for part in parts[:4]]
    if len(numbers) < 4 or -1 in numbers or numbers[2] > WAITING:  # SIMCom: 6 = disconnected
        return None
    who = caller(_get(parts, 5), _get(parts, 6))
    return ListedCall(numbers[0], numbers[1] == 1, numbers[2], numbers[3] == 0, who)


def parse_registration(line: str) -> int:
    """The <stat> of +CREG or +CEREG, as answer (`<n>,<stat>`) or unasked (`<stat>`). 27.007 § 7.2. -1: unreadable."""
    parts = fields(line)
    asked = len(parts) >= 2 and parts[1].isdigit() and len(parts[1]) <= 2  # else an area code, of four digits
    return integer(_get(parts, 1 if asked else 0))


def parse_signal(line: str) -> int | None:
    """+CSQ as per cent: 0 to 31 is -113 to -51 dBm, 99 unknown. 27.007 § 8.5."""
    value = integer(_get(fields(line), 0))
    return round(value * 100 / 31) if 0 <= value <= 31 else None


def parse_operator(line: str) -> str:
    """The name in +COPS; anybody may call his network anything. 27.007 § 7.3."""
    return _get(fields(line), 2)[:40]


def parse_attempts(line: str) -> int | None:
    """PIN attempts left: the first number, with or without a name before it; where a Huawei leaves that empty, the
    PUK's. None: not said.

    `+CPINR: SIM PIN,3,3` (27.007 § 8.65), `+QPINC: "SC",3,10`, `^CPIN: SIM PIN,3,10,3,10,3`, `+SPIC: 3,10,0,10`."""
    parts = fields(line)
    first = integer(_get(parts, 0))
    left = first if first >= 0 else integer(_get(parts, 1) or _get(parts, 3))
    return left if 0 <= left <= 10 else None


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A family's own line about a call. `state` as in the call list, OVER or UNCLEAR; `cause` Q.850 or None."""

    state: int
    cause: int | None = None
    incoming: bool | None = None
    voice: bool = True
    caller: CallerId | None = None
    index: int | None = None  # the call's number, as the family counts


def _index(parts: list[str], at: int) -> int | None:
    number = integer(_get(parts, at))
    return number if number > 0 else None


def parse_numbered(line: str, state: int) -> CallMoved:
    """A line that is about the call whose number comes first, and means one state."""
    return CallMoved(state, index=_index(fields(line), 0))


def parse_dsci(line: str) -> CallMoved | None:
    """Quectel `^DSCI: <id>,<dir>,<stat>,<type>,<number>,<numtype>`; stat 3 connected, 7 alerting, 6 ended."""
    parts = fields(line)
    states = {1: HELD, 2: DIALLING, 3: ACTIVE, 4: INCOMING, 5: WAITING, 6: -1, 7: ALERTING}
    state = states.get(integer(_get(parts, 2)))
    if state is None:
        return None
    who = caller(_get(parts, 4), _get(parts, 5))
    return CallMoved(state, None, _get(parts, 1) == "1", _get(parts, 3) in ("0", ""), who, _index(parts, 0))


def parse_ccinfo(line: str) -> CallMoved | None:
    """Quectel `+QIND: "ccinfo",<id>,<dir>,<state>,<mode>,<mpty>,"<number>",<type>`; -1 = released."""
    parts = fields(line)
    if _get(parts, 0) != "ccinfo" or not re.fullmatch(r"-1|[0-5]", _get(parts, 3)):
        return None
    who = caller(_get(parts, 6), _get(parts, 7))
    return CallMoved(int(parts[3]), None, _get(parts, 2) == "1", _get(parts, 4) in ("0", ""), who, _index(parts, 1))


def parse_cend(line: str) -> CallMoved:
    """Huawei `^CEND:<id>,<seconds>,<end_status>[,<cc_cause>]`, blanks or not."""
    parts = fields(line)
    cause = integer(_get(parts, 3))
    return CallMoved(-1, cause if 0 < cause < 128 else None, index=_index(parts, 0))


def parse_listed(line: str) -> CallMoved | None:
    """SIMCom says a line of the call list unasked (AT+CLCC=1), with one more state: 6 = disconnected."""
    parts = fields(line)
    state = integer(_get(parts, 2))
    if len(parts) < 4 or not 0 <= state <= 6:
        return None
    who = caller(_get(parts, 5), _get(parts, 6))
    return CallMoved(OVER if state == 6 else state, None, parts[1] == "1", parts[3] == "0", who, _index(parts, 0))


def parse_voice_call(line: str) -> CallMoved | None:
    """SIMCom `VOICE CALL: BEGIN`, `VOICE CALL: END: 000041`, with blanks or not, the seconds or not."""
    word = re.match(r"VOICE CALL: *(BEGIN|END)", line)
    return CallMoved(ACTIVE if word[1] == "BEGIN" else OVER) if word else None


def parse_missed(line: str) -> CallMoved:
    """SIMCom `MISSED_CALL: 11:01AM 07712345678`."""
    number = re.search(r" (\+?[0-9]{2,20})$", line, re.ASCII)
    who = caller(number[1], "145" if number[1].startswith("+") else "") if number else None
    return CallMoved(OVER, incoming=True, caller=who)


def parse_ecam(line: str) -> CallMoved | None:
    """Telit `#ECAM: <ccid>,<stat>,<type>,,,[<number>,<type>]`. The ccid is too coarse to tell calls apart."""
    parts = fields(line)
    states = {0: OVER, 1: DIALLING, 2: DIALLING, 3: ACTIVE, 4: HELD, 5: WAITING, 6: INCOMING, 7: OVER, 8: ACTIVE}
    state = integer(_get(parts, 1))
    if state not in states:
        return None
    incoming = {1: False, 2: False, 5: True, 6: True, 7: False}.get(state)
    who = caller(_get(parts, 5), _get(parts, 6))
    return CallMoved(states[state], 17 if state == 7 else None, incoming, _get(parts, 2) in ("1", ""), who)


def parse_ucallstat(line: str) -> CallMoved | None:
    """u-blox `+UCALLSTAT: <id>,<stat>`; 6 disconnected, 7 connected; sometimes a field more."""
    parts = fields(line)
    states = {0: ACTIVE, 1: HELD, 2: DIALLING, 3: ALERTING, 4: INCOMING, 5: WAITING, 6: OVER, 7: ACTIVE}
    state = states.get(integer(_get(parts, 1)))
    if state is None:
        return None
    incoming = {DIALLING: False, ALERTING: False, INCOMING: True, WAITING: True}.get(state)
    return CallMoved(state, None, incoming, index=_index(parts, 0))


def parse_foreign(line: str) -> CallMoved | None:
    """A line of a family nobody here knows: `^ZCALL: 1,4`, `*ECAV: 1,0`. It may be about a call."""
    return CallMoved(UNCLEAR) if re.match(r"[\^*#$%+][A-Z][A-Z0-9_]{2,}:", line) else None


def parse_key(line: str) -> str:
    """The key in a DTMF line: a digit, or its ASCII code in decimal (Quectel). "" when it is no key of ours."""
    text = _get(fields(line), 0)
    if re.fullmatch(r"[3-6][0-9]", text, re.ASCII):
        text = chr(int(text))
    return text if len(text) == 1 and text in "0123456789*#" else ""
