"""SIMCom A7670, A7672 and their sisters on ASR; voices are analog: a sound card, `audio = "alsa:..."`."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_listed, parse_missed, parse_voice_call

A76XX = Dialect(
    name="a76xx",
    marks=("a7670", "a7672", "a7600", "a7602", "a7608", "a7678"),
    prepare=("AT+CMEE=1", "AT+CVHU=0", "AT+COLP=0", "AT+CRC=0", "AT+CCWA=1", "AT+CLCC=1", "AT+DDET=1"),
    urcs=("VOICE CALL:", "MISSED_CALL:", "+RXDTMF:"),
    pin_attempts="AT+SPIC",
    pin_attempts_answer="+SPIC:",
    keys_in=("+RXDTMF:",),
    moves={"+CLCC:": parse_listed, "VOICE CALL:": parse_voice_call, "MISSED_CALL:": parse_missed},
    early_end_s=45.0,  # falling back from LTE for a call, it says NO CARRIER up to 40 s before the far phone rings
)
