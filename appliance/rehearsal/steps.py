"""All steps that a scenario file can have, in the order in which they are listed."""

from __future__ import annotations

from appliance.rehearsal import bill, box, isdn, network, people, texts
from appliance.rehearsal.registry import STEPS, Play, StepFailed, perform

__all__ = ["STEPS", "Play", "StepFailed", "bill", "box", "isdn", "network", "people", "perform", "texts"]
