"""What a GSM line must be told."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.audio.client import PLAIN, Treatment


@dataclass(frozen=True, slots=True)
class GsmSettings:
    """`at` and `audio` are device paths; `rest_s`: s between two calls on one modem."""

    name: str
    at: str
    audio: str = ""
    dialect: str = "auto"
    sim_pin: str = ""
    rest_s: float = 2.0
    treatment: Treatment = PLAIN
    balance_code: str = ""
    power: tuple[str, ...] = ()  # names of the steps that wake it from outside
