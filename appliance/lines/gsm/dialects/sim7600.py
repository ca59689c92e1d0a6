"""SIMCom SIM7500, SIM7600 on Qualcomm; audio as raw PCM on the fifth port, and only while a call is connected."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_listed, parse_missed, parse_voice_call

SIM7600 = Dialect(
    name="sim7600",
    marks=("sim7600", "sim7500"),
    prepare=(
        "AT+CMEE=1",
        "AT+CVHU=0",
        "AT+COLP=0",
        "AT+CRC=0",
        "AT+CCWA=1",
        "AT+CLCC=1",  # the call list unasked, at every change; ^DSCI exists too, but says no end
        "AT+DDET=1",
        "AT+CPCMREG=0",  # of a call that was up when the box died
        "AT+CPCMFRM=0",  # 8 kHz
    ),
    urcs=("VOICE CALL:", "MISSED_CALL:", "+RXDTMF:", "REMOTE CALL END", "+CNSMOD:"),
    pin_attempts="AT+SPIC",
    pin_attempts_answer="+SPIC:",
    audio_start="AT+CPCMREG=1",
    audio_check=("AT+CPCMREG?", "+CPCMREG: 1"),
    audio_stop="AT+CPCMREG=0",
    in_call=("AT+CECM=1",),  # its echo canceller
    keys_in=("+RXDTMF:",),
    moves={"+CLCC:": parse_listed, "VOICE CALL:": parse_voice_call, "MISSED_CALL:": parse_missed},
)
