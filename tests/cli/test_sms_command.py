"""`ringback sms`: from the data directory, over a socket, and with nobody there to send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.api.wire import ApiError
from appliance.cli import main
from appliance.commands.checking import BoxFacts, check
from appliance.commands.layout import Layout
from appliance.commands.texting import SEND, sending
from appliance.messages.message import Arrived, Fate, Part, Place, Purpose, Sent
from appliance.settings.model import LineSettings, Settings
from appliance.store.journal import Journal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HELLO = Arrived("gsm1", "+493087654321", "", "Hello\nthere\x1b[2J", NOW, None, "07AB")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    journal = Journal(Layout(tmp_path).journal, "EUR")
    journal.inbox.take(HELLO, NOW)
    journal.inbox.take(replace(HELLO, text="", sent=None, raw="07FF", fault="it is cut off"), NOW)
    journal.inbox.take(replace(HELLO, text="half", part=Part(1, 2, 1)), NOW)
    wish = journal.inbox.take(replace(HELLO, sender="+4915155500001", account="Desk", text="CALL"), NOW)
    assert wish
    journal.inbox.put(wish.id, Place.COMMAND, "call 7")
    sent = journal.outbox.add(NOW, account="Desk", number="+4915155500001", text="No callback", line="gsm1",
                              purpose=Purpose.REASON, call="7")
    journal.outbox.over(sent.id, Fate.FAILED, "the network is congested", ())
    journal.close()
    return tmp_path


def test_the_inbox(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "sms"]) == 0
    said = capsys.readouterr().out
    head, waiting, bad, hello = said.splitlines()
    assert head.split() == ["when", "line", "from", "account", "what", "text"]
    assert "waiting" in waiting
    assert "half[...]" in waiting
    assert "it is cut off: 07FF" in bad
    assert hello.startswith("2026-03-02 10:00:00  gsm1")
    assert hello.endswith("Hello / there?[2J")  # a text must not steer the terminal
    assert main(["--data", str(data), "sms", "list", "--all", "--limit", "1"]) == 0
    assert "call 7" in capsys.readouterr().out


def test_what_was_sent(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "sms", "sent"]) == 0
    assert "reason   failed (the network is congested)  No callback" in capsys.readouterr().out
    assert main(["--data", str(data), "sms", "sent", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["to"], row["fate"], row["call"], row["at"]) == (
        "+4915155500001", "failed", "7", "2026-03-02T10:00:00.000+01:00")


def test_an_empty_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "sms"]) == 0
    assert main(["--data", str(tmp_path), "sms", "sent"]) == 0
    assert capsys.readouterr().out == "the inbox is empty\nnothing was sent yet\n"


@pytest.mark.parametrize(("words", "complaint"), [
    (["send", "+4915155500001", "Hi"], "only a running gateway"),
    (["send", "+4915155500001"], "name a number and a text"), (["send"], "name a number and a text"),
    (["list", "x"], "to send: ringback sms send NUMBER TEXT"),
])
def test_what_cannot_be_done(words: list[str], complaint: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "sms", *words]) == 1
    assert complaint in capsys.readouterr().err


def ask(number: str, text: str = "Hi", answer: Sent | str = "no line can send now") -> list[tuple[str, str, str]]:
    sent: list[tuple[str, str, str]] = []

    def send(number: str, text: str, line: str) -> Sent | str:
        sent.append((number, text, line))
        return answer

    asyncio.run(sending(send, lambda: "DE", lambda: UTC)[SEND]({"number": number, "text": text}))  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize(("number", "to"), [
    ("0151 55500001", "+4915155500001"), ("+4915155500001", "+4915155500001"), ("72111", "72111")])
def test_numbers_to_send_to(number: str, to: str) -> None:
    done = Sent(1, NOW, "", to, "Hi", "gsm1", Purpose.ADMIN, Fate.QUEUED)
    assert ask(number, answer=done) == [(to, "Hi", "")]


@pytest.mark.parametrize(("number", "text", "complaint"), [
    ("112", "Hi", "112 is an emergency number"), ("Anna", "Hi", "no number that a text"), ("", "Hi", "no number"),
    ("+4915155500001", "  ", "1 to 1530 characters"), ("+4915155500001", "x" * 1531, "1 to 1530 characters"),
    ("+4915155500001", "Hi", "no line can send now; ringback lines says why"),
])
def test_what_is_not_sent(number: str, text: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refused:
        ask(number, text)
    assert complaint in str(refused.value)


def test_check_tells_of_a_line_that_cannot_send() -> None:
    line = LineSettings("gsm1", at="/dev/a")
    failed = Sent(1, NOW, "", "+491", "x", "gsm1", Purpose.ANSWER, Fate.FAILED, "the SIM has no credit")
    told = [found.what for found in check(Settings(lines=(line,)), None, BoxFacts(), NOW, None, [failed])]
    assert 'line "gsm1" could not send its last text: the SIM has no credit' in told
    later = replace(failed, fate=Fate.SENT)
    assert not [found for found in check(Settings(lines=(line,)), None, BoxFacts(), NOW, None, [failed, later])
                if "last text" in found.what]
