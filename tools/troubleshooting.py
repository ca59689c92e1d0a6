"""Writes docs/troubleshooting.md from what `ringback check`, the brakes and the lines really say; why each is so, is in
troubleshooting.toml beside it: a text without a cause there, or a cause without a text, is complained about.

python tools/troubleshooting.py > docs/troubleshooting.md
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.accounts.account import Account, Verify
from appliance.audio.client import Silent
from appliance.calls.admission import Ceilings as Brakes
from appliance.calls.admission import Ring, judge
from appliance.commands.checking import BoxFacts, check
from appliance.commands.live import LiveLine
from appliance.hardware.vitals import Vitals
from appliance.lines.gsm.doubt import Attempt
from appliance.lines.gsm.recovery import REMEDY, WEAK
from appliance.lines.gsm.sms_text import CAUSES
from appliance.lines.gsm.voice import ADVICE
from appliance.lines.isdn.ailing import REMEDY as CABLE
from appliance.lines.isdn.misdnprobe import NO_CARD
from appliance.lines.line import Forwarding, LineHealth, LineState
from appliance.messages.limits import Ceilings, held_back
from appliance.messages.message import Fate, Purpose, Sent
from appliance.routing.route import Rate
from appliance.settings.model import AlertSettings, LineSettings, Settings
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
RATE = (Rate("", Money.zero("EUR"), Money.parse("0.09", "EUR"), 60, 60),)
ANNA = Number("+4915155500001")
LINE = LineSettings("gsm1", at="/dev/ringback/sim1-at", audio="/dev/ringback/sim1-audio",
                    number=Number("+4915112345601"), rates=RATE)
OTHER = replace(LINE, name="gsm2", at="/dev/ringback/sim2-at", audio="/dev/ringback/sim2-audio",
                number=Number("+4915112345602"))
DESK = Account("Front desk", (ANNA,), "hash", Verify.PIN, spend_per_day=Money.parse(5, "EUR"))
GOOD = Settings(lines=(LINE, OTHER), accounts=(DESK,))
NOT_STARTED = LiveLine(LineState(LineHealth.ABSENT), 0, 0, False)  # stands for a line that the gateway has not
FINE = LiveLine(LineState(LineHealth.READY, operator="Lab Mobil", signal=60), 1, 0, True)

DAMAGED = "/var/lib/ringback/site.json was unreadable (<error>); the copy before its last change is in use"
FAILED = (Sent(1, NOW, DESK.name, ANNA.e164, "", "gsm1", Purpose.ANSWER, Fate.FAILED, "..."),)


WRITTEN = (replace(FAILED[0], fate=Fate.SENT, why=""),)
GSM_FILES = ("startup", "bringup", "whose", "line", "at", "wire", "leg", "voice", "recovery", "doubt", "services",
             "ussd", "errands")
ISDN_FILES = ("line", "misdnprobe", "misdn", "span", "serve", "process", "libpri", "ailing")
AUDIO_FILES = ("alsa", "device", "process", "spandevice", "engine")
WHY = tomllib.loads((ROOT / "tools/troubleshooting.toml").read_text("utf-8"))
NO_LINE = ("a call needs", "the account's", "no line can ring back")  # of the A-leg
HEAD = "| what it says | why | what to do |\n|---|---|---|"
PART = re.compile(r"; (?![^(]*\))")  # between a text and its remedy
WORDS = 4  # fewer are no sentence
ACCEPTED = 50  # callbacks within the hour


def situations() -> Iterator[tuple[Settings, LiveLine | None, BoxFacts, datetime]]:
    """Each goes wrong in one way."""
    facts = BoxFacts(data="/var/lib/ringback")
    for broken in (
        replace(facts, writable=False), replace(facts, recovered=DAMAGED),
        replace(facts, free_octets=50 * 2**20), replace(facts, has_dtmf=False), replace(facts, has_speech=False),
        replace(facts, missing=frozenset({LINE.at})), replace(facts, crashed=NOW), replace(facts, vitals=Vitals(
            undervoltage=True, temperature=83.0, memory=40 * 2**20, synchronised=False, data_lost=True,
        ), frames=(1000, 10)),
    ):
        yield GOOD, FINE, broken, NOW
    echoing = replace(GOOD, lines=(replace(LINE, echo_canceller=True), OTHER))
    yield echoing, FINE, replace(facts, has_speexdsp=False), NOW
    yield GOOD, FINE, facts, datetime(1970, 1, 1, tzinfo=UTC)
    for settings in (
        Settings(), replace(GOOD, lines=()), replace(GOOD, lines=(replace(LINE, enabled=False),)),
        replace(GOOD, lines=(LINE,)), replace(GOOD, lines=(replace(LINE, rates=()), OTHER)),
        replace(GOOD, lines=(replace(LINE, audio=""), OTHER, replace(OTHER, name="gsm3"))),
        replace(GOOD, lines=(replace(LINE, number=None), OTHER)), replace(GOOD, accounts=()),
        replace(GOOD, lines=(replace(LINE, at="/dev/ttyUSB2"), OTHER)),
        *(replace(GOOD, accounts=(account,)) for account in (
            replace(DESK, enabled=False), replace(DESK, numbers=()), replace(DESK, pin_hash=""),
            replace(DESK, verify=Verify.NONE), replace(DESK, spend_per_day=None))),
    ):
        yield settings, FINE, facts, NOW
    for state in (
        *(replace(FINE.state, ailment=f"the modem {what} in a call; {ADVICE[what]}")
          for what in (Silent.GIVES_NOTHING, Silent.TAKES_NOTHING)),
        LineState(LineHealth.ABSENT, "the device is not there; plug the modem in"), LineState(LineHealth.BROKEN, "..."),
        LineState(LineHealth.STARTING, "searching for a network"), replace(FINE.state, signal=5),
        replace(FINE.state, roaming=True),
        replace(FINE.state, forwarding=(Forwarding("when busy", "+4915100000055"),)),
        replace(FINE.state, forwarding_unknown="the network does not tell"),
    ):
        yield GOOD, replace(FINE, state=state), facts, NOW
    yield GOOD, None, facts, NOW
    yield GOOD, NOT_STARTED, facts, NOW
    prepaid = replace(GOOD, lines=(
        replace(LINE, balance_code="*100#", balance_below=Money.parse(5, "EUR")), OTHER))
    for told in ("Guthaben: 1,20 EUR", "Bitte spaeter"):
        yield prepaid, replace(FINE, state=replace(FINE.state, balance=told)), facts, NOW
    mute = AlertSettings(mail_to=("office@example.org",), mail_host="smtp.example.org", mail_user="office")
    few = replace(GOOD.site, alerts=mute, sms_box_per_day=1, brakes=replace(GOOD.site.brakes, box_per_hour=ACCEPTED))
    yield replace(GOOD, site=few), FINE, facts, NOW


def findings() -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for settings, first, facts, now in situations():
        live = None if first is None else {line.name: FINE for line in settings.lines} | (
            {"gsm1": first} if settings.lines else {})
        if live and first is NOT_STARTED:
            del live["gsm1"]
        for found in check(settings, live, facts, now, None, FAILED if settings is GOOD else WRITTEN, ACCEPTED):
            if found.what not in seen:
                seen.add(found.what)
                yield f"{found.level.value}: {found.what}", found.remedy


def texts() -> Iterator[str]:
    """Why the box does not write, by itself."""
    desk = Sent(1, NOW, DESK.name, ANNA.e164, "", "gsm1", Purpose.REASON, Fate.SENT)
    for ceilings in (Ceilings(1, 9), Ceilings(9, 1), Ceilings(), Ceilings(reasons=False)):
        yield held_back(Purpose.REASON, DESK.name, [desk], ceilings, NOW)
    code = replace(desk, purpose=Purpose.CODE)
    for ceilings in (Ceilings(codes_per_day=1), Ceilings(box_per_day=4)):
        yield held_back(Purpose.CODE, DESK.name, [code], ceilings, NOW)


def brakes() -> Iterator[str]:
    """Why a ring is not called back."""
    ring = Ring(ANNA, False, DESK, frozenset(), frozenset(), (), False, 2, NOW)
    often = tuple((NOW - timedelta(minutes=n + 2), ANNA.e164) for n in range(20))
    day = tuple((NOW - timedelta(minutes=10 * n + 61), ANNA.e164) for n in range(100))
    box = tuple((NOW - timedelta(minutes=n % 59 + 1), f"+49300000{n:03}") for n in range(120))
    for each in (
        replace(ring, withheld=True), replace(ring, own_numbers=frozenset({ANNA})), replace(ring, account=None),
        replace(ring, account=replace(DESK, enabled=False)), replace(ring, locked=True),
        replace(ring, pending=frozenset({ANNA.e164})),
        replace(ring, accepted=((NOW - timedelta(seconds=5), ANNA.e164),)),
        replace(ring, accepted=often), replace(ring, accepted=day), replace(ring, accepted=box),
        replace(ring, channels=1),
    ):
        declined = judge(each, Brakes())
        assert declined, each
        yield declined.text
    yield from (f"{text}..." if text.endswith(": ") else text for text in sentences("switchboard", ("questions",))
                if text.startswith(NO_LINE))


def line_texts() -> Iterator[str]:
    """What a GSM line says, of itself and of its calls: every sentence in its files."""
    yield from sentences("lines/gsm", GSM_FILES)
    for what in Silent:
        yield from (f"the modem {what} for <seconds> s; its audio is started anew", f"the modem {what} in a call; "
                    f"{ADVICE[what]}", f"the modem {what}, and starting it anew did not help; {ADVICE[what]}")
    yield f"the modem does not answer any more; {REMEDY}"
    yield f"the modem restarted; {WEAK}"
    for doubted in (Attempt("", "OK", False), Attempt("", "<final>", False)):
        yield f"{doubted.why}; now and then one call tries it again; {REMEDY}"
    yield from (text for text in sentences("", ("gateway",)) if "SIM" in text)


def isdn_texts() -> Iterator[str]:
    """The same of an ISDN line, and of its port."""
    yield from sentences("lines/isdn", ISDN_FILES)
    yield f"misdn:<number> is not there: {NO_CARD}"
    for what in (Silent.GIVES_NOTHING, Silent.TAKES_NOTHING):
        yield from (f"the B channel {what} for <seconds> s; it is opened anew", f"the B channel {what} in a call; "
                    f"{CABLE}", f"the B channel {what}, and opening it anew did not help; {CABLE}")
    yield f"the B channel {Silent.FLAT} for <seconds> s"


def sentences(room: str, files: Sequence[str]) -> Iterator[str]:
    """Without those that are parts of others."""
    for name in files:
        tree = ast.parse((ROOT / "appliance" / room / f"{name}.py").read_text("utf-8"))
        yield from (text for text in _strings(tree) if text.count(" ") >= WORDS - 1 and "\n" not in text
                    and not text.startswith(("; ", ", ")) and text not in WHY["parts"]["texts"])


def _strings(node: ast.AST) -> Iterator[str]:
    """Strings, those with blanks put together, without docstrings."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else _blank(part)
                      for part in node.values)
    elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)


