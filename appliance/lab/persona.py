"""Personas: how a simulated modem of each family speaks. Data; the modem itself is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Persona:
    """`answers`: command (or its beginning up to =) -> information lines. `{...}` is filled in by the modem."""

    name: str
    identity: tuple[str, str, str]
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: str = "ERROR"
    audio_start: str = ""
    audio_stop: str = ""
    audio_in_call: bool = False  # the start command is an error unless a call is connected
    audio_refused_s: float = 0.0  # s from the answer in which it is an error all the same
    audio_flow: tuple[str, str] = ("", "")  # says that it wants no PCM for now; that it wants it again
    audio_check: str = ""  # the question whether voices run, answered by audio_says
    audio_says: str = ""
    card: bool = False  # voices go through a sound card
    dialling: tuple[str, ...] = ()
    alerting: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()
    ended: tuple[str, ...] = ("NO CARRIER",)  # of a leg
    refused: tuple[str, ...] | None = None  # of a leg that was never answered, where that differs
    rings: tuple[str, ...] = ("RING",)  # every 5 s
    clips: bool = True  # +CLIP follows
    missed: tuple[str, ...] = ("NO CARRIER",)  # of a ring
    incoming: tuple[str, ...] = ()
    knock: tuple[str, ...] = ()  # behind +CCWA, when somebody calls in mid-call
    knock_over: tuple[str, ...] = ("NO CARRIER",)  # of somebody who called in mid-call
    boot: tuple[str, ...] = ("RDY", "+CPIN: READY")
    data_contexts: tuple[str, ...] = ()  # lines of the call list that are no voice calls
    noise: tuple[str, ...] = ()
    key_line: str = ""  # how it reports a DTMF key, `{code}` its ASCII code; "" when only the voice carries it
    attempts: str = "+CPINR: SIM PIN,{left},3"
    attempts_command: str = "AT+CPINR"
    kept: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # without power: see nvram.py
    refuses: tuple[str, ...] = ()  # commands that everybody else knows
    ussd_packed: bool = False  # service codes and answers are packed septets, in hexadecimal digits
    only_in_call: tuple[str, ...] = ()  # commands that are an error unless a call is connected

    def unanswered(self) -> tuple[str, ...]:
        return self.ended if self.refused is None else self.refused


def busy(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of an end, of a far side that is busy."""
    said = tuple("BUSY" if line == "NO CARRIER" else line for line in lines)
    return said if "BUSY" in said else (*said, "BUSY")


