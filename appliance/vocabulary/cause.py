"""Why a leg ended: ITU-T Q.850 causes, on every kind of line."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """ITU-T Q.850 § 2.2.7, the values that our lines meet."""

    UNALLOCATED = 1
    NO_ROUTE = 3
    NORMAL = 16
    BUSY = 17
    NO_USER_RESPONDING = 18
    NO_ANSWER = 19
    REJECTED = 21
    OUT_OF_ORDER = 27
    INVALID_NUMBER = 28
    UNSPECIFIED = 31
    NO_CHANNEL = 34
    NETWORK_OUT_OF_ORDER = 38
    TEMPORARY_FAILURE = 41
    CONGESTION = 42
    CHANNEL_UNAVAILABLE = 44
    RECOVERY_ON_TIMER = 102
    INTERWORKING = 127

    @classmethod
    def of(cls, value: int) -> Cause:
        """The cause for a Q.850 number; one we have no name for becomes UNSPECIFIED."""
        try:
            return cls(value)
        except ValueError:
            return cls.UNSPECIFIED

    @property
    def another_line_may_help(self) -> bool:
        """True when the fault is the line's or the network's, not the called party's: fail over."""
        return self in _LINE_FAULTS


_LINE_FAULTS = frozenset({
    Cause.NO_CHANNEL, Cause.NETWORK_OUT_OF_ORDER, Cause.TEMPORARY_FAILURE,
    Cause.CONGESTION, Cause.CHANNEL_UNAVAILABLE, Cause.OUT_OF_ORDER, Cause.NO_ROUTE,
})
