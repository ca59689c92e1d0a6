"""Calls in progress at a glance, as JSON-able rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from appliance.calls import states
from appliance.switchboard.active import ActiveCall
from appliance.switchboard.money import price_so_far
from appliance.vocabulary.money import Money

STAGES: dict[type, str] = {
    states.RingGoesOn: "the caller still rings", states.Resting: "waits before ringing back",
    states.Seeking: "looks for a line", states.CallingA: "rings the subscriber", states.Asking: "asks the subscriber",
    states.CheckingPin: "checks the PIN", states.Quoting: "looks for the cheapest line",
    states.Holding: "reserves the money", states.CallingB: "rings the destination", states.Talking: "they talk",
    states.ClosingB: "the destination is gone", states.Goodbye: "says goodbye", states.Ending: "hangs up",
    states.Over: "is over",
}


def row(call: ActiveCall, now: datetime, monotonic: float) -> dict[str, Any]:
    """`since` in s; prices so far, None without a tariff; `talking_s` None until both talk."""
    prices = [price_so_far(leg, monotonic, now) for leg in call.legs.values()]
    known = [price for price in prices if price is not None]
    cost = sum((price.micros for price in known), 0)
    legs = [
        {"side": leg.side.value, "line": leg.line, "number": leg.number,
         "talk_s": round(leg.talked(monotonic), 1) if leg.answered is not None else None,
         "price": f"{price.decimal:.4f}" if price else None}
        for leg, price in zip(call.legs.values(), prices, strict=True)
    ]
    b_leg = next((leg for leg in legs if leg["side"] == "b"), None)
    return {
        "call": call.call, "account": call.account.name, "number": call.number, "line": call.line,
        "stage": STAGES.get(type(call.state), type(call.state).__name__), "legs": legs,
        "since": max(0.0, round((now - call.began).total_seconds(), 1)), "to": b_leg["number"] if b_leg else None,
        "talking_s": b_leg["talk_s"] if b_leg else None,
        "price": f"{Money(cost, known[0].currency).decimal:.4f}" if known else None,
    }
