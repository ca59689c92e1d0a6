"""The other end of signalserve: libpri's D channels for a program that does not load libpri, because it has loaded what
libpri's licence does not allow beside it (the lab: a codec under Apache-2.0; a rehearsal: the whole gateway)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import count
from typing import Any, get_args

from appliance.lines.isdn.libpri import LibpriMissing
from appliance.lines.isdn.reports import Report
from appliance.lines.isdn.signalling import READY, Charge, Party

REPORTS: dict[str, Callable[..., Report]] = {kind.__name__: kind for kind in get_args(Report)}


class LibpriProcess:
    """The process. `open` is a signalling.MakeSignalling. LibpriMissing where there is no libpri."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "appliance.lines.isdn.signalserve"], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._numbers = count(1)
        said = self._read()
        if said != READY:
            self.close()
            raise LibpriMissing(said or "the process with libpri does not start")

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().rstrip("\n")

    def open(
        self, layout: str, side: str, send: Callable[[bytes], None], tell: Callable[[Report], None],
        clock: Callable[[], float],
    ) -> Apart:
        ask = partial(self._ask, next(self._numbers), clock)
        return Apart(ask, send, tell, layout, side)

    def _ask(self, number: int, clock: Callable[[], float], order: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        if self._process.stdin.closed:
            return {"said": [], "due": None, "result": 0}
        self._process.stdin.write(json.dumps((number, clock(), order, arguments)) + "\n")
        self._process.stdin.flush()
        said = self._read()
        if not said:
            raise LibpriMissing("the process with libpri died")
        reply: dict[str, Any] = json.loads(said)
        return reply

    def close(self) -> None:
        """Orders do nothing any more."""
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.wait()


class Apart:
    """Implements signalling.Signalling. Each order takes a tenth of a millisecond, in which nothing else runs here."""

    def __init__(
        self, ask: Callable[[str, dict[str, Any]], dict[str, Any]], send: Callable[[bytes], None],
        tell: Callable[[Report], None], layout: str, side: str,
    ) -> None:
        self._ask, self._send, self._tell = ask, send, tell
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._said: deque[tuple[str, Any]] = deque()
        self._saying = self._closed = False
        self._do("open", layout=layout, side=side)

    def _do(self, order: str, **arguments: Any) -> Any:
        if self._closed:
            return 0
        reply = self._ask(order, arguments)
        self._set_timer(reply["due"])
        self._said.extend(reply["said"])
        if not self._saying:  # else whoever hears something has an order: first the rest of what was said
            self._say()
        return reply["result"]

    def _say(self) -> None:
        self._saying = True
        try:
            while self._said:
                kind, what = self._said.popleft()
                self._send(bytes.fromhex(what)) if kind == "frame" else self._tell(REPORTS[kind](**what))
        finally:
            self._saying = False

    def _set_timer(self, due: float | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._do, "due")

    def received(self, frame: bytes) -> None:
        self._do("received", frame=frame.hex())

    def setup(self, channel: int, called: str, plan: int, caller: Party, *, exclusive: bool, complete: bool) -> int:
        return int(self._do("setup", channel=channel, called=called, plan=plan, caller=asdict(caller),
                            exclusive=exclusive, complete=complete))

    def information(self, call: int, digits: str) -> None:
        self._do("information", call=call, digits=digits)

    def more_digits(self, call: int, channel: int, *, inband: bool) -> None:
        self._do("more_digits", call=call, channel=channel, inband=inband)

    def proceeding(self, call: int, channel: int) -> None:
        self._do("proceeding", call=call, channel=channel)

    def progress(self, call: int, channel: int) -> None:
        self._do("progress", call=call, channel=channel)

    def alerting(self, call: int, channel: int) -> None:
        self._do("alerting", call=call, channel=channel)

    def answer(self, call: int, channel: int) -> None:
        self._do("answer", call=call, channel=channel)

    def hang_up(self, call: int, cause: int) -> None:
        self._do("hang_up", call=call, cause=cause)

    def ignore(self, call: int) -> None:
        self._do("ignore", call=call)

    def charge(self, call: int, charge: Charge, *, during: bool) -> None:
        self._do("charge", call=call, charge=asdict(charge), during=during)

    def restart(self, channel: int) -> None:
        self._do("restart", channel=channel)

    def set_timer(self, name: str, seconds: float) -> None:
        self._do("set_timer", name=name, seconds=seconds)

    def close(self) -> None:
        self._do("close")
        self._set_timer(None)
        self._closed = True
