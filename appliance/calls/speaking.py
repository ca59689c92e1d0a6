"""Prompts: each gets its own token, so that the end of an old one is never taken for the end of a new one."""

from __future__ import annotations

from dataclasses import replace

from appliance.calls.orders import Heard, Play
from appliance.calls.states import Live


def play(live: Live, *sounds: Heard) -> tuple[Live, Play]:
    """The live call with a fresh token, and the order that plays under it."""
    live = replace(live, token=live.token + 1)
    return live, Play(sounds, live.token)
