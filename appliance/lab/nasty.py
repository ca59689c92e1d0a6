"""Nastiness of real modems, seeded so that a failure repeats."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.vocabulary.clock import seeded


@dataclass(frozen=True, slots=True)
class Nastiness:
    """What may go wrong; 0 is a modem out of a brochure. Probabilities 0 to 1."""

    fragments: float = 0.0  # an output comes in pieces, 1 to 50 ms apart
    noise: float = 0.0  # an unsolicited line comes before an answer
    extra_cr: bool = False  # CR CR LF line ends
    late_clip_s: float = 0.0  # s from RING to +CLIP; -1: only at the second ring; -2: never
    clip: str = "international"  # international, bare (145 without +), national, unknown, withheld, withheld-short
    stale_pcm: int = 0  # octets left over from the last call
    lost_end: bool = False  # the end of a call is said by nothing but the call list


BROCHURE = Nastiness()


class Dice:
    """Decides by its seed when a nastiness strikes."""

    def __init__(self, seed: int) -> None:
        self._random = seeded(seed)

    def strikes(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def cuts(self, data: bytes) -> list[tuple[float, bytes]]:
        """The data in pieces with the pause in s before each."""
        pieces: list[tuple[float, bytes]] = []
        while data:
            size = self._random.randint(1, max(1, len(data)))
            pieces.append((self._random.uniform(0.001, 0.05), data[:size]))
            data = data[size:]
        return pieces

    def pick(self, lines: tuple[str, ...]) -> str:
        return self._random.choice(lines)
