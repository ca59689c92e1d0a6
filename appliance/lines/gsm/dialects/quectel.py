"""Quectel EC20, EC21, EC25, EG25-G, EG9x on Qualcomm; audio as raw PCM on the NMEA port, or
as a sound card of its own (AT+QCFG="usbcfg" with UAC), then `audio = "alsa:..."`."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_ccinfo, parse_dsci

QUECTEL = Dialect(
    name="quectel",
    marks=("quectel", "ec25", "ec20", "ec21", "eg25", "eg9"),
    prepare=(
        "AT+CMEE=1",
        'AT+QURCCFG="urcport","usbat"',  # else unsolicited lines go to another port
        "AT+COLP=0",  # with 1, ATD blocks until the answer
        "AT+CVHU=0",
        "AT+CRC=0",
        "AT+CCWA=1",  # say when somebody knocks in mid-call
        'AT+QINDCFG="ccinfo",1,0',
        "AT+QTONEDET=1",
        'AT+QGPSCFG="outport","none"',  # position text would mix into the PCM
        "AT+QAUDMOD=3",
    ),
    urcs=("+QIND:", "^DSCI:", "+QTONEDET:", "+QPCMV:", "+QUSIM:"),
    pin_attempts='AT+QPINC="SC"',
    pin_attempts_answer="+QPINC:",
    audio_start="AT+QPCMV=1,0",
    audio_stop="AT+QPCMV=0",
    audio_flow={"+QPCMV:0,0": False, "+QPCMV:1,0": True},
    card_start="AT+QPCMV=1,2",
    card_stop="AT+QPCMV=0",
    keys_in=("+QTONEDET:",),
    moves={'+QIND: "ccinfo"': parse_ccinfo, "^DSCI:": parse_dsci},
)
