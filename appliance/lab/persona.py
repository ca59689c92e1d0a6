"""Personas: how a simulated modem of each family speaks. Data; the modem itself is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Persona:
    """`answers`: command (or its beginning up to =) -> information lines. `{...}` is filled in by the modem."""

    name: str
    identity: tuple[str, str, str]
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: str = "ERROR"
    audio_start: str = ""
    audio_stop: str = ""
    dialling: tuple[str, ...] = ()
    alerting: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()
    ended: tuple[str, ...] = ("NO CARRIER",)  # of a leg
    missed: tuple[str, ...] = ("NO CARRIER",)  # of a ring
    incoming: tuple[str, ...] = ()
    knock_over: tuple[str, ...] = ("NO CARRIER",)  # of somebody who called in mid-call
    boot: tuple[str, ...] = ("RDY", "+CPIN: READY")
    data_contexts: tuple[str, ...] = ()  # lines of the call list that are no voice calls
    noise: tuple[str, ...] = ()
    key_line: str = ""  # how it reports a DTMF key, `{code}` its ASCII code; "" when only the voice carries it
    attempts: str = "+CPINR: SIM PIN,{left},3"
    attempts_command: str = "AT+CPINR"


QUECTEL = Persona(
    name="quectel",
    identity=("Quectel", "EC25", "EC25EFAR06A06M4G"),
    answers={
        "AT+QURCCFG": (), "AT+QINDCFG": (), "AT+QTONEDET": (), "AT+QGPSCFG": (), "AT+QAUDMOD": (),
        "AT+QPCMV": (), "AT+QCCID": ("+QCCID: 8949000000000000001",),
    },
    audio_start="AT+QPCMV=1,0",
    audio_stop="AT+QPCMV=0",
    dialling=('+QIND: "ccinfo",2,0,2,0,0,"{number}",145',),
    alerting=('+QIND: "ccinfo",2,0,3,0,0,"{number}",145',),
    connected=('+QIND: "ccinfo",2,0,0,0,0,"{number}",145',),
    ended=('+QIND: "ccinfo",2,0,-1,0,0,"{number}",145', "NO CARRIER"),
    incoming=('+QIND: "ccinfo",2,1,4,0,0,"{number}",145',),
    missed=('+QIND: "ccinfo",2,1,-1,0,0,"{number}",145', "NO CARRIER"),
    knock_over=('+QIND: "ccinfo",3,1,-1,0,0,"+4930999999",145', "NO CARRIER"),
    boot=("RDY", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"),
    data_contexts=('+CLCC: 1,1,0,1,0,"",128',),
    noise=('+QIND: "csq",22,99', '+QIND: "act","LTE"'),
    key_line="+QTONEDET: {code}",
    attempts='+QPINC: "SC",{left},10',
    attempts_command="AT+QPINC",
)
HUAWEI = Persona(
    name="huawei",
    identity=("huawei", "E1750", "11.126.03.06.00"),
    answers={"AT^CURC": (), "AT^CVOICE": ("^CVOICE:0,8000,16,20",), "AT^DDSETEX": (), "AT^DTMF": ()},
    unknown="COMMAND NOT SUPPORT",
    audio_start="AT^DDSETEX=2",
    dialling=("^ORIG:1,0",),
    alerting=("^CONF:1",),
    connected=("^CONN:1,0",),
    ended=("^CEND:1,{seconds},29,{cause}", "NO CARRIER"),
    missed=("^CEND:1,0,28,16", "NO CARRIER"),
    knock_over=("^CEND:2,0,28,16",),
    boot=("^BOOT:9801552,0,0,0,99", "^SIMST:1"),
    noise=("^RSSI:19", "^BOOT:9801552,0,0,0,99"),
    attempts="^CPIN: SIM PIN,{left},10,{left},10,3",
    attempts_command="AT^CPIN",
)
PLAIN = Persona(name="plain", identity=("ACME", "M1", "1.0"), answers={"AT+CPINR": ()})
PERSONAS = {persona.name: persona for persona in (QUECTEL, HUAWEI, PLAIN)}
