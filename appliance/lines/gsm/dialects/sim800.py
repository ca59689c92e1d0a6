"""SIMCom SIM800, SIM900 on 2G; voices are analog: a sound card, `audio = "alsa:..."`."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_listed

SIM800 = Dialect(
    name="sim800",
    marks=("sim800", "sim808", "sim868", "sim900", "sim908"),
    prepare=(
        "AT+CMEE=1",
        "AT+COLP=0",
        "AT+CRC=0",
        "AT+CCWA=1",
        "AT+CLCC=1",
        "AT+DDET=1",
        "AT+ECHO=0,96,253,16388,20488,1",  # its echo canceller on the main channel; figures of open firmwares
    ),
    urcs=("+DTMF:", "Call Ready", "SMS Ready"),
    pin_attempts="AT+SPIC",
    pin_attempts_answer="+SPIC:",
    keys_in=("+DTMF:",),
    moves={"+CLCC:": parse_listed},
)
