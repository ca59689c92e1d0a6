"""Nastiness of real modems, seeded so that a failure repeats."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.vocabulary.clock import seeded

DAMAGED = 0.25  # of what a modem chatters
DIRT = bytes([0, 0x80, 0xC3, 0xFE, 0xFF, 0x1B, 0x07])  # what a line says that wakes up, or has lost a bit


@dataclass(frozen=True, slots=True)
class Nastiness:
    """What may go wrong; 0 is a modem out of a brochure. Probabilities 0 to 1, of each command or output."""

    fragments: float = 0.0  # an output comes in pieces, 1 to 50 ms apart
    noise: float = 0.0  # an unsolicited line comes before an answer
    intrude: float = 0.0  # an unsolicited line comes between information and final line
    dirt: float = 0.0  # NUL and 8-bit octets come before an output
    extra_cr: bool = False  # CR CR LF line ends
    late: float = 0.0  # the modem stalls before it obeys a command
    late_s: float = 7.0  # s for which it stalls
    deaf: float = 0.0  # a command is neither obeyed nor answered
    mute: float = 0.0  # a command is obeyed and not answered
    prompt: float = 0.0  # a command is taken for text: "> ", until ESC
    boot_s: float = 0.0  # s from power to the first answer; RDY and its like follow
    sim_busy_s: float = 0.0  # s from then on in which whatever needs the SIM is +CME ERROR: 14
    sim_unread_s: float = 0.0  # s longer until it tells its ICCID, and does all else; its IMSI comes 3 s sooner
    late_clip_s: float = 0.0  # s from RING to +CLIP; -1: only at the second ring; -2: never
    clip: str = "international"  # international, bare (145 without +), national, unknown, withheld, withheld-short
    contexts: int = -1  # data contexts in the call list; -1: as the family has them
    alpha: bool = False  # the call list has a name behind the number
    knock_s: float = 0.0  # s after a call was answered, somebody else calls, and gives up 4 s later
    collision: bool = False  # at the first ATD, a call comes in first
    early_active: bool = False  # says that the far side answered as soon as its phone rings
    deaf_verbs: int = 0  # hang-up verbs of each call that are accepted and do nothing
    hasty_caller: bool = False  # the caller gives up in the moment of ATA
    stale_pcm: int = 0  # octets left over from the last call
    pcm_stall_s: float = 0.0  # s for which its PCM stops, some time into each call
    pcm_backlog: bool = False  # what was said in that time comes afterwards, all at once
    pcm_pause_s: float = 0.0  # s for which it wants no PCM, some time into each call; -1: until it is started anew
    ppm: float = 0.0  # by which its audio's clock is too fast; or, as its seed has it, too slow
    audio_refused_s: float = 0.0  # s from the answer in which the audio command is an error
    resets_every_s: float = 0.0  # s after which it restarts by itself, whatever it is doing
    chatter: float = 0.0  # unsolicited lines a second, all the time, one in four damaged
    keys_refused: bool = False  # a digit that it is told to send is an error
    half_dead: bool = False  # takes ATD, says OK and does nothing, until it is restarted
    incurable: bool = False  # half dead after a restart, too
    ignores_dial: bool = False  # ATD is neither obeyed nor answered, all else is; until it is restarted
    sms_places: int = 20  # messages that fit into the memory
    sms_mismatch: bool = False  # +CMTI names SM, the message lies in ME
    sms_no_index: bool = False  # +CMTI says place -1
    sms_untold: bool = False  # a message comes and no line says so
    sms_direct: bool = False  # messages come as +CMT and are kept nowhere
    sms_twice: bool = False  # the network delivers each message twice
    sms_backwards: bool = False  # the parts of a long message come last first
    sms_part_lost: bool = False  # the second part of a long message never comes
    sms_cut: bool = False  # the PDU of the first message has lost its end
    sms_error: int = 0  # +CMS ERROR for the first attempt to send
    sms_mute: bool = False  # a message is sent, and its answer never said
    sms_ring: bool = False  # somebody rings between AT+CMGS and the prompt
    sms_dialling: bool = False  # a message comes between each ATD and its answer
    lost_end: bool = False  # the end of a call is said by nothing but the call list

    def dials_nothing(self, restarted: bool) -> str | None:
        """What is said to ATD, and nothing done; "" for no answer. None: it dials."""
        if self.ignores_dial and not restarted:
            return ""
        return "OK" if self.incurable or (self.half_dead and not restarted) else None


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

    def damaged(self, line: str) -> str:
        """One in four: cut, with octets lost or turned into others."""
        if not self.strikes(DAMAGED):
            return line
        at = self._random.randrange(len(line))
        head, octet, tail = line[:at], chr(self._random.randrange(1, 256)), line[at + 1 :]
        return self._random.choice((head, head + tail, head + octet + tail))

    def pick(self, lines: tuple[str, ...]) -> str:
        return self._random.choice(lines)

    def dirt(self) -> bytes:
        return bytes(self._random.choices(DIRT, k=self._random.randint(1, 6))) + b"\r\n"
