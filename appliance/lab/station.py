"""A whole lab in real time: modems on ptys in a folder, handsets by name, and a socket to play them."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from appliance.audio.frame import FRAME_OCTETS
from appliance.lab.codec import Codec, CodecMissing, Transparent, air
from appliance.lab.handset import Handset, Manner
from appliance.lab.isdnport import ExchangePort
from appliance.lab.modem import LabModem
from appliance.lab.network import Network, Stage
from appliance.lab.persona import PERSONAS
from appliance.lab.ptys import PtyModem
from appliance.lab.simcard import BUSY, MAILBOX, NOT_ANSWERED
from appliance.lab.voices import voice
from appliance.lines.isdn.libpri import LibpriMissing
from appliance.lines.isdn.spansettings import PTP, SpanSettings

SIMS = (("sim1", "+4915112345601", "quectel"), ("sim2", "+4915112345602", "huawei"),
        ("sim3", "+4915112345603", "quectel"))
OUTLET, OUTLET_NUMBER = "isdn1", "+493022222220"  # a point-to-point line of an ISDN exchange
HANDSETS = (("anna", "+4915155500001", Manner.BY_HAND), ("bert", "+493012345678", Manner.ANSWER))


class LabError(Exception):
    """What was asked of the lab makes no sense; the text says why."""


def codec_maker(wanted: str) -> tuple[Callable[[], Codec], str]:
    """The air codec, or none where its library is missing, and a word about it."""
    try:
        air(wanted)
    except CodecMissing as error:
        return Transparent, f"without a codec: {error}"
    return (lambda: air(wanted)), f"through {wanted}"


class Station:
    """Three SIMs, an ISDN outlet where libpri is installed, two people."""

    def __init__(self, folder: Path, codec: str = "amr") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        maker, self.codec_note = codec_maker(codec)
        self._folder, self.network = folder, Network(maker)
        self.modems = [LabModem(self.network, number, PERSONAS[persona]) for _, number, persona in SIMS]
        self._ptys = [PtyModem(folder, name, modem) for (name, _, _), modem in zip(SIMS, self.modems, strict=True)]
        self._outlet: ExchangePort | None = None
        with suppress(LibpriMissing):
            self._outlet = ExchangePort(folder / OUTLET, self.network, SpanSettings(PTP), (OUTLET_NUMBER,))
        self.handsets = {
            name: Handset(self.network, number, name.capitalize(), manner) for name, number, manner in HANDSETS
        }
        self._mailbox = Handset(self.network, MAILBOX, "Mailbox", Manner.ANSWER)
        for modem in self.modems:  # as operators deliver them: a call that is rejected costs the caller money
            modem.sim.forwarding |= {BUSY: MAILBOX, NOT_ANSWERED: MAILBOX}

    def close(self) -> None:
        for pty in self._ptys:
            pty.close()
        if self._outlet:
            self._outlet.close()

    async def do(self, action: str, words: list[str]) -> Any:
        """One action of `ringback lab`: lines for people. LabError says what is wrong."""
        actions = {"miss": self._miss, "answer": self._answer, "key": self._key, "hangup": self._hang_up,
                   "say": self._say, "said": self._said, "status": self._status, "wait": self._wait, "save": self._save,
                   "text": self._text, "texts": self._texts}
        if (handler := actions.get(action)) is None:
            raise LabError(f"the lab cannot {action}; it can {', '.join(actions)}")
        return await handler(words)

    def _handset(self, words: list[str]) -> Handset:
        """The handset that the first word names, taken off the words; anna when it names none."""
        if words and words[0].lower() in self.handsets:
            return self.handsets[words.pop(0).lower()]
        return self.handsets["anna"]

    async def _miss(self, words: list[str]) -> list[str]:
        handset, number = self._handset(words), words[0] if words else SIMS[0][1]
        if handset.stage is not Stage.OVER:
            raise LabError(f"{handset.name} is on the phone; hang up first")
        handset.call(number)
        await asyncio.sleep(float(words[1]) if len(words) > 1 else 3.0)
        handset.hang_up()
        return [f"{handset.name} let {number} ring and hung up"]

    async def _answer(self, words: list[str]) -> list[str]:
        handset = self._handset(words)
        if handset.stage is not Stage.ALERTING:
            raise LabError(f"{handset.name}'s phone does not ring; let a SIM ring first: ringback lab miss")
        handset.answer()
        return [f"{handset.name} answers"]

    async def _key(self, words: list[str]) -> list[str]:
        handset, keys = self._talking(words), "".join(words)
        if not keys or set(keys) - set("0123456789*#"):
            raise LabError("key takes digits, * and #, such as 4711#")
        handset.key(keys)
        await handset.said()
        return [f"{handset.name} keys {keys}"]

    async def _say(self, words: list[str]) -> list[str]:
        handset = self._talking(words)
        pcm = await voice(" ".join(words) or "Hello, can you hear me?", handset.name)
        handset.say(pcm)
        return [f"{handset.name} speaks for {len(pcm) / 16000:.1f} s"]

    async def _said(self, words: list[str]) -> list[str]:
        handset = self._handset(words)
        await handset.said()
        return [f"{handset.name} has finished speaking"]

    async def _hang_up(self, words: list[str]) -> list[str]:
        handset = self._handset(words)
        handset.hang_up()
        return [f"{handset.name} hangs up"]

    async def _status(self, words: list[str]) -> list[str]:
        phones = [
            f"{h.name} {h.number}: {'free' if h.stage is Stage.OVER else h.stage}, {h.manner}, "
            f"heard {len(h.recording) / FRAME_OCTETS / 50:.1f} s"
            for h in self.handsets.values()
        ]
        sims = [f"{name} {number} ({persona}) on {self._folder / name}-at" for name, number, persona in SIMS]
        outlet = [f"{OUTLET} {OUTLET_NUMBER} (ISDN, ptp) on {self._folder / OUTLET}"] if self._outlet else []
        return [*phones, *sims, *outlet, f"voices go {self.codec_note}"]

    async def _wait(self, words: list[str]) -> list[str]:
        """wait HANDSET STAGE: until the handset's call is there. For scripts."""
        handset = self._handset(words)
        if not words or words[0] not in set(Stage):
            raise LabError(f"wait takes a stage: {', '.join(Stage)}")
        await handset.until(Stage(words[0]))
        return [f"{handset.name}: {handset.stage}"]

    async def _text(self, words: list[str]) -> list[str]:
        """text [HANDSET] [SIM] WORDS, or text SENDER SIM WORDS, the sender being any number or name. No words are an
        empty text."""
        sims = {number for _, number, _ in SIMS}
        if len(words) > 1 and words[1] in sims and words[0].lower() not in self.handsets:
            sender, name = words[0], words.pop(0)
        else:
            handset = self._handset(words)
            sender, name = handset.number, handset.name
        to = words.pop(0) if words and words[0] in sims else SIMS[0][1]
        self.network.messages.send(sender, to, " ".join(words))
        return [f"{name} texts {to}"]

    async def _texts(self, words: list[str]) -> list[str]:
        handset = self._handset(words)
        return [f"{sender}: {text}" for sender, text in handset.sms.texts] or [f"{handset.name} got no text yet"]

    async def _save(self, words: list[str]) -> list[str]:
        """save HANDSET FILE: what it heard so far, as WAV."""
        handset = self._handset(words)
        if not words:
            raise LabError("save takes a file name")
        with wave.open(words[0], "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(handset.recording))
        return [words[0]]

    def _talking(self, words: list[str]) -> Handset:
        handset = self._handset(words)
        if handset.stage is not Stage.ACTIVE:
            raise LabError(f"{handset.name} is not in a call")
        return handset
