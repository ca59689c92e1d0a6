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

    @property
    def dialled(self) -> str:
        """As a line dials it."""
        return self.e164

    def __str__(self) -> str:
        return self.e164


EXTENSION = re.compile(r"[0-9]{2,6}")


@dataclass(frozen=True, slots=True, order=True)
class Extension:
    """A phone behind the box: what people key for it, and what its own line calls it (an MSN)."""

    digits: str
    dialled: str

    def __post_init__(self) -> None:
        if not EXTENSION.fullmatch(self.digits) or not EXTENSION.fullmatch(self.dialled):
            raise NotANumber(f"{self.digits!r} is no extension; it has 2 to 6 digits")

    def __str__(self) -> str:
        return f"extension {self.digits}"


Destination = Number | Extension
