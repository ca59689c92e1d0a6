"""The kit of GSM lines: the real driver on the lab's modem, over a wire in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.memory import MemoryBank
from appliance.lab.modem import LabModem
from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.network import Network
from appliance.lab.persona import PERSONAS, Persona
from appliance.lab.simcard import SimCard
from appliance.lab.virtualtime import run
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.line import Sink
from appliance.lines.power import PowerStep
from tests.contract.kit import Bench, MakeKit

PATH = "/lab/gsm1"


class GsmKit:
    """Implements kit.Kit. `modem` and `bank` are for tests of GSM alone."""

    number, nowhere = "+4915112345601", "+4930000000"

    def __init__(
        self, sink: Sink, *, persona: Persona, nasty: Nastiness = BROCHURE, seed: int = 1, pin: str = "",
        power: Sequence[PowerStep] = (), balance_code: str = "",
        check_sim: Callable[[str], str] = lambda sim: "",
    ) -> None:
        self.network, self.bank, names = Network(Transparent), MemoryBank(), count(1)
        self.modem = LabModem(self.network, self.number, persona, nasty=nasty, seed=seed, pin=pin)
        self.bank.plug(PATH, self.modem)
        self.far = Handset(self.network, "+493012345678", "Far")
        audio = LocalAudio(self.bank.open_source, detector_factory())
        source = f"alsa:{PATH}-audio" if persona.card else f"{PATH}-audio"
        settings = GsmSettings("gsm1", f"{PATH}-at", source, sim_pin=pin, rest_s=0.0, balance_code=balance_code)
        self.line = GsmLine(settings, self.bank.open_wire, audio, sink, lambda: f"ring-{next(names)}",
                            check_sim, power)

    def congest(self) -> None:
        self.network.congested.add(self.number)

    def put_in(self, card: SimCard) -> None:
        """In the place of the SIM that is in the modem."""
        self.modem.sim = self.network.cards[self.number] = card

    def unplug(self) -> None:
        self.bank.unplug(PATH)

    def plug(self) -> None:
        self.bank.plug(PATH, self.modem)


def on_gsm(
    story: Callable[[Bench, GsmKit], Awaitable[None]], *, before: Callable[[GsmKit], None] = lambda kit: None,
    ready: bool = True, **how: Any,
) -> None:
    """Plays a story on one modem, on virtual time. `how`: of GsmKit; `ready`: the line is, when the story begins."""

    async def whole() -> None:
        bench = Bench(partial(GsmKit, **how))
        assert isinstance(bench.kit, GsmKit)
        before(bench.kit)
        if ready:
            await bench.ready()
        await story(bench, bench.kit)
        bench.task.cancel()
        await asyncio.gather(bench.task, return_exceptions=True)

    run(whole())


KITS: dict[str, MakeKit] = {f"gsm-{name}": partial(GsmKit, persona=persona) for name, persona in PERSONAS.items()}
