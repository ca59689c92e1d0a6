"""Money in integer micro-units and a currency: sums are exact, currencies never mix."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MICRO = 1_000_000  # micro-units in one unit of currency


class MoneyError(ValueError):
    """Two currencies in one sum, or a text that is no amount."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `micros` millionths of one `currency` (ISO 4217 code)."""

    micros: int
    currency: str

    @classmethod
    def parse(cls, text: str | float | int, currency: str) -> Money:
        """`0.09` or "0.09" -> 90 000 micros. Raises MoneyError for anything that is no finite amount."""
        try:
            value = Decimal(str(text))
        except InvalidOperation:
            raise MoneyError(f"{text!r} is not an amount such as 0.09") from None
        if not value.is_finite() or abs(value) > 10**12:
            raise MoneyError(f"{text!r} is not an amount such as 0.09")
        return cls(int((value * MICRO).to_integral_value(ROUND_HALF_UP)), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not add")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micros + other.micros, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micros - other.micros, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.micros < other.micros

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.micros <= other.micros

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.micros) / MICRO

    def __str__(self) -> str:
        """`0.0900 EUR`: four places, since tariffs have prices below a cent."""
        return f"{self.decimal:.4f} {self.currency}"
