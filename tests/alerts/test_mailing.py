"""Alerts by mail, against a real mail server: what leaves, what is refused, and what the refusal says."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.commands.mailing import Mailer, MailFailed, compose
from appliance.settings.model import AlertSettings, MailTls
from tests.alerts.mailserver import PASSWORD, USER, Inbox, mail_server

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TO = ("office@example.org", "owner@example.org")


def alerts(inbox: Inbox, tls: MailTls = MailTls.STARTTLS, user: str = USER, password: str = PASSWORD,
           host: str = "localhost") -> AlertSettings:
    return AlertSettings(TO, "ringback@example.org", host, inbox.port, tls, user, password)


def send(inbox: Inbox, settings: AlertSettings, subject: str = "Trouble: gsm1", text: str = "What to do\n") -> None:
    asyncio.run(Mailer(inbox.trusted).send(settings, subject, text, NOW))


@pytest.mark.parametrize("tls", [MailTls.STARTTLS, MailTls.TLS])
def test_a_mail_arrives_by_tls_and_login(tmp_path: Path, tls: MailTls) -> None:
    with mail_server(tmp_path, tls=tls) as inbox:
        send(inbox, alerts(inbox, tls))
        (letter,), (envelope,) = inbox.letters, inbox.envelopes
    assert (letter["From"], letter["To"], letter["Subject"]) == ("ringback@example.org", ", ".join(TO), "Trouble: gsm1")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime == NOW
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter.get_content() == "What to do\r\n"
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ringback@example.org", list(TO))


def test_a_mail_to_a_server_in_the_office_needs_neither(tmp_path: Path) -> None:
    with mail_server(tmp_path, tls="none", login=False) as inbox:
        send(inbox, alerts(inbox, MailTls.NONE, "", ""))
        assert len(inbox.letters) == 1


@pytest.mark.parametrize("subject", [
    'line "gsm1" is broken: +COPS: 0,0,"x"\r\nBcc: thief@example.net\r\n\r\nbody', "x\nBcc: thief@example.net",
    "\r\n.\r\nMAIL FROM:<thief@example.net>", "x\u2028Bcc: y\x85Cc: z\0", "ü" * 500])
def test_what_a_network_says_adds_no_header_and_no_recipient(tmp_path: Path, subject: str) -> None:
    text = "first\r\n.\r\nMAIL FROM:<thief@example.net>\r\nRCPT TO:<thief@example.net>\r\n"
    with mail_server(tmp_path) as inbox:
        send(inbox, alerts(inbox), subject, text)
        (letter,), (envelope,) = inbox.letters, inbox.envelopes
    assert sorted(letter.keys()) == sorted(["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
                                            "Content-Type", "Content-Transfer-Encoding", "MIME-Version"])
    assert envelope.rcpt_tos == list(TO)
    assert "MAIL FROM:<thief@example.net>" in letter.get_content()  # a text, and nothing more


def why(inbox: Inbox, settings: AlertSettings) -> str:
    with pytest.raises(MailFailed) as failed:
        send(inbox, settings)
    assert PASSWORD not in str(failed.value)
    return str(failed.value)


def test_every_failure_says_what_to_do(tmp_path: Path) -> None:
    with mail_server(tmp_path) as inbox:
        assert "correct mail_user and mail_password" in why(inbox, alerts(inbox, password="wrong"))
        assert 'write mail_tls = "starttls" for port 587' in why(inbox, alerts(inbox, MailTls.TLS))
        assert "certificate is not trusted" in why(inbox, alerts(inbox, host="127.0.0.1"))
        inbox.refuse = dict.fromkeys(TO, "550 nobody here")
        assert "refuses every recipient (office@example.org: nobody here" in why(inbox, alerts(inbox))
        inbox.refuse = {TO[1]: "550 nobody here"}
        assert "but not for owner@example.org; correct these addresses" in why(inbox, alerts(inbox))
        inbox.refuse, inbox.data = {}, f"554 spam, and your password is {PASSWORD}"
        assert "refuses the message (554 spam, and your password is ***)" in why(inbox, alerts(inbox))
    gone = alerts(inbox)
    assert "nobody answers there; correct mail_port" in why(inbox, gone)
    assert "no such name; correct mail_host" in why(inbox, alerts(inbox, host="mail.invalid"))


def test_a_server_without_starttls_or_login_is_told_apart(tmp_path: Path) -> None:
    with mail_server(tmp_path, tls="none", login=False) as inbox:
        assert 'write mail_tls = "tls" with port 465' in why(inbox, alerts(inbox))


def test_a_server_that_hangs_up_or_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.commands.mailing.STEP_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        inbox = Inbox(port=mute.getsockname()[1])
        settings = alerts(inbox, host="127.0.0.1")
        assert "no answer; correct mail_host" in why(inbox, settings)
        monkeypatch.setattr("appliance.commands.mailing.STEP_S", 5)

        async def hung_up() -> None:
            async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.close()
            server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(MailFailed, match="it hung up"):
                await Mailer().send(alerts(Inbox(port=port), host="127.0.0.1"), "x", "y", NOW)
            server.close()
        asyncio.run(hung_up())


def test_one_that_drips_is_given_up_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A greeting without end: every octet comes in time, the whole never does."""
    monkeypatch.setattr("appliance.commands.mailing.WHOLE_S", 0.5)

    async def main() -> None:
        stop = asyncio.Event()

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not stop.is_set():
                writer.write(b"220-and more\r\n")
                await asyncio.sleep(0.05)
            writer.close()
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        settings, mailer = alerts(Inbox(port=server.sockets[0].getsockname()[1]), host="127.0.0.1"), Mailer()
        with pytest.raises(MailFailed, match="takes too long"):
            await mailer.send(settings, "x", "y", NOW)
        with pytest.raises(MailFailed, match="still holds up the message before"):
            await mailer.send(settings, "x", "y", NOW)
        stop.set()
        server.close()
    asyncio.run(main())


def test_the_sender_is_the_first_recipient_where_none_is_named() -> None:
    assert compose(AlertSettings(mail_to=TO), "x", "y", NOW)["From"] == TO[0]
