"""Advice of charge, from libpri's subcommands. EN 300 182-1: during (AOC-D) and at the end (AOC-E)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from appliance.lines.isdn.reports import Charged
from appliance.lines.isdn.signalling import Charge

AOC_D, AOC_E = 19, 20
CURRENCY, UNITS = 2, 3  # how it is charged
TOTAL, NORMAL = 1, 1  # so far; nobody else pays
MULTIPLIERS = tuple(Decimal(10) ** power for power in range(-3, 4))


def charge_of(ffi: Any, call: int, command: Any) -> Charged | None:
    """What it has cost so far; None for anything else."""
    if command.cmd not in (AOC_D, AOC_E):
        return None
    charge = command.u.aoc_d if command.cmd == AOC_D else command.u.aoc_e
    if charge.charge == UNITS:
        items = charge.recorded.unit
        units = sum(max(items.item[n].number, 0) for n in range(min(items.num_items, 32)))
        return Charged(call, units, "", "")
    if charge.charge == CURRENCY:
        money = charge.recorded.money
        multiplier = MULTIPLIERS[money.amount.multiplier] if 0 <= money.amount.multiplier < 7 else Decimal(1)
        name = bytes(ffi.string(money.currency)).decode("latin-1")
        return Charged(call, 0, str(money.amount.cost * multiplier), name)
    return None


def fill_charge(ffi: Any, made: Any, charge: Charge) -> None:
    """The other way round, for an exchange."""
    if not charge.currency:
        made.charge, made.recorded.unit.num_items = UNITS, 1
        made.recorded.unit.item[0].number, made.recorded.unit.item[0].type = charge.units, -1
        return
    made.charge, money = CURRENCY, made.recorded.money
    amount = Decimal(charge.amount)
    power = max(-3, min(int(amount.as_tuple().exponent), 0))
    money.amount.cost, money.amount.multiplier = int(amount.scaleb(-power)), power + 3
    money.currency = charge.currency.encode("ascii")[:10]