def _blank(part: ast.expr) -> str:
    """`<name>` for what is filled in."""
    name = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ""
    words = re.findall("[a-z]+", name.lower())
    return f"<{words[-1] if words else '...'}>"


def route_texts() -> Iterator[str]:
    """Why a destination is not called, or not over a line."""
    yield from (text for text in sentences("switchboard", ("questions",)) if not text.startswith(NO_LINE))
    yield from (text for room, name in (("routing", "cheapest"), ("routing", "barring"), ("commands", "live"))
                for text in sentences(room, (name,)))


def rows(section: str, said: Iterable[tuple[str, str]]) -> str:
    """A table of (text, remedy) with the causes between them. A line's text has its remedy behind the first semicolon;
    one with another remedy is told once for each."""
    causes = dict(WHY[section])
    lines, known = [], set()
    for text, remedy in said:
        plain = text.removeprefix("error: ").removeprefix("warning: ")
        if plain not in causes:
            raise SystemExit(f"tools/troubleshooting.toml, [{section}]: no cause for {plain!r}")
        known.add(plain)
        why, also = [causes[plain], ""] if isinstance(causes[plain], str) else causes[plain]
        lines.append(f"| {text} | {why} | {remedy or also or '–'} |")
    if left := set(causes) - known:
        raise SystemExit(f"tools/troubleshooting.toml, [{section}]: nothing says {sorted(left)}")
    return "\n".join([HEAD, *(re.sub(r"<(?=[a-z.]+>)", r"\\<", line) for line in dict.fromkeys(lines))])


