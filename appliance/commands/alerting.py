"""Tells people of the box's troubles by mail and SMS: looks every half minute, keeps what could not be told yet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from appliance.alerts import wording
from appliance.alerts.trouble import News, Trouble
from appliance.alerts.watching import Watch, look
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.finding import Finding
from appliance.commands.mailing import Mailer, MailFailed
from appliance.commands.queries import stamp
from appliance.settings.model import AlertSettings, Settings
from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.number import Number

log = logging.getLogger("ringback.alerts")
EVERY_S = 30.0  # s between two looks
AGAIN_S = (60.0, 300.0, 900.0, 3600.0)  # s until a mail that failed is tried again
MAILS_AN_HOUR = 6  # more news wait, and share a mail
KEEP, KEPT = timedelta(days=1), 200  # how long, and how many, news wait
NO_LINE = "no line can send now"  # the post's word; the only reason to try an SMS again


class Alerting:
    """`findings`: what is wrong now; `sms(number, text)` is "" or why not; `tell` is for the story; `language(code)`
    translates what people are told."""

    def __init__(
        self, settings: Callable[[], Settings], findings: Callable[[], Sequence[Finding]], journal: Journal,
        clock: Clock, zone: Callable[[], tzinfo], sms: Callable[[Number, str], str], tell: Callable[[str], None],
        language: Callable[[str], wording.Say], mailer: Mailer | None = None,
    ) -> None:
        self._settings, self._findings, self._kept, self._clock, self._zone = (
            settings, findings, journal.alerts, clock, zone)
        self._sms, self._tell, self._language, self._mailer = sms, tell, language, mailer or Mailer()
        self._watch = self._kept.watch()
        self._mails, self._texts = self._kept.pending()
        self._failed = 0  # tries in a row
        self._next = 0.0  # monotonic s, when mail may be tried
        self._sent: list[float] = []  # monotonic s of the mails of the last hour
        self._last: dict[str, Any] | None = None

    def handlers(self) -> dict[str, Handler]:
        return {"alert_test": self._test, "alert_state": self._state}

    async def run(self) -> None:
        """For ever: what goes wrong in here must not end the gateway."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("alerts")
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """One look, and whatever is to be told."""
        alerts, now = self._settings().site.alerts, self._clock.now()
        if not alerts.by_mail and not alerts.sms_to:
            self._put(Watch(), [], [])
            return
        found = [_trouble(each) for each in self._findings() if each.topic in alerts.topics]
        watch, news = look(self._watch, found, now, timedelta(minutes=alerts.after_min))
        for each in news:
            self._tell(f"alert, {each.kind}: {wording.one_line(each.trouble.what)}")
        mails = _fresh([*self._mails, *news], now) if alerts.by_mail else []
        texts = _fresh([*self._texts, *news], now) if alerts.sms_to else []
        self._put(watch, mails, texts)
        self._text(alerts)
        await self._mail(alerts)

    def _put(self, watch: Watch, mails: list[News], texts: list[News]) -> None:
        before = self._watch, self._mails, self._texts
        self._watch, self._mails, self._texts = watch, mails, texts
        if before != (watch, mails, texts):
            try:
                self._kept.put(watch, mails, texts)
            except StoreError as error:
                self._tell(f"what was told of alerts cannot be kept: {error}")

    def _text(self, alerts: AlertSettings) -> None:
        if not self._texts:
            return
        text = wording.sms(self._texts, self._language(self._settings().site.language))
        why = [self._sms(number, text) for number in alerts.sms_to]
        for number, each in zip(alerts.sms_to, why, strict=True):
            if each and each != NO_LINE:
                self._tell(f"no SMS (alert) to {number}: {each}")
        if set(why) != {NO_LINE}:
            self._put(self._watch, self._mails, [])

    async def _mail(self, alerts: AlertSettings) -> None:
        monotonic = self._clock.monotonic()
        self._sent = [at for at in self._sent if at > monotonic - 3600]
        if not self._mails or monotonic < self._next or len(self._sent) >= MAILS_AN_HOUR:
            return
        say, told = self._language(self._settings().site.language), list(self._mails)
        try:
            await self._deliver(alerts, wording.subject(told, say), wording.body(told, say, self._zone()))
        except MailFailed as failed:
            wait_s = AGAIN_S[min(self._failed, len(AGAIN_S) - 1)]
            self._failed, self._next = self._failed + 1, self._clock.monotonic() + wait_s
            self._tell(f"an alert could not be mailed: {failed}; tried again in {wait_s / 60:.0f} min")
            return
        self._failed, self._next = 0, 0.0
        self._sent.append(self._clock.monotonic())
        self._put(self._watch, [each for each in self._mails if each not in told], self._texts)

    async def _deliver(self, alerts: AlertSettings, subject: str, body: str) -> None:
        now, why = self._clock.now(), ""
        try:
            await self._mailer.send(alerts, subject, body, now)
        except MailFailed as failed:
            why = str(failed)
            raise
        finally:
            self._last = {"at": stamp(now, self._zone()), "why": why}

    async def _test(self, params: dict[str, Any]) -> Any:
        """{"told": [who], "failed": [sentence]}: a test by every way that is set up."""
        site = self._settings().site
        alerts, (subject, body) = site.alerts, wording.test_message(self._language(site.language))
        if not alerts.by_mail and not alerts.sms_to:
            raise ApiError("nobody is to be told: write mail_to and mail_host, or sms_to, and save them first")
        told: list[str] = []
        failed: list[str] = []
        if alerts.by_mail:
            try:
                await self._deliver(alerts, f"Ringback: {subject}", body)
                told += alerts.mail_to
                self._failed, self._next = 0, 0.0
            except MailFailed as error:
                failed.append(str(error))
        for number in alerts.sms_to:
            if why := self._sms(number, f"Ringback: {subject}. {body.strip()}"):
                failed.append(f"no SMS to {number}: {why}")
            else:
                told.append(number.e164)
        return {"told": told, "failed": failed}

    async def _state(self, params: dict[str, Any]) -> Any:
        """Whether a password is kept (never which), what is known to be wrong, what waits, how the last mail went."""
        return {
            "has_password": bool(self._settings().site.alerts.mail_password), "last": self._last,
            "waiting": len(self._mails), "troubles": [
                each.trouble.what for each in self._watch.known.values() if each.told and each.gone is None],
        }


def _trouble(finding: Finding) -> Trouble:
    return Trouble(finding.subject, finding.what, finding.remedy, finding.passing)


def _fresh(news: list[News], now: datetime) -> list[News]:
    """Without what is too old to be of use; the newest when there are too many."""
    return [each for each in news if each.at > now - KEEP][-KEPT:]
