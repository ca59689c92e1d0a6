"""One-time codes that went out by SMS: kept in memory, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

from appliance.accounts.visitor import SMS_HOLDS, SMS_TRIES, OneTimeCode, digits_of
from appliance.vocabulary.clock import Clock, token

AGAIN = timedelta(minutes=1)  # until another one is sent for the same purpose
NOBODY = OneTimeCode("", None, 0)


class Codes:
    """By what each is for: the newest holds, once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[str, OneTimeCode] = {}

    def make(self, key: str) -> str:
        """A new code; "" when one was made a moment ago."""
        now = self._clock.now()
        self._made = {each: code for each, code in self._made.items() if code.until and code.until > now}
        old = self._made.get(key)
        if old and old.until and now < old.until - SMS_HOLDS + AGAIN:
            return ""
        code = digits_of(bytes.fromhex(token(16)))
        self._made[key] = OneTimeCode(code, now + SMS_HOLDS, SMS_TRIES)
        return code

    def takes(self, key: str, typed: str) -> bool:
        """Whether this is the code; then it is used up."""
        right = self._made.get(key, NOBODY).takes(typed, self._clock.now())
        if right:
            del self._made[key]
        return right

    def forget(self, key: str) -> None:
        """One that could not be sent."""
        self._made.pop(key, None)