def parted(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Into what is said and its remedy."""
    halves = ([*PART.split(text, maxsplit=1), ""] for text in sorted(set(texts)))
    return [(half[0], half[1]) for half in halves]


def page() -> str:
    """The whole page."""
    return f"""# Troubleshooting

Begin with `ringback check`: it says what is wrong and what to do. `ringback events --follow` tells what happens while
you let a SIM ring. This page is made from the same texts (`python tools/troubleshooting.py`); a test compares.

## What `ringback check` may say

{rows("check", sorted(findings()))}

## Nobody is rung back

`ringback events` says `no callback:` and why:

{rows("brakes", ((text, "") for text in brakes()))}

## A text is not obeyed, or not answered

`ringback sms --all` shows what came. Only a number of an account is obeyed, and only a text that is a command and
nothing else. `ringback events` says `no SMS` and why:

{rows("texts", ((text, "") for text in texts()))}

`ringback sms sent` tells the fate of each text, and why one failed. `unknown` means that it may have gone out; the box
does not send it again, because it costs.

{rows("sms", parted(CAUSES.values()))}

## A line is not ready

`ringback lines`, the page of the line and the story of a call say why, and what to do. A dash: the box goes on by
itself.

{rows("line", parted(line_texts()))}

An ISDN line says:

{rows("isdn", parted(isdn_texts()))}

At rest nobody can see whether the cable of a bus (`isdn = "ptmp"`) is in: its line says so when it dials.

## One number is dialled over the wrong line, or not at all

`ringback route NUMBER` shows every line with its price, and why the others fell out. The story of a call says why its
destination was not called:

{rows("route", parted(route_texts()))}

## A call went wrong

`ringback calls` lists them, `ringback ladder CALL` draws one, with what was heard on each leg: seconds of audio, levels
and frames lost. When a voice cannot be had, it says behind the name of the device:

{rows("audio", parted(sentences("audio", AUDIO_FILES)))}
"""


if __name__ == "__main__":
    sys.stdout.write(page())
