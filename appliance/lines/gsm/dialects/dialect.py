"""What may differ between modem families."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from appliance.lines.gsm.parser import CallMoved
from appliance.lines.gsm.ussd import Form


@dataclass(frozen=True, slots=True)
class Dialect:
    """`marks`: lower-case words in the identity. Commands in `prepare` may fail: firmwares differ within a family."""

    name: str
    marks: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    urcs: tuple[str, ...] = ()
    pin_attempts: str = 'AT+CPINR="SIM PIN"'  # 27.007 § 8.65
    pin_attempts_answer: str = "+CPINR:"
    # AT+CHUP ends active, waiting and held calls (27.007 § 6.5); the others when the call list still shows one, whose
    # `{index}` is filled in: AT+CHLD=1 without it would answer whoever knocks (22.030 § 6.5.5.1). The last restarts the
    # modem.
    hang_up: tuple[str, ...] = ("AT+CHUP", "ATH", "AT+CHLD=1{index}", "AT+CFUN=1,1")
    refuse_waiting: str = "AT+CHLD=0"  # busy for whoever knocks in mid-call; 27.007 § 7.13. "" where it is not safe
    audio_start: str = ""
    audio_at_dial: bool = False  # the start command belongs behind ATD, not behind the answer
    audio_stop: str = ""
    audio_flow: Mapping[str, bool] = field(default_factory=dict)  # line without blanks -> whether it wants audio now
    audio_check: tuple[str, str] = ("", "")  # asked behind the start command, and the answer when voices really run
    card_start: str = ""  # in the place of audio_start where voices go through a sound card: `audio = "alsa:..."`
    card_stop: str = ""
    in_call: tuple[str, ...] = ()  # behind the start of each call's voices: what is refused without a call. May fail
    key_out: str = "AT+VTS={key}"  # 27.007 § C.2.11
    keys_in: tuple[str, ...] = ()  # prefixes of the lines that report a DTMF key
    moves: Mapping[str, Callable[[str], CallMoved | None]] = field(default_factory=dict)  # prefix -> parser
    ussd: tuple[Form, ...] = (Form.TEXT,)  # how it takes service codes; another form when the first is refused
    dial_s: float = 10.0  # s for ATD's own final line; Quectel promises 5
    call_list_s: float = 0.5  # s between looks at the call list while dialling
    early_end_s: float = 3.0  # s from ATD in which no word of an end is believed while the call list has the call

    def refusals(self) -> tuple[str, ...]:
        """The verbs for a ring, one after another. None can answer it, and a modem is not restarted for it."""
        verbs = tuple(verb for verb in self.hang_up[:-1] if "{index}" not in verb)
        return (*verbs, self.refuse_waiting) if self.refuse_waiting else verbs
