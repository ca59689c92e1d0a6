"""3GPP TS 27.007 and nothing else: good enough for a modem nobody here has seen. The call list finds the truth."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_foreign, parse_missed, parse_voice_call

GENERIC = Dialect(
    name="generic",
    prepare=("AT+CMEE=1", "AT+CVHU=0", "AT+COLP=0", "AT+CRC=0", "AT+CCWA=1", "AT+CREG=0"),
    urcs=("MISSED_CALL:", "VOICE CALL:", "+DTMF:", "+RXDTMF:"),
    dial_s=30.0,  # some say OK when the far side answers, and anything sent before that ends the call
    keys_in=("+DTMF:", "+RXDTMF:"),
    moves={"MISSED_CALL:": parse_missed, "VOICE CALL:": parse_voice_call, "": parse_foreign},
)
