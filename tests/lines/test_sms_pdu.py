"""Messages as octets: the codec's faults and what is done about them, against a second codec that the lab has."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from gsmmodem import pdu as codec
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.lab.sms_pdu import Piece, deliver, report, submitted, tpdu_length
from appliance.lines.gsm.pdu import BadPdu, Delivered, Report, clean, read, submits
from appliance.lines.line import MessagePart, NumberType
from appliance.vocabulary.text import mended

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA, SIM = "+4915155500001", "+4915112345601"
GSM7 = "".join(char for char in codec.GSM7_BASIC if char not in "\x1b\r`") + "§^{}\\[~]|€"


def delivered(text: str, sender: str = ANNA, part: tuple[int, int, int] = (0, 1, 1)) -> Delivered:
    found = read(deliver(Piece(sender, SIM, text, *part), AT))
    assert isinstance(found, Delivered)
    return found


def sent(text: str, number: str = ANNA) -> list[str]:
    """What the network reads of the PDUs made for a text."""
    parts = submits(number, text, 7)
    pieces = [submitted(part.text, SIM)[0] for part in parts]
    assert [tpdu_length(part.text) for part in parts] == [part.length for part in parts]
    assert all(piece.to == number for piece in pieces)
    assert [(piece.total, piece.number) for piece in pieces] == [(len(parts), n) for n in range(1, len(parts) + 1)]
    return [piece.text for piece in pieces]


# The codec's faults, each beside its remedy


def test_an_emoji_is_sent() -> None:
    with pytest.raises(ValueError, match="byte must be in range"):
        codec.encodeSmsSubmitPdu(ANNA, "see you 🌸")
    assert sent("see you 🌸") == ["see you 🌸"]


def test_an_emoji_is_read() -> None:
    pdu = deliver(Piece(ANNA, SIM, "a🌸b"), AT)
    with pytest.raises(UnicodeEncodeError):
        codec.decodeSmsPdu(pdu)["text"].encode("utf-8")
    assert mended(delivered("a🌸b").text) == "a🌸b"
    halves = [delivered("a\ud83c", part=(1, 2, 1)).text, delivered("\udf38b", part=(1, 2, 2)).text]
    assert mended("".join(halves)) == "a🌸b"  # a sender that cuts it in two


def test_what_is_cut_off_is_no_message() -> None:
    whole = deliver(Piece(ANNA, SIM, "CALL 03012345678"), AT)
    with pytest.raises(StopIteration):
        codec.decodeSmsPdu(whole[:36])
    assert codec.decodeSmsPdu(whole[:-8])["text"] == "CALL 030123"  # another number, as if it were all
    for end in range(0, len(whole), 2):
        with pytest.raises(BadPdu):
            read(whole[:end])
    with pytest.raises(BadPdu, match="cut off"):
        read(whole, tpdu_length(whole) + 1)


def test_the_last_at_of_eight() -> None:
    pdu = deliver(Piece(ANNA, SIM, "1234567@"), AT)
    assert codec.decodeSmsPdu(pdu)["text"] == "1234567"
    assert delivered("1234567@").text == "1234567@"


def test_half_an_extended_character_at_the_end() -> None:
    pdu = deliver(Piece(ANNA, SIM, "1234567€"), AT)
    cut = pdu[:54] + "08" + pdu[56:-2]  # eight septets of nine: the last is the escape
    assert pdu[54:56] == "09"
    with pytest.raises(StopIteration):
        codec.decodeSmsPdu(cut)
    found = read(cut)
    assert isinstance(found, Delivered)
    assert found.text == "1234567"


def test_characters_that_the_codec_has_wrong() -> None:
    with pytest.raises(TypeError):
        codec.encodeGsm7("ÿ")
    assert codec.decodeGsm7(bytearray([0x5F])) == "`"
    assert sent("ÿ`") == ["ÿ`"]
    assert sent("§ 5") == ["§ 5"]
    assert delivered("§ 5").text == "§ 5"


def test_a_time_that_is_none() -> None:
    pdu = deliver(Piece(ANNA, SIM, "CALL"), AT)
    spoilt = pdu.replace("62302090000000", "00000000000000")
    assert spoilt != pdu
    with pytest.raises(ValueError, match="does not match"):
        codec.decodeSmsPdu(spoilt)
    found = read(spoilt)
    assert isinstance(found, Delivered)
    assert (found.text, found.sent) == ("CALL", None)


@pytest.mark.parametrize(("coding", "text"), [("F1", "hello"), ("D0", "hello"), ("11", "hello"), ("00", "hello")])
def test_other_coding_groups(coding: str, text: str) -> None:
    pdu = deliver(Piece(ANNA, SIM, text), AT)
    found = read(pdu[:38] + coding + pdu[40:])
    assert isinstance(found, Delivered)
    assert found.text == text


def test_ucs2_in_the_group_of_waiting_messages() -> None:
    pdu = deliver(Piece(ANNA, SIM, "Ж"), AT)
    assert pdu[38:40] == "08"
    assert codec.decodeSmsPdu(pdu[:38] + "E0" + pdu[40:])["text"] != "Ж"
    found = read(pdu[:38] + "E0" + pdu[40:])
    assert isinstance(found, Delivered)
    assert found.text == "Ж"


def test_data_is_no_text() -> None:
    pdu = deliver(Piece(ANNA, SIM, "Ж"), AT)
    with pytest.raises(BadPdu, match="data"):
        read(pdu[:38] + "F5" + pdu[40:])


# Reading


def test_who_sent_it() -> None:
    assert delivered("x").sender.digits == ANNA
    assert delivered("x").sender.type is NumberType.INTERNATIONAL
    assert delivered("x", "72000").sender.digits == "72000"
    named = delivered("x", "Telekom")
    assert (named.name, named.sender.digits) == ("Telekom", "")
    assert delivered("x").sent == AT


def test_parts() -> None:
    assert delivered("x", part=(200, 3, 2)).part == MessagePart(200, 3, 2)
    assert delivered("x", part=(200, 3, 4)).part is None  # such a header is to be ignored


def test_reports() -> None:
    assert read(report(17, ANNA, 0, AT)) == Report(17, ANNA, 0)
    assert read(report(17, ANNA, 0, AT).replace("62302090000000", "00000000000000")) == Report(17, ANNA, 0)


def test_a_message_of_our_own() -> None:
    assert read(submits(ANNA, "draft", 1)[0].text) is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    with suppress(BadPdu):
        read(octets.hex())


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 60), st.integers(0, 255), st.text(max_size=30))
def test_a_message_with_one_octet_spoilt(at: int, octet: int, text: str) -> None:
    whole = bytearray.fromhex(deliver(Piece(ANNA, SIM, clean(text)), AT))
    whole[at % len(whole)] = octet
    with suppress(BadPdu):
        read(whole.hex())


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from([ANNA, "12345", "Telekom"]))
def test_what_is_delivered_is_read(text: str, sender: str) -> None:
    assert mended(delivered(clean(text), sender).text) == clean(text)


# Sending


@pytest.mark.parametrize(("char", "single", "multi"), [("a", 160, 153), ("€", 80, 76), ("Ж", 70, 67), ("🌸", 35, 33)])
def test_lengths(char: str, single: int, multi: int) -> None:
    assert sent(char * single) == [char * single]
    assert sent(char * (single + 1)) == [char * multi, char * (single + 1 - multi)]


def test_nothing_is_split_in_the_middle() -> None:
    assert sent("a" * 152 + "€" * 5)[0] == "a" * 152
    assert sent("Ж" * 66 + "🌸" * 3)[0] == "Ж" * 66


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=400), st.text(alphabet=GSM7, max_size=700)))
def test_what_is_sent_is_what_was_written(text: str) -> None:
    assert "".join(sent(text)) == clean(text)


@pytest.mark.parametrize("number", ["", "Anna", "+49 151", "112;ATD0900", "1" * 30, "+49\r"])
def test_numbers_that_are_none(number: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        submits(number, "x", 1)


def test_too_long() -> None:
    with pytest.raises(ValueError, match="11 messages"):
        submits(ANNA, "a" * 1600, 1)
