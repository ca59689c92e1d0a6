"""Steps that look at the bill."""

from __future__ import annotations

from appliance.rehearsal.registry import Play, StepFailed, step


@step("the bill has {count} legs?", "the bill has 2 legs")
async def _legs(stage: Play, count: str) -> None:
    legs = [f"{record.side.upper()}-leg on {record.line} to {record.number}" for record in stage.world.records()]
    if len(legs) != int(count):
        raise StepFailed(f"the bill has {len(legs)}: {'; '.join(legs) or 'none'}")


@step("an? {side}-leg on {line} costs {amount} and ended {text}", "a B-leg on gsm3 costs 0.0600 EUR and ended normal")
async def _leg(stage: Play, side: str, line: str, amount: str, text: str) -> None:
    there = []
    for record in stage.world.records():
        price = "nothing" if record.price is None or not record.price.micros else str(record.price)
        cause = record.cause.name.lower().replace("_", " ") if record.cause else "open"
        if (record.side.upper(), record.line, price, cause) == (side, line, amount, text):
            return
        there.append(f"{record.side.upper()}-leg on {record.line} costs {price} and ended {cause}")
    raise StepFailed(f"the bill has no such leg; it has: {'; '.join(there) or 'none'}")


@step("{who}'s account has spent {amount}", "Anna's account has spent 0.1500 EUR")
async def _spent(stage: Play, who: str, amount: str) -> None:
    total = sum(record.price.micros for record in stage.world.records() if record.price)
    said = f"{total / 1e6:.4f} {stage.world.settings.site.currency}" if total else "nothing"
    if said != amount:
        raise StepFailed(f"{said} was spent")
