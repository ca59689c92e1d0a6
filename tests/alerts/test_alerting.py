"""From what is wrong to a letter and a text: a real journal, a real mail server, time that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from appliance.api.wire import ApiError
from appliance.commands.alerting import EVERY_S, MAILS_AN_HOUR, NO_LINE, Alerting
from appliance.commands.checking import BoxFacts, check
from appliance.commands.finding import Finding, Level, Topic
from appliance.commands.mailing import Mailer
from appliance.languages.words import Languages
from appliance.settings.model import AlertSettings, MailTls, Settings, SiteSettings
from appliance.store.journal import Journal
from appliance.vocabulary.clock import ManualClock
from appliance.vocabulary.number import Number
from tests.alerts.mailserver import PASSWORD, USER, Inbox, mail_server

BROKEN = Finding(Level.ERROR, 'line "gsm1" is broken: no network', "look at the antenna", Topic.LINES, "gsm1 ready")
LOW = Finding(Level.WARNING, 'line "gsm2": its SIM has only 0.40 EUR left', "top it up", Topic.MONEY, "gsm2 balance")
NO_TARIFF = Finding(Level.WARNING, 'line "gsm3" has no tariff', "write one", Topic.SETTINGS)
ANNA = Number("+4915155500001")


class Office:
    """An Alerting with all that is around it. `wrong`: what is wrong now; `line`: why no SMS can leave."""

    def __init__(self, folder: Path, inbox: Inbox | None, **alerts: Any) -> None:
        self.folder, self.clock, self.wrong, self.story = folder, ManualClock(), [BROKEN], list[str]()
        self.texts: list[tuple[str, str]] = []
        self.line = ""
        self.inbox = inbox
        mail: dict[str, Any] = {} if inbox is None else {
            "mail_to": ("office@example.org",), "mail_host": "localhost", "mail_port": inbox.port, "mail_user": USER,
            "mail_password": PASSWORD}
        self.settings = Settings(SiteSettings(alerts=AlertSettings(**(mail | alerts))))
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.folder / "journal.sqlite", "EUR")
        self.alerting = Alerting(
            lambda: self.settings, lambda: self.wrong, self.journal, self.clock, lambda: UTC, self._sms,
            self.story.append, Languages().of, Mailer(self.inbox.trusted) if self.inbox else None)

    def _sms(self, number: Number, text: str) -> str:
        if not self.line:
            self.texts.append((number.e164, text))
        return self.line

    async def pass_by(self, minutes: float) -> None:
        for _ in range(round(minutes * 60 / EVERY_S)):
            self.clock.advance(EVERY_S)
            await self.alerting.once()


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with mail_server(tmp_path) as server:
        yield server


def play(office: Office, *story: Callable[[], Awaitable[Any]]) -> None:
    async def main() -> None:
        for part in story:
            await part()
    asyncio.run(main())
    office.journal.close()


def test_a_letter_when_it_begins_and_one_when_it_ends(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(tmp_path, inbox)

    async def story() -> None:
        await office.pass_by(4.5)
        assert inbox.letters == []
        await office.pass_by(60)
        office.wrong = []
        await office.pass_by(60)
    play(office, story)
    first, last = inbox.letters
    assert first["Subject"] == 'Trouble: line "gsm1" is broken: no network'
    assert "Trouble (since 2026-03-02 09:00)" in first.get_content()
    assert "What to do: look at the antenna" in first.get_content()
    assert last["Subject"] == 'Over: line "gsm1" is broken: no network'


def test_a_flood_of_flapping_is_a_handful_of_letters(tmp_path: Path, inbox: Inbox) -> None:
    """Twenty lines that come and go in every rhythm, for a day: six letters an hour, and three beginnings of each."""
    office = Office(tmp_path, inbox)
    lines = [replace(BROKEN, what=f'line "gsm{n}" is broken', key=f"gsm{n} ready") for n in range(20)]

    async def story() -> None:
        for look in range(24 * 120):
            office.wrong = [each for n, each in enumerate(lines) if look // (n + 1) % 2]
            office.clock.advance(EVERY_S)
            await office.alerting.once()
    play(office, story)
    assert 3 <= len(inbox.letters) <= 24 * MAILS_AN_HOUR
    told = "".join(letter.get_content() for letter in inbox.letters)
    for n in range(20):
        begun = told.count('Trouble (since') and sum(
            f'line "gsm{n}" is broken' in line and not line.startswith("Over") for line in told.splitlines())
        assert 1 <= begun <= 3, n


def test_only_the_topics_that_were_chosen(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(tmp_path, inbox, topics=("money",))
    office.wrong = [BROKEN, LOW, NO_TARIFF]
    play(office, lambda: office.pass_by(30))
    (letter,) = inbox.letters
    assert "0.40 EUR left" in letter["Subject"]


def test_a_mail_server_that_is_away_loses_nothing(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(tmp_path, inbox)

    async def story() -> None:
        inbox.data = "451 come again"
        await office.pass_by(20)
        tries = sum("could not be mailed" in line for line in office.story)
        assert 2 <= tries <= 4  # after 1, 5, 15 minutes
        office.journal.close()
        office.open()  # the box restarts meanwhile
        inbox.data = ""
        await office.pass_by(1)
        assert [letter["Subject"][:7] for letter in inbox.letters] == ["Trouble"]
        await office.pass_by(60)
    play(office, story)
    assert len(inbox.letters) == 1


def test_a_restart_repeats_nothing_and_tells_the_end(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(tmp_path, inbox)

    async def story() -> None:
        await office.pass_by(10)
        office.journal.close()
        office.open()
        await office.pass_by(60)
        office.wrong = []
        await office.pass_by(10)
    play(office, story)
    assert [letter["Subject"][:5] for letter in inbox.letters] == ["Troub", "Over:"]


def test_texts_wait_for_a_line_and_stop_at_their_ceiling(tmp_path: Path) -> None:
    office = Office(tmp_path, None, sms_to=(ANNA,))

    async def story() -> None:
        office.line = NO_LINE
        await office.pass_by(30)
        assert office.texts == []
        office.line, office.wrong = "", []
        await office.pass_by(1)
        assert office.texts == [(ANNA.e164, 'Ringback: Trouble: line "gsm1" is broken: no network')]
        office.line = "5 alerts went out by SMS within 24 h (sms_per_day)"
        await office.pass_by(30)
        office.line = ""
        await office.pass_by(30)
    play(office, story)
    assert len(office.texts) == 1
    assert any("no SMS (alert) to +4915155500001: 5 alerts" in line for line in office.story)


def test_a_test_says_who_was_told_and_what_failed(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(tmp_path, inbox, sms_to=(ANNA,))

    async def story() -> None:
        test = office.alerting.handlers()["alert_test"]
        assert await test({}) == {"told": ["office@example.org", ANNA.e164], "failed": []}
        inbox.refuse = {"office@example.org": "550 unknown"}
        office.line = NO_LINE
        answer = await test({})
        assert answer["told"] == []
        assert "correct mail_to" in answer["failed"][0]
        assert answer["failed"][1] == f"no SMS to {ANNA}: {NO_LINE}"
        state = await office.alerting.handlers()["alert_state"]({})
        assert (state["has_password"], "correct mail_to" in state["last"]["why"]) == (True, True)
        assert PASSWORD not in repr(state) + repr(answer) + repr(office.settings)
        office.settings = Settings()
        with pytest.raises(ApiError, match="write mail_to and mail_host, or sms_to"):
            await test({})
    play(office, story)
    assert inbox.letters[0]["Subject"] == "Ringback: This is a test"


def test_nobody_to_tell_forgets_what_was_known(tmp_path: Path, inbox: Inbox) -> None:
    """Whoever sets alerts up later hears of what is wrong then."""
    office = Office(tmp_path, inbox)
    wanted = office.settings

    async def story() -> None:
        await office.pass_by(10)
        office.settings = Settings()
        await office.pass_by(10)
        office.settings = wanted
        await office.pass_by(10)
    play(office, story)
    assert len(inbox.letters) == 2


def test_german_with_what_is_wrong_and_what_to_do(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(tmp_path, inbox, sms_to=(ANNA,))
    office.settings = replace(office.settings, site=replace(office.settings.site, language="de"))
    office.wrong = check(office.settings, {}, BoxFacts(free_octets=0), office.clock.now(), None)
    disk = next(each for each in office.wrong if "MiB" in each.what)
    office.wrong = [disk, replace(BROKEN, what='line "gsm1" is broken: searching for a network')]
    play(office, lambda: office.pass_by(10))
    letter = inbox.letters[0]
    text = " ".join(letter.get_content().split())
    assert letter["Subject"] == "Störung: nur 0 MiB sind frei, wo . liegt (und 1 weitere)"
    assert "Was zu tun ist: Platz schaffen" in text
    assert 'Leitung "gsm1" ist gestört: sucht ein Netz' in text
    assert "Was gerade nicht stimmt" in text
    assert office.texts[0][1] == (
        'Ringback: Störung: nur 0 MiB sind frei, wo . liegt; Störung: Leitung "gsm1" ist gestört: sucht ein Netz')


def test_the_clear_way_is_for_servers_without_a_login() -> None:
    assert AlertSettings(mail_tls=MailTls.NONE).by_mail is False
