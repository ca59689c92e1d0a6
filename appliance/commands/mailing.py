"""Mail by the admin's own server: SMTP submission (RFC 6409) with a time limit, and failures that say what to do."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from appliance.alerts.wording import one_line
from appliance.settings.model import AlertSettings, MailTls
from appliance.vocabulary.clock import token

STEP_S = 20.0  # s for each answer of the server
WHOLE_S = 90.0  # s for all of it


class MailFailed(Exception):
    """It did not leave; the text says why and what to do, and never the password."""


class Mailer:
    """One message at a time. `trusted` makes the TLS context: the system's certificates."""

    def __init__(self, trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._trusted = trusted
        self._at_work = False

    async def send(self, alerts: AlertSettings, subject: str, text: str, now: datetime) -> None:
        """Returns when the server has taken it for every recipient. Raises MailFailed."""
        if self._at_work:
            raise MailFailed(f"{alerts.mail_host} still holds up the message before; try again in a minute")
        message = compose(alerts, subject, text, now)
        try:
            async with asyncio.timeout(WHOLE_S):
                await self._in_thread(lambda: _send(alerts, message, self._trusted))
        except TimeoutError:
            raise MailFailed(f"{alerts.mail_host} takes too long; try again, or take another mail server") from None

    async def _in_thread(self, work: Callable[[], None]) -> None:
        """In a thread that nobody waits for at the end of the process: a mute server must not hold that up."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def tell(problem: Exception | None) -> None:
            if over.done():
                return
            if problem is not None:
                over.set_exception(problem)
            else:
                over.set_result(None)

        def run() -> None:
            problem: Exception | None = None
            try:
                work()
            except Exception as error:
                problem = error
            self._at_work = False
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(tell, problem)
        self._at_work = True
        threading.Thread(target=run, name="mail", daemon=True).start()
        await over


def compose(alerts: AlertSettings, subject: str, text: str, now: datetime) -> EmailMessage:
    """RFC 5322. A subject that breaks lines cannot add headers: it becomes one line first."""
    message = EmailMessage()
    sender = alerts.mail_from or alerts.mail_to[0]
    message["From"] = sender
    message["To"] = ", ".join(alerts.mail_to)
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(idstring=token(8), domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    message.set_content(text)
    return message


def _send(alerts: AlertSettings, message: EmailMessage, trusted: Callable[[], ssl.SSLContext]) -> None:
    where = f"{alerts.mail_host}, port {alerts.mail_port}"
    try:
        with _open(alerts, trusted) as server:
            if alerts.mail_tls is MailTls.STARTTLS:
                server.starttls(context=trusted())
            if alerts.mail_user:
                server.login(alerts.mail_user, alerts.mail_password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
        raise MailFailed(_why(error, where).replace(alerts.mail_password or "\0", "***")) from None
    if refused:
        raise MailFailed(f"{where} took it, but not for {', '.join(sorted(refused))}; correct these addresses")


def _open(alerts: AlertSettings, trusted: Callable[[], ssl.SSLContext]) -> smtplib.SMTP:
    if alerts.mail_tls is MailTls.TLS:
        return smtplib.SMTP_SSL(alerts.mail_host, alerts.mail_port, timeout=STEP_S, context=trusted())
    return smtplib.SMTP(alerts.mail_host, alerts.mail_port, timeout=STEP_S)


def _why(error: Exception, where: str) -> str:
    """One sentence and its remedy; the first that fits, the special before the general."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError):
        error = error.__context__  # it did not hang up: it never spoke
    for kind, words in REASONS:
        if isinstance(error, kind):
            return words.format(where=where, said=_said(error))
    return f"{where}: {_said(error)}"


def _said(error: Exception) -> str:
    """The server's own words, or the system's, on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{address}: {_text(answer)}" for address, (_, answer) in error.recipients.items())[:300]
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return _text(getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error))


def _text(said: object) -> str:
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said), 200)


REASONS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "{where}: there is no such name; correct mail_host, or see whether the box has a network"),
    (ConnectionRefusedError, "{where}: nobody answers there; correct mail_port (587 for STARTTLS, 465 for TLS)"),
    (TimeoutError, "{where}: no answer; correct mail_host and mail_port, let the box out through the firewall, or "
                   'write mail_tls = "tls" if the port is 465'),
    (ssl.SSLCertVerificationError, "{where}: its certificate is not trusted ({said}); write the name that stands "
                                   "in the certificate as mail_host"),
    (ssl.SSLError, '{where}: it does not speak TLS at once ({said}); write mail_tls = "starttls" for port 587, "tls" '
                   "for port 465"),
    (smtplib.SMTPNotSupportedError, '{where}: {said}; write mail_tls = "tls" with port 465, or leave out user and '
                                    "password"),
    (smtplib.SMTPAuthenticationError, "{where} refuses user or password ({said}); correct mail_user and mail_password; "
                                      "many providers want a password made for programs"),
    (smtplib.SMTPSenderRefused, "{where} refuses the sender ({said}); write an address of yours as mail_from"),
    (smtplib.SMTPRecipientsRefused, "{where} refuses every recipient ({said}); correct mail_to"),
    (smtplib.SMTPServerDisconnected, '{where}: it hung up; write mail_tls = "tls" if the port is 465, else try again '
                                     "later"),
    (smtplib.SMTPDataError, "{where} refuses the message ({said}); ask whoever runs the mail server"),
    (OSError, "{where} cannot be reached ({said}); see whether the box has a network"),
)
