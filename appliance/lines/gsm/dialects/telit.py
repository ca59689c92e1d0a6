"""Telit HE910, LE910; voices are analog or I2S: a sound card, `audio = "alsa:..."`."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_ecam

TELIT = Dialect(
    name="telit",
    marks=("telit", "he910", "le910"),
    prepare=(
        "AT+CMEE=1",
        "AT+CVHU=0",
        "AT+COLP=0",
        "AT+CRC=0",
        "AT+CCWA=1",
        "AT#ECAM=1",
        "AT#DTMF=1",
        "AT#SHFEC=1",  # its echo canceller on the handsfree path
        "AT#SHSEC=1",  # and on the handset path: the wiring decides which
    ),
    urcs=("#ECAM:", "#DTMFEV:", "#QSS:"),
    pin_attempts="AT#PCT",
    pin_attempts_answer="#PCT:",
    keys_in=("#DTMFEV:",),
    moves={"#ECAM:": parse_ecam},
)
