"""A modem's AT port as octets: echo, line ends, fragments, stalls, the text prompt. What is obeyed is the modem's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.lab.nasty import Dice, Nastiness

CR, LF, ESC, END_OF_TEXT = 0x0D, 0x0A, 0x1B, 0x1A


class AtPort:
    """`say` gets what the modem says. `obey` gets a command without AT and gives its final line, or "" for none."""

    def __init__(
        self, nasty: Nastiness, dice: Dice, noise: tuple[str, ...], obey: Callable[[str], str]
    ) -> None:
        self.say: Callable[[bytes], None] = lambda data: None
        self.echo = True
        self.deaf = False  # without power, or not yet awake
        self._nasty, self._dice, self._noise, self._obey = nasty, dice, noise, obey
        self._loop = asyncio.get_running_loop()
        self._line = bytearray()
        self._stalled: bytearray | None = None  # what came in while the modem stalls
        self._prompting = self._muted = False
        self._text_for: Callable[[str], None] | None = None  # gets what is typed at the prompt
        self._chattering: asyncio.TimerHandle | None = None
        self._out: list[bytes] = []
        self._pouring = False

    def received(self, data: bytes) -> None:
        """Octets from the box."""
        for at, octet in enumerate(data):
            if self._stalled is not None:
                self._stalled += data[at:]
                return
            self._octet(octet)

    def reset(self) -> None:
        """Without power everything is forgotten."""
        self.echo, self._prompting, self._stalled, self._text_for = True, False, None, None
        self._line.clear()
        self._out.clear()

    def lines(self, *lines: str) -> None:
        """Says lines."""
        end = b"\r\r\n" if self._nasty.extra_cr else b"\r\n"
        for line in lines:
            dirt = self._dice.dirt() if self._dice.strikes(self._nasty.dirt) else b""
            self._send(dirt + end + line.encode("latin-1", "replace") + end)

    def ask_text(self, then: Callable[[str], None]) -> None:
        """Asks for a text, which Ctrl-Z ends and ESC gives up."""
        self._text_for, self._prompting = then, True
        self._send(b"\r\n> ")

    def chatter(self) -> None:
        """From now on, lines that nobody asked for, some of them damaged."""
        if self._nasty.chatter and self._noise and not self._chattering:
            self._chattering = self._loop.call_later(1 / self._nasty.chatter, self._chat)

    def _chat(self) -> None:
        self._chattering = None
        if not self.deaf:
            self.lines(self._dice.damaged(self._dice.pick(self._noise)))
        self.chatter()

    def _octet(self, octet: int) -> None:
        if octet == END_OF_TEXT and (then := self._text_for):
            text, self._text_for, self._prompting = self._line.decode("latin-1").strip(), None, False
            self._line.clear()
            then(text)
        elif octet == CR:
            line = self._line.decode("latin-1").strip()
            self._line.clear()
            if line and not self.deaf:
                self._command(line)
        elif octet == ESC:
            self._line.clear()
            if self._prompting:
                self._prompting, self._text_for = False, None
                self.lines("OK")
        elif octet != LF:
            self._line.append(octet)

    def _command(self, line: str) -> None:
        if self._prompting or self._dice.strikes(self._nasty.prompt):
            self._prompting = True
            self._send(b"\r\n> ")
        elif self._dice.strikes(self._nasty.late):
            self._stalled = bytearray()
            self._loop.call_later(self._nasty.late_s, self._wake, line)
        elif not self._dice.strikes(self._nasty.deaf):
            self._perform(line)

    def _wake(self, line: str) -> None:
        waiting, self._stalled = self._stalled, None
        self._perform(line)
        self.received(bytes(waiting or b""))

    def _perform(self, line: str) -> None:
        mute = self._dice.strikes(self._nasty.mute)
        if self.echo and not mute:
            self._send(line.encode("latin-1") + b"\r")
        self._unasked(self._nasty.noise)
        self._muted = mute
        final = self._obey(line[2:]) if line.upper().startswith("AT") else "ERROR"
        self._unasked(self._nasty.intrude)
        if final:
            self.answer(final)
        self._muted = False

    def answer(self, *lines: str) -> None:
        """Says lines that answer the command being obeyed."""
        if not self._muted:
            self.lines(*lines)

    def _unasked(self, probability: float) -> None:
        if self._noise and self._dice.strikes(probability):
            self.lines(self._dice.pick(self._noise))

    def _send(self, data: bytes) -> None:
        if self.deaf:
            return
        if not self._pouring and not self._dice.strikes(self._nasty.fragments):
            self.say(data)
            return
        self._out.append(data)
        if not self._pouring:
            self._pouring = True
            self._pour(self._dice.cuts(self._out.pop(0)))

    def _pour(self, pieces: list[tuple[float, bytes]]) -> None:
        """Piece by piece; what is said meanwhile waits its turn: octets never change places."""
        if not pieces:
            if not self._out:
                self._pouring = False
                return
            pieces = self._dice.cuts(self._out.pop(0))
        pause, piece = pieces[0]

        def later() -> None:
            self.say(piece)
            self._pour(pieces[1:])

        self._loop.call_later(pause, later)
