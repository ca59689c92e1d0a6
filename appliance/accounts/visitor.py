"""Who may use the page: visitors with a role and a password, and the one-time codes that let the first one in."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

SHORTEST = 10  # characters of a password; NIST SP 800-63B wants 8 and no other rule
LONGEST = 200
FIRST_TRIED = ("password", "passwort", "1234567890", "qwertyuiop", "qwertzuiop", "ringback", "administrator",
               "raspberry")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters; none that looks like another
CODE_LENGTH = 12  # characters of 5 bits
CODE_TRIES = 10  # wrong ones until a code is worth nothing
SMS_LENGTH = 8  # digits from 2 to 9: phones offer to fill them in
SMS_TRIES = 5
NAME = re.compile(r"(?=\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,64}(?<=\S)")


class Role(StrEnum):
    """ADMIN changes things, VIEWER looks at everything, USER sees one account: that person's own."""

    ADMIN = "admin"
    VIEWER = "viewer"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One who may log in by name and password; users log in by number and PIN and are no visitors."""

    name: str
    role: Role
    password_hash: str = field(repr=False)


def weak_password(password: str, name: str) -> str:
    """Why this password is refused, or ""."""
    if len(password) < SHORTEST:
        return f"a password has at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"a password has at most {LONGEST} characters"
    plain = password.casefold()
    if len(set(plain)) < 4:
        return "a password of so few different characters is easy to guess"
    known = any(word in plain and len(plain) < len(word) + 4 for word in FIRST_TRIED)
    if known or name.casefold() in (plain, plain[::-1]):
        return "this password is among the first that anybody tries"
    return ""


def code_of(octets: bytes) -> str:
    """`ABCD-EFGH-JKLM` of at least 12 random octets."""
    letters = "".join(ALPHABET[octet % 32] for octet in octets[:CODE_LENGTH])
    return "-".join(letters[at: at + 4] for at in range(0, CODE_LENGTH, 4))


def digits_of(octets: bytes) -> str:
    """`23456789` of at least 8 random octets, for an SMS: 24 bits, which few tries and few minutes must guard."""
    return "".join(ALPHABET[octet % 8] for octet in octets[:SMS_LENGTH])


@dataclass(slots=True)
class OneTimeCode:
    """A code that is told on the box's own console, or by SMS. `until` None: it holds until it is used."""

    code: str = field(repr=False)
    until: datetime | None
    tries: int = CODE_TRIES

    def takes(self, typed: str, now: datetime) -> bool:
        """Whether this is the code; each wrong try counts. How it is written does not matter."""
        if self.tries <= 0 or (self.until is not None and now >= self.until):
            return False
        letters = "".join(letter for letter in typed.upper()[:40] if letter in ALPHABET)
        right = hmac.compare_digest(letters.encode(), self.code.replace("-", "").encode())
        self.tries -= 0 if right else 1
        return right

    @property
    def spent(self) -> bool:
        return self.tries <= 0


SMS_HOLDS = timedelta(minutes=10)  # as the texts of messages say
RESET_HOLDS = timedelta(minutes=15)  # a code that a button or command asked for