QUECTEL = Persona(
    name="quectel",
    identity=("Quectel", "EC25", "EC25EFAR06A06M4G"),
    answers={
        "AT+QURCCFG": (), "AT+QINDCFG": (), "AT+QTONEDET": (), "AT+QGPSCFG": (), "AT+QAUDMOD": (),
        "AT+QPCMV": (), "AT+QCCID": ("+QCCID: {iccid}",),
    },
    audio_start="AT+QPCMV=1,0",
    audio_stop="AT+QPCMV=0",
    audio_flow=("+QPCMV: 0,0", "+QPCMV: 1,0"),
    dialling=('+QIND: "ccinfo",2,0,2,0,0,"{number}",145',),
    alerting=('+QIND: "ccinfo",2,0,3,0,0,"{number}",145',),
    connected=('+QIND: "ccinfo",2,{dir},0,0,0,"{number}",145',),
    ended=('+QIND: "ccinfo",2,{dir},-1,0,0,"{number}",145', "NO CARRIER"),
    incoming=('+QIND: "ccinfo",2,1,4,0,0,"{number}",145',),
    missed=('+QIND: "ccinfo",2,1,-1,0,0,"{number}",145', "NO CARRIER"),
    knock_over=('+QIND: "ccinfo",3,1,-1,0,0,"+4930999999",145', "NO CARRIER"),
    boot=("RDY", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"),
    data_contexts=('+CLCC: 1,1,0,1,0,"",128',),
    noise=('+QIND: "csq",22,99', '+QIND: "act","LTE"'),
    key_line="+QTONEDET: {code}",
    kept={'+QCFG="ims"': ('+QCFG: "ims",{value},0', "0"),
          '+QURCCFG="urcport"': ('+QURCCFG: "urcport",{value}', '"usbmodem"'),
          "+QEEC": ("+QEEC: {value}", "2,0"),
          '+QCFG="usbcfg"': ('+QCFG: "usbcfg",{value}', "0x2C7C,0x0125,1,1,1,1,1,0,0")},
    attempts='+QPINC: "SC",{left},10',
    attempts_command="AT+QPINC",
)
HUAWEI = Persona(
    name="huawei",
    identity=("huawei", "E1750", "11.126.03.06.00"),
    answers={"AT^CURC": (), "AT^CVOICE": ("^CVOICE:0,8000,16,20",), "AT^DDSETEX": (), "AT^DTMF": ()},
    unknown="COMMAND NOT SUPPORT",
    audio_start="AT^DDSETEX=2",
    ussd_packed=True,
    dialling=("^ORIG:1,0",),
    alerting=("^CONF:1",),
    connected=("^CONN:1,0",),
    ended=("^CEND:1,{seconds},29,{cause}", "NO CARRIER"),
    missed=("^CEND:1,0,28,16", "NO CARRIER"),
    knock_over=("^CEND:2,0,28,16",),
    boot=("^BOOT:9801552,0,0,0,99", "^SIMST:1"),
    noise=("^RSSI:19", "^BOOT:9801552,0,0,0,99"),
    kept={"^U2DIAG": ("^U2DIAG:{value}", "255"), "^SYSCFG": ("^SYSCFG:{value}", "2,2,3FFFFFFF,1,2")},
    attempts="^CPIN: SIM PIN,{left},10,{left},10,3",
    attempts_command="AT^CPIN",
)
PLAIN = Persona(name="plain", identity=("ACME", "M1", "1.0"), answers={"AT+CPINR": ()})
QUECTEL_CARD = replace(QUECTEL, name="quectel-card", audio_start="AT+QPCMV=1,2", card=True)
SIM7600 = Persona(
    name="sim7600",
    identity=("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "LE20B04SIM7600M22"),
    answers={"AT+DDET": (), "AT+CPCMREG": (), "AT+CPCMFRM": (), "AT+CECM": ()},
    only_in_call=("AT+CECM",),
    audio_start="AT+CPCMREG=1",
    audio_stop="AT+CPCMREG=0",
    audio_in_call=True,
    audio_refused_s=1.5,
    audio_check="AT+CPCMREG?",
    audio_says="+CPCMREG: {on}",
    dialling=('+CLCC: 2,0,2,0,0,"{number}",145,""',),
    alerting=('+CLCC: 2,0,3,0,0,"{number}",145,""',),
    connected=("VOICE CALL: BEGIN", '+CLCC: 2,{dir},0,0,0,"{number}",145,""'),
    ended=("VOICE CALL: END: 000041", "NO CARRIER", '+CLCC: 2,{dir},6,0,0,"{number}",145,""'),
    refused=("VOICE CALL: END", "NO CARRIER", '+CLCC: 2,0,6,0,0,"{number}",145,""'),
    incoming=('+CLCC: 2,1,4,0,0,"{number}",145,""',),
    missed=("MISSED_CALL: 11:01AM {number}", "NO CARRIER", '+CLCC: 2,1,6,0,0,"{number}",145,""'),
    knock=('+CLCC: 3,1,5,0,0,"+4930999999",145,""',),
    knock_over=("NO CARRIER", '+CLCC: 3,1,6,0,0,"+4930999999",145,""'),
    boot=("RDY", "+CPIN: READY", "SMS DONE", "PB DONE"),
    noise=("+CSQ: 22,99", "+CNSMOD: 8"),
    kept={"+CUSBPIDSWITCH": ("+CUSBPIDSWITCH: {value}", "9011")},
    key_line="+RXDTMF: {key}",
    attempts="+SPIC: {left},10,0,10",
    attempts_command="AT+SPIC",
)
A76XX = Persona(
    name="a76xx",
    identity=("INCORPORATED", "A7670E-FASE", "A110B05A7670M7_F"),
    answers={"AT+DDET": ()},
    card=True,
    dialling=('+CLCC: 2,0,2,0,0,"{number}",145,""', "NO CARRIER"),  # falling back from LTE; the call goes on
    alerting=('+CLCC: 2,0,3,0,0,"{number}",145,""',),
    connected=("VOICE CALL: BEGIN", '+CLCC: 2,{dir},0,0,0,"{number}",145,""'),
    ended=('+CLCC: 2,{dir},6,0,0,"{number}",145,""', "VOICE CALL: END:000004", "NO CARRIER"),
    refused=('+CLCC: 2,0,6,0,0,"{number}",145,""', "NO CARRIER"),
    incoming=('+CLCC: 2,1,4,0,0,"{number}",145,""',),
    missed=('+CLCC: 2,1,6,0,0,"{number}",145,""', "NO CARRIER", "MISSED_CALL: 11:01AM {number}"),
    knock=('+CLCC: 3,1,5,0,0,"+4930999999",145,""',),
    knock_over=('+CLCC: 3,1,6,0,0,"+4930999999",145,""', "NO CARRIER"),
    boot=("*ATREADY: 1", "+CPIN: READY", "SMS DONE", "PB DONE"),
    noise=("+CGEV: EPS PDN ACT 1",),
    key_line="+RXDTMF: {key}",
    attempts="+SPIC: {left},10,0,10",
    attempts_command="AT+SPIC",
)
SIM800 = Persona(
    name="sim800",
    identity=("SIMCOM_Ltd", "SIMCOM_SIM800L", "Revision:1418B05SIM800L24"),
    answers={"AT+DDET": (), "AT+ECHO": ()},
    card=True,
    dialling=('+CLCC: 2,0,2,0,0,"{number}",145,""',),
    alerting=('+CLCC: 2,0,3,0,0,"{number}",145,""',),
    connected=('+CLCC: 2,{dir},0,0,0,"{number}",145,""',),
    ended=('+CLCC: 2,{dir},6,0,0,"{number}",145,""', "NO CARRIER"),
    incoming=('+CLCC: 2,1,4,0,0,"{number}",145,""',),
    missed=('+CLCC: 2,1,6,0,0,"{number}",145,""', "NO CARRIER"),
    knock=('+CLCC: 3,1,5,0,0,"+4930999999",145,""',),
    knock_over=('+CLCC: 3,1,6,0,0,"+4930999999",145,""',),
    boot=("RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"),
    noise=("Call Ready", "+CREG: 1"),
    kept={"+IPR": ("+IPR: {value}", "0")},
    key_line="+DTMF:{key}",
    attempts="+SPIC: {left},3,10,10",
    attempts_command="AT+SPIC",
    refuses=("AT+CVHU",),
)
TELIT = Persona(
    name="telit",
    identity=("Telit", "HE910", "12.00.004"),
    answers={"AT#ECAM": (), "AT#DTMF": (), "AT#SHFEC": ()},  # one of two echo cancellers
    card=True,
    dialling=('#ECAM: 0,1,1,,,"{number}",145',),
    alerting=("#ECAM: 0,2,1,,,",),
    connected=("#ECAM: 0,3,1,,,",),
    ended=("#ECAM: 0,0,1,,,", "NO CARRIER"),
    incoming=("#ECAM: 0,6,1,,,",),
    missed=("#ECAM: 0,0,1,,,", "NO CARRIER"),
    knock=("#ECAM: 0,5,1,,,",),
    knock_over=("#ECAM: 0,0,1,,,",),
    boot=("+CPIN: READY",),
    noise=("#QSS: 1", "+CREG: 1"),
    key_line="#DTMFEV: {key},1",
    attempts="#PCT: {left}",
    attempts_command="AT#PCT",
)
UBLOX = Persona(
    name="ublox",
    identity=("u-blox", "LISA-U200", "23.60"),
    answers={"AT+UCALLSTAT": (), "AT+UDTMFD": ()},
    card=True,
    dialling=("+UCALLSTAT: 2,2",),
    alerting=("+UCALLSTAT: 2, 3",),
    connected=("+UCALLSTAT: 2,7", "+UCALLSTAT: 2,0"),
    ended=("+UCALLSTAT: 2,6,1", "NO CARRIER"),
    rings=(),  # a whole call without RING and +CLIP was seen
    clips=False,
    incoming=("+UCALLSTAT: 2,4",),
    missed=("+UCALLSTAT: 2,6",),
    knock=("+UCALLSTAT: 3, 5",),
    knock_over=("+UCALLSTAT: 3,6",),
    boot=("+CPIN: READY",),
    noise=("+CREG: 1",),
    key_line="+UUDTMFD: {key}",
    attempts="+UPINCNT: {left},3,10,10",
    attempts_command="AT+UPINCNT",
)
STUBBORN = Persona(  # nobody has seen it: knows little, ends calls without NO CARRIER, rings without RING
    name="stubborn",
    identity=("Zenith", "Z9", "0.1"),
    dialling=("*ZCALL: 1,OUT",),
    alerting=(),
    connected=("*ZCALL: 1,TALK",),
    ended=("*ZCALL: 1,GONE",),
    rings=(),
    clips=False,
    incoming=("*ZCALL: 1,IN",),
    missed=("*ZCALL: 1,GONE",),
    knock_over=("*ZCALL: 2,GONE",),
    boot=("*ZBOOT: 1",),
    noise=("*ZHEAP: 4711", "*ZCALL: 0,IDLE"),
    refuses=("AT+CMEE", "AT+CVHU", "AT+COLP", "AT+CRC", "AT+CCWA", "AT+CPINR"),
)
PERSONAS = {
    persona.name: persona
    for persona in (QUECTEL, QUECTEL_CARD, HUAWEI, SIM7600, A76XX, SIM800, TELIT, UBLOX, PLAIN, STUBBORN)
}
