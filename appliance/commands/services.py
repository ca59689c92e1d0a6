"""What only a running gateway can do with a line: its SIM, the network's call forwarding, service codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.lines.line import Forwarding, Line, ServiceFailed

LIVE = frozenset({"sim", "forwarding", "ussd", "sms_send", "page_code"})


class LineServices:
    """`confirm(line, sim)` makes the SIM that is in the modem the line's own, durable."""

    def __init__(self, lines: Mapping[str, Line], confirm: Callable[[str, str], None]) -> None:
        self._lines, self._confirm = lines, confirm

    def handlers(self) -> dict[str, Handler]:
        return {"sim": self._sim, "forwarding": self._forwarding, "ussd": self._ussd}

    async def _sim(self, params: dict[str, Any]) -> Any:
        line = self._line(params)
        if not line.state.sim:
            raise ApiError(f"{line.name}: no SIM was recognised yet; {line.state.why or 'wait and ask again'}")
        if params.get("confirm") is True:
            self._confirm(line.name, line.state.sim)
        return {"line": line.name, "sim": line.state.sim, "confirmed": params.get("confirm") is True}

    async def _forwarding(self, params: dict[str, Any]) -> Any:
        line = self._line(params)
        try:
            left = await line.erase_forwarding() if params.get("erase") is True else line.state.forwarding
        except ServiceFailed as why:
            raise ApiError(f"{line.name}: {why}") from why
        return {"line": line.name, "asked": left is not None, "why": line.state.forwarding_unknown,
                "forwarding": [_row(each) for each in left or ()]}

    async def _ussd(self, params: dict[str, Any]) -> Any:
        line = self._line(params)
        try:
            return {"line": line.name, "text": await line.ussd(str(params.get("code", "")))}
        except ServiceFailed as why:
            raise ApiError(f"{line.name}: {why}") from why

    def _line(self, params: Mapping[str, Any]) -> Line:
        name = str(params.get("line", ""))
        if (line := self._lines.get(name)) is None:
            raise ApiError(f"no line {name[:40]!r} is running; there are: {', '.join(sorted(self._lines)) or 'none'}")
        return line


def _row(forwarding: Forwarding) -> dict[str, str]:
    return {"when": forwarding.when, "number": forwarding.number}
