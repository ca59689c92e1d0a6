"""A telephone number in E.164 form, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

E164 = re.compile(r"\+[1-9][0-9]{3,14}")


class NotANumber(ValueError):
    """The text is no E.164 number; the message says which text."""


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """`+` and 4 to 15 digits, the first not zero. ITU-T E.164 § 6."""

    e164: str

    def __post_init__(self) -> None:
        if not E164.fullmatch(self.e164):
            raise NotANumber(f"{self.e164!r} is not an E.164 number such as +4915112345601")

    @property
    def digits(self) -> str:
        """The digits without the plus sign, as tariffs list prefixes."""
        return self.e164[1:]

    def __str__(self) -> str:
        return self.e164
