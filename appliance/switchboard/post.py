"""Text messages: those that come are kept, and obeyed; what the box writes is written down, limited and sent."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from appliance.accounts.account import Account
from appliance.calls.admission import Declined, No
from appliance.lines.line import Line, MessageFate, MessageReceived, MessageReport
from appliance.messages.commands import STALE, Command, Wish, read_command
from appliance.messages.limits import Ceilings, alert_held_back, held_back
from appliance.messages.message import Arrived, Fate, Part, Place, Purpose, Received, Sent
from appliance.messages.texts import REASONS, written
from appliance.routing.dialplan import normalise_caller
from appliance.routing.textable import takes_texts
from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.switchboard.money import Till
from appliance.switchboard.office import Office, usable
from appliance.switchboard.story import Story
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.number import Number

DAY = timedelta(days=1)
LOOK_S = 600.0  # s between looks at long messages that wait for parts
SHORT = 6  # digits of an operator's short number, which is nobody's telephone number
EARLY = 50  # reports that came before the line said that the message is sent
HIDDEN = "********"  # in the place of a code, where a message of ours is kept
SHOWN = 60  # characters of a message that the story tells
Texted = Callable[[Account, Number, str, str], tuple[str, Declined | None]]


class Post:
    """`texted(account, number, line, destination)` asks for a callback: the call's id, or why there is none."""

    def __init__(
        self, lines: Mapping[str, Line], journal: Journal, clock: Clock, story: Story, till: Till,
        office: Callable[[], Office], texted: Texted, fail: Callable[[Exception], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._lines, self._journal, self._clock, self._story, self._till = lines, journal, clock, story, till
        self._office, self._texted, self._fail, self._loop = office, texted, fail, loop
        self._early: deque[MessageReport] = deque(maxlen=EARLY)
        self._look: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """At the start: what the last life left."""
        for message in self._journal.outbox.orphans():
            self._tell(message)
        self._watch()

    # In

    def received(self, event: MessageReceived) -> None:
        """Kept first: only then may the modem forget it. Then what it asks for is done, once."""
        now, office = self._clock.now(), self._office()
        number = None if event.name or len(event.sender.digits) <= SHORT else normalise_caller(
            event.sender.digits, event.sender.type, office.settings.site.country)
        account = office.directory.by_number(number) if number else None
        part = Part(event.part.reference, event.part.total, event.part.number) if event.part else None
        with self._journal.together():
            message = self._journal.inbox.take(Arrived(
                event.line, number.e164 if number else event.sender.digits or event.name,
                account.name if account else "", event.text, event.sent, part, event.raw, event.fault), now)
            command = self._command(message, account, number, office, now) if message else None
            if message and command:
                self._journal.inbox.put(message.id, Place.COMMAND, command.wish)
        event.kept()
        if message is None:
            return
        self._told(message, command)
        if command and account and number:
            self._obey(message, command, account, number)
        self._watch()

    def _command(
        self, message: Received, account: Account | None, number: Number | None, office: Office, now: datetime
    ) -> Command | None:
        """Of known accounts only: whoever else writes gets no answer, ever."""
        if account is None or number in office.own_numbers or message.place is not Place.INBOX:
            return None
        command = read_command(message.text, office.settings.site.country)
        if command and message.sent and now - message.sent > STALE:
            self._story.box(f"SMS of {message.sender} was on its way for too long: nothing is done", room="sms")
            return None
        return command

    def _told(self, message: Received, command: Command | None) -> None:
        """A command is told as it is; what people write is nobody's business but the inbox's."""
        who = message.sender + (f", {message.account}" if message.account else "")
        what = {Place.UNREADABLE: f"kept as octets: {message.why}", Place.WAITING: "kept; parts of it are missing yet"}
        text = repr(message.text[:SHOWN]) if command else what.get(message.place, "kept in the inbox")
        self._story.box(f"SMS on {message.line} from {who or 'nobody'}: {text}", room="sms")

    def _obey(self, message: Received, command: Command, account: Account, number: Number) -> None:
        if command.wish is Wish.CALL:
            return self._call(message, command, account, number)
        if not account.enabled:
            return self.refused(account, number, message.line, No.DISABLED)
        if command.wish is Wish.HELP:
            return self._answer("help", account, number, message.line)
        office, now = self._office(), self._clock.now()
        spent, free = self._journal.spent(account.name, office.midnight(now)), self._till.free(account, office, now)
        if free is None:
            return self._answer("no_limit", account, number, message.line, spent=spent)
        left = free - self._journal.held(account.name)  # a call that runs has its share
        return self._answer("balance", account, number, message.line, spent=spent, left=left)

    def _call(self, message: Received, command: Command, account: Account, number: Number) -> None:
        call, declined = self._texted(account, number, message.line, command.destination)
        done = f"no callback: {declined.text}" if declined else f"call {call}"
        self._journal.inbox.put(message.id, Place.COMMAND, done)
        if declined:
            self._story.box(done, room="sms")
            self.refused(account, number, message.line, declined.reason, about=command.destination)
        else:
            wanted = f"to be connected to {command.destination}" if command.destination else "to be rung back"
            self._story.about(call, f"{message.sender} asks by SMS on {message.line} {wanted}", room="trigger")

    def _watch(self) -> None:
        if self._look is None and self._journal.inbox.waiting():
            self._look = self._loop.call_later(LOOK_S, self._give_up)

    def _give_up(self) -> None:
        self._look = None
        try:
            for message in self._journal.inbox.give_up(self._clock.now()):
                self._story.box(f"SMS from {message.sender}: parts of it never came; it is shown as it is", room="sms")
            self._watch()
        except StoreError as error:
            self._fail(error)

    # Out

    def refused(
        self, account: Account, number: Number, line: str, reason: No, *, call: str = "", about: str = ""
    ) -> None:
        """Tells why no callback comes. A wish that is fulfilled already needs no reason."""
        if reason in REASONS and takes_texts(number):
            self._write(Purpose.REASON, reason, account, number, line, call, about=about)

    def _answer(self, key: str, account: Account, number: Number, line: str, **values: object) -> None:
        self._write(Purpose.ANSWER, key, account, number, line, "", **values)

    def code(self, key: str, account: Account, number: Number, code: str) -> str:
        """A one-time code: it stands in the message only, neither in the outbox nor in a story. Why it is not sent,
        or ""."""
        return self._write(Purpose.CODE, key, account, number, "", "", code=code)

    def _write(
        self, purpose: Purpose, key: str, account: Account, number: Number, line: str, call: str, **values: object
    ) -> str:
        office, now = self._office(), self._clock.now()
        site = office.settings.site
        ceilings = Ceilings(site.sms_answers_per_day, site.sms_box_per_day, site.sms_reasons, site.sms_codes_per_day)
        why = held_back(purpose, account.name, self._journal.outbox.since(now - DAY), ceilings, now)
        if not why and not (line := self._way(line)):
            why = "no line can send now"
        if not why and purpose is Purpose.CODE and not takes_texts(number):
            why = "a landline takes no texts"
        if why:
            self._story.box(f"no SMS ({key}) to {number}: {why}", room="sms")
            return why
        text = written(key, office.language(account), account=account.name, **values)
        kept = written(key, office.language(account), account=account.name, **{**values, "code": HIDDEN})
        self._hand_over(purpose, account.name, number.e164, text, line, call, kept)
        return ""

    def send(self, number: str, text: str, line: str = "") -> Sent | str:
        """An admin's message, which no limit holds back. A text says why it is not sent."""
        chosen = self._way(line)
        if not chosen or (line and chosen != line):
            return f"line {line} cannot send now" if line else "no line can send now"
        return self._hand_over(Purpose.ADMIN, "", number, text, chosen, "")

    def alert(self, number: Number, text: str) -> str:
        """Tells somebody that something is wrong with the box. "" when it is on its way, else why not."""
        now, per_day = self._clock.now(), self._office().settings.site.alerts.sms_per_day
        why = alert_held_back(self._journal.outbox.since(now - DAY), per_day, now)
        if not why and not (line := self._way("")):
            why = "no line can send now"
        if why:
            return why
        self._hand_over(Purpose.ALERT, "", number.e164, text, line, "")
        return ""

    def _way(self, wanted: str) -> str:
        """The line that was written to, so that the answer comes from the number people know; else any that works."""
        office = self._office()
        names = [name for name in (wanted, *self._lines) if (setting := office.line(name))
                 and (line := self._lines.get(name)) and line.has_messages and usable(setting, line)[0]]
        return names[0] if names else ""

    def _hand_over(
        self, purpose: Purpose, account: str, number: str, text: str, line: str, call: str, kept: str = ""
    ) -> Sent:
        """On the disk before it leaves: what a power cut interrupts is never sent a second time. `kept`: what is
        written down of it, where that is not all."""
        with self._journal.together():
            message = self._journal.outbox.add(self._clock.now(), account=account, number=number, text=kept or text,
                                               line=line, purpose=purpose, call=call)
            self._journal.when_durable(lambda: self._lines[line].send_message(str(message.id), number, text))
        self._tell(message)
        return message

    def reported(self, event: MessageReport) -> None:
        """What became of one of ours, as the line or the network tells."""
        if not event.message:
            self._network_reported(event)
            return event.kept()
        fate = Fate(event.fate)
        message = self._journal.outbox.over(int(event.message), fate, event.why, event.references)
        event.kept()
        if message:
            self._tell(message)
        if fate is not Fate.FAILED:
            early, self._early = self._early, deque(maxlen=EARLY)
            for report in early:
                self._network_reported(report)
        return None

    def _network_reported(self, event: MessageReport) -> None:
        fate = Fate.DELIVERED if event.fate is MessageFate.DELIVERED else Fate.UNDELIVERED
        done = [self._journal.outbox.reported(event.line, event.number, reference, fate, self._clock.now())
                for reference in event.references]
        for message in filter(None, done):
            self._tell(message)
        if not any(done) and self._journal.outbox.queued(event.line):
            self._early.append(event)

    def _tell(self, message: Sent) -> None:
        why = f", {message.why}" if message.why else ""
        text = f"SMS to {message.number} on {message.line}: {message.fate}{why}"
        self._story.about(message.call, text, room="sms")
