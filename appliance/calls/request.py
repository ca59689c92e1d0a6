"""A callback request that was admitted, and the policy it runs under."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.accounts.account import Verify


class Kind(StrEnum):
    """How the request came. Call-through: the known caller kept ringing, the ring itself is answered."""

    MISSED_CALL = "missed-call"
    CALL_THROUGH = "call-through"
    TEXTED = "texted"  # by SMS
    ASKED = "asked"  # web page, API or command line


@dataclass(frozen=True, slots=True)
class Policy:
    """Times and limits of one call, each with unit and origin."""

    rest_s: float = 3.0  # s between missed call and ringing back; 2 s LCR, 3 s Kazoo, 5 s Slican
    ring_s: float = 20.0  # s the subscriber's phone rings; below voicemail pick-up
    tries: int = 3  # callbacks on busy, no answer or lines full
    retry_s: float = 120.0  # s between them
    first_key_s: float = 10.0  # s to the first digit
    next_key_s: float = 5.0  # s between digits; DISA default of FreePBX and Yeastar
    prompt_s: float = 20.0  # s: a prompt that reports no end counts as over
    questions: int = 3  # tries at each question
    unheard: int = 2  # of the first question, where a modem alone says that A answered and nothing is heard of him
    b_ring_s: float = 60.0  # s the destination rings
    lines_tried: int = 3  # routes tried for one number
    warn_s: int = 60  # s before the end; once more at last_warn_s
    last_warn_s: int = 15  # s
    hang_up_s: float = 2.0  # s that a hang-up may take: the end is set so much earlier, or it costs one increment more
    hold_block_s: int = 600  # s of talk held at a time; renewed while talking
    goodbye_s: float = 20.0  # s for the last prompt, as long as any: emergency advice is heard to its end
    release_s: float = 100.0  # s for a verified hang-up; Quectel allows 90 s for AT+CHUP


@dataclass(frozen=True, slots=True)
class Request:
    """`call` is the call's id; `number` the subscriber's registered number in E.164; `destination` skips the asking."""

    call: str
    number: str
    rung_line: str
    kind: Kind
    verify: Verify
    max_call_s: int
    destination: str = ""
    ringing: bool = True  # the incoming call still rings: RingOver will come
    policy: Policy = field(default_factory=Policy)
    hash_hash: bool = True  # "##" while talking asks for the next number
