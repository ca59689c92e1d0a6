"""PINs: hashed by scrypt, compared in constant time, refused when they are easy to guess."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
from collections.abc import Iterable

from appliance.vocabulary.number import Number

FIRST_TRIED = frozenset({"1212", "6969", "1122", "1313", "2000", "2001", "1010", "1004", "2580", "0852", "1337"})
LOG2_N, BLOCK, LANES = 14, 8, 1  # 16 MiB and about 36 ms on a small server; RFC 7914 § 2


def unmatched() -> str:
    """Takes as long to check as any other, and nothing matches it: tried for names that do not exist."""
    return f"scrypt${LOG2_N}${BLOCK}${LANES}${bytes(16).hex()}${bytes(32).hex()}"


def hash_pin(pin: str, salt: bytes) -> str:
    """`scrypt$14$8$1$salt$hash`, both in hexadecimal. `salt`: 16 random octets."""
    return f"scrypt${LOG2_N}${BLOCK}${LANES}${salt.hex()}${_scrypt(pin, salt, LOG2_N, BLOCK, LANES).hex()}"


def check_pin(pin: str, stored: str) -> bool:
    """True when the PIN is the one that was hashed. A malformed hash is never matched."""
    match = re.fullmatch(r"scrypt\$([0-9]{1,2})\$([0-9]{1,2})\$([0-9])\$([0-9a-f]{2,128})\$([0-9a-f]{64})", stored)
    if not match:
        return False
    log2_n, block, lanes = (int(part) for part in match.groups()[:3])
    try:
        digest = _scrypt(pin, bytes.fromhex(match[4]), log2_n, block, lanes)
        return hmac.compare_digest(digest, bytes.fromhex(match[5]))
    except ValueError:
        return False


def _scrypt(pin: str, salt: bytes, log2_n: int, block: int, lanes: int) -> bytes:
    if not 1 <= log2_n <= 16:
        raise ValueError("scrypt cost out of range")
    return hashlib.scrypt(pin.encode(), salt=salt, n=1 << log2_n, r=block, p=lanes, dklen=32, maxmem=1 << 28)


def weak_pin(pin: str, numbers: Iterable[Number] = ()) -> str | None:
    """Why this PIN is refused, or None."""
    if not re.fullmatch(r"[0-9]{4,12}", pin, re.ASCII):
        return "a PIN has 4 to 12 digits"
    if len(set(pin)) == 1:
        return "a PIN of one repeated digit is the first that anybody tries"
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    if steps in ({1}, {9}):
        return "a PIN that counts up or down is easy to guess"
    if pin in FIRST_TRIED:
        return "this PIN is among the first that anybody tries"
    if any(number.digits.endswith(pin) for number in numbers):
        return "a PIN that is the end of the account's own number is easy to guess"
    return None
