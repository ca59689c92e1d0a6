"""Huawei voice sticks: E1550, E1750, E169, E173, K37xx with voice unlocked; audio as raw PCM on the second port."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import ACTIVE, ALERTING, DIALLING, parse_cend, parse_numbered
from appliance.lines.gsm.ussd import Form

HUAWEI = Dialect(
    name="huawei",
    marks=("huawei",),
    prepare=("AT+CMEE=1", "AT^CURC=1", "AT+CVHU=0", "AT+CRC=0", "AT+CCWA=1", "AT^DDTMFCFG=0,1"),
    urcs=("^ORIG:", "^CONF:", "^CONN:", "^CEND:", "^RSSI:", "^MODE:", "^BOOT:", "^SRVST:", "^SMMEMFULL:", "^DSFLOWRPT:",
          "^HCSQ:", "^DDTMF:", "^SIMST:", "^STIN:"),
    pin_attempts="AT^CPIN?",
    pin_attempts_answer="^CPIN:",
    hang_up=("AT+CHUP", "ATH", "AT+CHUP", "AT+CFUN=1,1"),  # CHLD=1 before ^CONF wedges the stick
    refuse_waiting="",  # hanging up one of two calls silences the other
    audio_start="AT^DDSETEX=2",
    audio_at_dial=True,
    key_out="AT^DTMF=1,{key}",
    ussd=(Form.PACKED, Form.TEXT),  # E1550, E171, E173, E1750; newer ones take text
    keys_in=("^DDTMF:",),
    moves={
        "^ORIG:": lambda line: parse_numbered(line, DIALLING),
        "^CONF:": lambda line: parse_numbered(line, ALERTING),
        "^CONN:": lambda line: parse_numbered(line, ACTIVE),
        "^CEND:": parse_cend,
    },
)
