"""Rate limits: whoever guesses waits, each time longer. By address, and by the account that is guessed at."""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass

from appliance.vocabulary.clock import Clock

FREE = 5  # wrong tries that cost nothing: people mistype
FIRST_S = 2.0  # s; doubled by each further wrong try
LONGEST_S = 900.0  # s
FORGET_S = 3600.0  # s without a wrong try until all is forgotten
REMEMBERED = 10_000  # keys; the oldest go first, so that a flood of addresses does not fill the memory


@dataclass(slots=True)
class _Guesser:
    wrong: int = 0
    last: float = 0.0  # s, monotonic
    until: float = 0.0


class Brake:
    """Counts wrong tries by key, such as an address or a name."""

    def __init__(self, clock: Clock, free: int = FREE, longest_s: float = LONGEST_S) -> None:
        self._clock, self._free, self._longest_s = clock, free, longest_s
        self._known: OrderedDict[str, _Guesser] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Seconds until this key may try again; 0 when it may now."""
        with self._lock:
            found = self._known.get(key)
            return max(0.0, found.until - self._clock.monotonic()) if found else 0.0

    def wrong(self, key: str) -> None:
        now = self._clock.monotonic()
        with self._lock:
            found = self._known.pop(key, None) or _Guesser()
            if now - found.last > FORGET_S:
                found = _Guesser()
            found.wrong, found.last = found.wrong + 1, now
            if found.wrong >= self._free:
                found.until = now + min(FIRST_S * 2.0 ** min(found.wrong - self._free, 20), self._longest_s)
            self._known[key] = found
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def right(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)


class Brakes:
    """Both brakes. A name waits a minute at most, so that nobody can lock the admin out from afar."""

    def __init__(self, clock: Clock) -> None:
        self._by_address = Brake(clock)
        self._by_name = Brake(clock, longest_s=60.0)

    def wait_s(self, address: str, name: str) -> int:
        """Whole seconds to wait, 0 for none."""
        longest = max(self._by_address.wait_s(network(address)), self._by_name.wait_s(name.casefold()[:100]))
        return int(longest + 0.999)

    def wrong(self, address: str, name: str) -> None:
        self._by_address.wrong(network(address))
        self._by_name.wrong(name.casefold()[:100])

    def address_wait_s(self, address: str) -> int:
        """For secrets that belong to no name, such as tokens."""
        return int(self._by_address.wait_s(network(address)) + 0.999)

    def address_wrong(self, address: str) -> None:
        self._by_address.wrong(network(address))

    def right(self, address: str, name: str) -> None:
        self._by_address.right(network(address))
        self._by_name.right(name.casefold()[:100])


class Paces:
    """So many requests a minute for each key."""

    def __init__(self, clock: Clock, most: int = 240) -> None:
        self._clock, self._most = clock, most
        self._lock = threading.Lock()
        self._minute, self._seen = -1, Counter[str]()

    def wait_s(self, key: str) -> int:
        """Counts a request: 0 lets it in, else whole seconds to wait."""
        now = self._clock.monotonic()
        with self._lock:
            if now // 60 != self._minute:
                self._minute, self._seen = int(now // 60), Counter()
            self._seen[key] += 1
            return 0 if self._seen[key] <= self._most else int(60 - now % 60) + 1


def network(address: str) -> str:
    """Who is counted as one: an IPv4 address, or the /64 that an IPv6 host chooses its addresses from."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
