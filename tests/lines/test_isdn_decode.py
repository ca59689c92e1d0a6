"""The D channel in words: frames as libpri sent them here, frames that libpri sends in the test, and any octets."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.commands.isdn import drawn
from appliance.lines.isdn.decode import Decoded, decode
from appliance.lines.isdn.elements import elements
from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.line import Answered, Ended, RingEnded, Traced
from tests.contract.isdn import IsdnKit
from tests.contract.kit import Bench, on_bench

# Recorded from libpri 1.6.0: sent, frame, what is said.
RECORDED = [
    (True, "008100000801010504039090a31801826c0e1180343933303232323232323230700d91343933303132333435363738a1", Decoded(
        "SETUP", True, "ours 1", (
            "bearer 3.1 kHz audio, A-law", "channel B2, preferred",
            "from 493022222220 (international, ISDN plan, shown, not screened)",
            "to 493012345678 (international, ISDN plan)", "sending complete"))),
    (False, "02ff030801010504039090a31801896c0e1183343933303132333435363738700d91343933303232323232323230a1", Decoded(
        "SETUP", True, "theirs 1", (
            "bearer 3.1 kHz audio, A-law", "channel B1, exclusive",
            "from 493012345678 (international, ISDN plan, shown, network provided)",
            "to 493022222220 (international, ISDN plan)", "sending complete"))),
    (False, "0201000208028001021803a9839f", Decoded("CALL PROCEEDING", True, "ours 1", ("channel B31, exclusive",))),
    (False, "0281020208018101", Decoded("ALERTING", True, "ours 1")),
    (False, "028104020801810718018a29051a0b180419", Decoded(
        "CONNECT", True, "ours 1", ("channel B2, exclusive", "date 2026-11-24 04:25"))),
    (True, "00810a080801814508028191", Decoded("DISCONNECT", True, "theirs 1", (
        "cause 17 user busy (from: private network of the local user)",))),
    (True, "02010106", Decoded("RR", details=("SAPI 0", "TEI 0", "N(R) 3"))),
    (True, "00017f", Decoded("SABME", details=("SAPI 0", "TEI 0", "P/F"))),
    (False, "000173", Decoded("UA", details=("SAPI 0", "TEI 0", "P/F"))),
    (True, "fcff030f12ab01ff", Decoded("TEI identity request", details=("reference 4779", "any TEI"))),
    (False, "feff030f12ab0281", Decoded("TEI identity assigned", details=("reference 4779", "TEI 64"))),
]


@pytest.mark.parametrize(("sent", "frame", "said"), RECORDED, ids=[each[2].name for each in RECORDED])
def test_a_frame_in_words(sent: bool, frame: str, said: Decoded) -> None:
    assert decode(bytes.fromhex(frame), sent=sent) == said


@pytest.mark.parametrize(("octets", "said"), [
    ("1e028a88", "progress 8 in-band information is to be heard"),
    ("1e028a81", "progress 1 not ISDN all the way"),
    ("2805416c696365", 'display "Alice"'),
    ("2806b1416c696365", 'display "Alice"'),
    ("28031b5b4a", 'display ".[J"'),
    ("6c0221a0", "from none (national, ISDN plan, withheld, not screened)"),
    ("7005c130333031", "to 0301 (subscriber, ISDN plan)"),
    ("0804038099ff", "cause 25 exchange routing error (from: transit network)"),
    ("0802829f", "cause 31 normal, unspecified (from: public network of the local user)"),
    ("080382e488", "cause 100 invalid information element contents (from: public network of the local user)"),
    ("180189", "channel B1, exclusive"), ("180183", "channel any"), ("180180", "channel none"),
    ("18018c", "channel the D channel"), ("1803a1838f", "channel B15, preferred"),
    ("1804e1808383", "channel B3, preferred"), ("1807a993000000ff", "channel map [000000ff], exclusive"),
    ("2c0131", "keypad 1"), ("790180", "restart of indicated channels"), ("14010a", "state active"),
    ("2701f9", "notification on hold"), ("3f0101", "element 0x3f [01]"), ("08", "cause unreadable []"),
    ("0805", "cause unreadable []"), ("960301aa", "element 0x03 of codeset 6 [aa]"),
])
def test_an_element_in_words(octets: str, said: str) -> None:
    assert elements(bytes.fromhex(octets))[0] == said


def test_a_shift_ends_with_the_element_or_holds() -> None:
    """§ 4.5.2: a locking shift, bit 4 clear, holds for the rest of the message; the other for one element."""
    assert elements(bytes.fromhex("9e0301aa2c0131")) == ["element 0x03 of codeset 6 [aa]", "keypad 1"]
    assert elements(bytes.fromhex("960301aa2c0131")) == [
        "element 0x03 of codeset 6 [aa]", "element 0x2c of codeset 6 [31]"]


def _drawable(frame: bytes, sent: bool) -> None:
    said = decode(frame, sent=sent)
    drawn({"at": "2026-01-01T10:00:00.000", "sent": sent, "layer": 3 if said.signalling else 2, "name": said.name,
           "reference": said.reference, "details": said.details, "frame": frame.hex()}, octets=True)
    told = " ".join((said.name, said.reference, *said.details))
    assert said.name
    assert told.isprintable()


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_octets_are_said_somehow(frame: bytes, sent: bool) -> None:
    for whole in (frame, b"\x00\x01\x00\x00" + frame, b"\x00\x01\x00\x00\x08\x01\x01\x05" + frame,
                  b"\xfc\xff\x03\x0f" + frame):
        _drawable(whole, sent)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([bytes.fromhex(each[1]) for each in RECORDED]), st.data())
def test_a_damaged_frame_is_said_somehow(frame: bytes, data: st.DataObject) -> None:
    at, octet = data.draw(st.integers(0, len(frame) - 1)), data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    _drawable((frame[:at] + bytes((octet,)) + frame[at + 1 :])[:cut], True)


def _libpri() -> bool:
    try:
        load()
    except LibpriMissing:
        return False
    return True


@pytest.mark.skipif(not _libpri(), reason="libpri1.4 is not installed")
@pytest.mark.parametrize("layout", ["ptp", "ptmp", "pri"])
def test_what_libpri_says_of_a_call(layout: str) -> None:
    heard: list[Decoded] = []

    async def story(on: Bench) -> None:
        assert isinstance(on.line, Traced)
        stop = on.line.trace(lambda way, frame: heard.append(decode(frame, sent=way == ">")))
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.line.hang_up("b")
        await on.next(Ended, "b")
        rang = await on.ringing()
        on.line.reject(rang.ring)
        await on.next(RingEnded, rang.ring)
        await on.far.ended(3)
        await asyncio.sleep(1)
        stop()
        seen = len(heard)
        await on.ringing()
        assert len(heard) == seen, "still traced"
        on.far.hang_up()

    on_bench(partial(IsdnKit, layout=layout), story, settled=False)
    messages = [said for said in heard if said.signalling]
    assert [said.name for said in messages] == [
        "SETUP", "CALL PROCEEDING", "ALERTING", "CONNECT", "CONNECT ACKNOWLEDGE", "DISCONNECT", "RELEASE",
        "RELEASE COMPLETE", "SETUP", "CALL PROCEEDING", "DISCONNECT", "RELEASE", "RELEASE COMPLETE"]
    assert {said.reference.split()[0] for said in messages[:8]} == {"ours"}
    assert {said.reference.split()[0] for said in messages[8:]} == {"theirs"}
    assert {said.name for said in heard if not said.signalling} <= {
        "RR", "SABME", "UA", "UI", "DISC", "TEI identity request", "TEI identity assigned", "TEI identity remove"}
    assert not [said for said in heard if any("?" in each or "unreadable" in each for each in said.details)]
