"""Dialects: how one modem family differs, as data. A new family is one more file and one more row here."""

from __future__ import annotations

from appliance.lines.gsm.dialects.a76xx import A76XX
from appliance.lines.gsm.dialects.dialect import Dialect
from appliance.lines.gsm.dialects.generic import GENERIC
from appliance.lines.gsm.dialects.huawei import HUAWEI
from appliance.lines.gsm.dialects.quectel import QUECTEL
from appliance.lines.gsm.dialects.sim800 import SIM800
from appliance.lines.gsm.dialects.sim7600 import SIM7600
from appliance.lines.gsm.dialects.telit import TELIT
from appliance.lines.gsm.dialects.ublox import UBLOX

__all__ = ["DIALECTS", "EVERY_URC", "GENERIC", "Dialect", "named", "recognise"]

DIALECTS = (QUECTEL, HUAWEI, SIM7600, A76XX, SIM800, TELIT, UBLOX, GENERIC)
EVERY_URC = tuple(prefix for dialect in DIALECTS for prefix in dialect.urcs)  # until the family is known


def named(name: str) -> Dialect | None:
    return next((dialect for dialect in DIALECTS if dialect.name == name), None)


def recognise(identity: str) -> Dialect:
    """The dialect for what AT+CGMI, CGMM and CGMR said; generic 27.007 when no family claims it."""
    text = identity.lower()
    return next((d for d in DIALECTS if any(mark in text for mark in d.marks)), GENERIC)
