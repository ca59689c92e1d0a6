"""u-blox LISA, SARA, TOBY; voices are analog or I2S: a sound card, `audio = "alsa:..."`."""

from __future__ import annotations

from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.parser import parse_ucallstat

UBLOX = Dialect(
    name="ublox",
    marks=("u-blox", "ublox", "lisa-", "sara-", "toby-"),
    prepare=("AT+CMEE=1", "AT+CVHU=0", "AT+COLP=0", "AT+CRC=0", "AT+CCWA=1", "AT+UCALLSTAT=1", "AT+UDTMFD=1,2"),
    urcs=("+UCALLSTAT:", "+UUDTMFD:", "+UUPSDD:"),
    pin_attempts="AT+UPINCNT",
    pin_attempts_answer="+UPINCNT:",
    keys_in=("+UUDTMFD:",),
    moves={"+UCALLSTAT:": parse_ucallstat},  # a whole incoming call may be told by these lines, without any RING
)
