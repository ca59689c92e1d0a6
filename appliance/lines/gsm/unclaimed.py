"""Calls in the modem's list that no leg and no ring knows of."""

from __future__ import annotations

from collections.abc import Callable

from appliance.lines.gsm.at import AtEngine, Reply
from appliance.lines.gsm.incoming import Incoming
from appliance.lines.gsm.parser import INCOMING, parse_clcc


class Unclaimed:
    """One that comes in is a ring, whatever the modem called it. Any other costs money and is hung up."""

    def __init__(self, engine: AtEngine, incoming: Incoming, busy: Callable[[], bool]) -> None:
        self._engine, self._incoming, self._busy = engine, incoming, busy
        self._asking = False

    def look(self, verb: str) -> None:
        """`verb` hangs up."""
        if not self._asking and not self._busy():
            self._asking = True
            self._engine.submit("AT+CLCC", expect="+CLCC:").add_done_callback(
                lambda done: self._listed(done.result(), verb))

    def _listed(self, reply: Reply, verb: str) -> None:
        self._asking = False
        calls = [call for call in map(parse_clcc, reply.lines) if call and call.voice]
        if self._busy() or not calls:
            return
        if ringing := [call for call in calls if call.state == INCOMING]:
            self._incoming.noticed(ringing[0].caller)
        else:
            self._engine.submit(verb, timeout=10.0, urgent=True)
