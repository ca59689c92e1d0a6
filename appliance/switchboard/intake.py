"""From a ring to a request: who is calling, and do the brakes let it through?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from appliance.accounts.account import Account, Verify
from appliance.calls.admission import Ceilings, Declined, No, Ring, asked_of, judge
from appliance.calls.events import Refused, RingOver
from appliance.calls.request import Kind, Policy, Request
from appliance.calls.states import Over, RingGoesOn
from appliance.lines.line import CallerId, Line, Presentation, Rang, RingEnded, Screening, StillRinging
from appliance.routing.dialplan import normalise_caller
from appliance.settings.model import IsdnSide, LineSettings, TriggerPolicy
from appliance.store.journal import Journal
from appliance.switchboard.active import ActiveCall
from appliance.switchboard.office import Office, carries, free_channels
from appliance.switchboard.story import Story
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.number import Destination, Number

CALL_THROUGH_RINGS = 3  # rings, about 10 s: hang up before = callback, keep ringing = call-through (2N)

UNSURE = (Screening.NONE, Screening.FAILED)
ASKED = {Verify.NONE: "nothing", Verify.KEY: "a key", Verify.PIN: "the PIN"}


class Intake:
    """Judges rings. Rejects or lets ring by the line's policy; answers only a known account on a call-through line."""

    def __init__(
        self, lines: Mapping[str, Line], calls: Mapping[str, ActiveCall], journal: Journal, clock: Clock, story: Story,
        office: Callable[[], Office], start: Callable[[ActiveCall, Request], None],
        post: Callable[[ActiveCall, RingOver], None], reads: Callable[[Account, str], Destination | Refused],
        refused: Callable[[Account, Number, str, No], None],
    ) -> None:
        """`reads` says what a number leads to; `refused` tells a known account why no callback comes."""
        self._lines, self._calls, self._journal, self._clock = lines, calls, journal, clock
        self._story, self._office, self._start, self._post = story, office, start, post
        self._reads, self._refused = reads, refused
        self._patient: dict[str, tuple[ActiveCall, Request]] = {}  # rings on call-through lines, not decided yet

    def rang(self, event: Rang) -> None:
        office = self._office()
        line = office.line(event.line)
        if line is None:
            return
        if line.side is IsdnSide.NT:
            self._from_inside(event, office)
            return
        caller = self._caller(event.caller, office)
        account = office.directory.by_number(caller) if caller else None
        doubt = ", a number that nobody vouches for" if event.caller.screening in UNSURE else ""
        self._story.box(f"{event.line} rings: {self._name(event.caller, caller, account)}{doubt}", room="trigger")
        declined = self.judge(caller, event.caller.presentation is not Presentation.SHOWN, account,
                              rings=carries(office, self._lines, event.line))
        if declined:
            self._decline(event, line, caller, declined)
            if account and caller:
                self._refused(account, caller, event.line, declined.reason)
            return
        assert caller is not None
        assert account is not None
        self._accept(event, line, caller, account)

    def _from_inside(self, event: Rang, office: Office) -> None:
        """A phone behind the box dials out: the account its extension belongs to pays, and no brake is needed."""
        extension = office.inside(event.line, event.caller.digits)
        account = office.directory.by_name(extension.account) if extension else None
        who = f"extension {extension.number}, {extension.account}" if extension else event.caller.digits or "a phone"
        self._story.box(f"{event.line}: {who} dials {event.called[:24] or 'nothing yet'}", room="trigger")
        if extension is None or account is None or not account.enabled:
            why = "no [[extension]] has this number" if extension is None else "its account is not enabled"
            self._story.box(f"{event.line}: not connected, {why}", room="trigger")
            return self._lines[event.line].reject(event.ring)
        with self._journal.together():
            call, request = self._new(account, "", event.caller, event.line, event.ring, Kind.CALL_THROUGH,
                                      event.called)
        return self._start(call, replace(request, verify=Verify.NONE))

    def judge(
        self, caller: Number | None, withheld: bool, account: Account | None, rings: int = 0
    ) -> Declined | None:
        """The brakes, with what is true now. `rings`: 1 for a ring, whose channel is free again before it is needed."""
        now, office = self._clock.now(), self._office()
        brakes = office.settings.site.brakes
        seen = self._journal.happenings
        return judge(
            Ring(
                caller=caller, withheld=withheld, account=account, own_numbers=office.own_numbers,
                pending=frozenset(call.number for call in self._calls.values()),
                accepted=seen.accepted_since(now - timedelta(days=1)),
                locked=bool(caller and seen.lockout(caller.e164).locked(now)),
                channels=free_channels(office, self._lines) + rings, now=now,
            ),
            Ceilings(brakes.repeat_window_s, brakes.caller_per_hour, brakes.caller_per_day, brakes.box_per_hour),
        )

    def still_ringing(self, event: StillRinging) -> None:
        """A patient caller on a call-through line is answered."""
        if event.rings >= CALL_THROUGH_RINGS and (waiting := self._patient.pop(event.ring, None)):
            call, request = waiting
            self._start(call, request)

    def ring_ended(self, event: RingEnded) -> None:
        """The caller of a call-through line hung up early: that is a callback request like any other."""
        if waiting := self._patient.pop(event.ring, None):
            call, request = waiting
            self._start(call, self._trusted(replace(request, kind=Kind.MISSED_CALL), call.account, call.caller))
            self._post(call, RingOver())

    def request(self, account: Account, destination: str = "", line: str = "") -> tuple[str, str]:
        """A request from page, API or command line: (call id, "") or ("", why not). `line`: the one that is tested."""
        if not account.numbers:
            return "", f'account "{account.name}" has no number to ring'
        declined = self.judge(account.numbers[0], False, account)
        if declined:
            return "", declined.text
        with self._journal.together():
            call, request = self._new(account, account.numbers[0].e164, CallerId(), line, "", Kind.ASKED, destination)
            call.only = bool(line)
            self._journal.happenings.note_trigger(self._clock.now(), call.number, line, "accepted")
        self._start(call, request)
        return call.call, ""

    def texted(self, account: Account, number: Number, line: str, destination: str) -> tuple[str, Declined | None]:
        """A request by SMS: the call's id, or why there is none. What must not be dialled is refused here already,
        because it would cost a callback to say so."""
        declined = self.judge(number, False, account) or self._leads_nowhere(account, destination)
        with self._journal.together():
            self._journal.happenings.note_trigger(self._clock.now(), number.e164, line,
                                                  declined.reason if declined else "accepted")
            if declined:
                return "", declined
            call, request = self._new(account, number.e164, CallerId(), line, "", Kind.TEXTED, destination)
        self._start(call, request)
        return call.call, None

    def _leads_nowhere(self, account: Account, destination: str) -> Declined | None:
        read = self._reads(account, destination) if destination else None
        if not isinstance(read, Refused):
            return None
        return Declined(No.EMERGENCY if read.message == "emergency" else No.BARRED, read.why)

    def policy(self) -> Policy:
        site = self._office().settings.site
        return Policy(rest_s=site.callback_rest, ring_s=float(site.ring_s), tries=site.callback_tries,
                      retry_s=float(site.retry_s))

    def _accept(self, event: Rang, line: LineSettings, caller: Number, account: Account) -> None:
        wanted = Kind.CALL_THROUGH if line.trigger is TriggerPolicy.CALL_THROUGH else Kind.MISSED_CALL
        with self._journal.together():
            call, request = self._new(account, caller.e164, event.caller, event.line, event.ring, wanted, "")
            self._journal.happenings.note_trigger(self._clock.now(), caller.e164, event.line, "accepted")
        request = self._trusted(request, account, event.caller)
        if request.kind is not wanted:
            self._story.box(f"{event.line}: not answered but rung back, because nobody vouches for the number and its "
                            "account has no PIN", room="trigger")
        elif request.verify is not account.verify:
            self._story.box(f"{event.line}: nobody vouches for the number, so {ASKED[request.verify]} is asked for",
                            room="trigger")
        if request.kind is Kind.CALL_THROUGH:
            self._patient[event.ring] = (call, request)
            return
        self._start(call, request)
        if line.trigger is TriggerPolicy.REJECT:
            self._lines[event.line].reject(event.ring)

    def _decline(self, event: Rang, line: LineSettings, caller: Number | None, declined: Declined) -> None:
        self._story.box(f"no callback: {declined.text}", room="trigger")
        who = caller.e164 if caller else "unknown"
        self._journal.happenings.note_trigger(self._clock.now(), who, event.line, declined.reason)
        if line.trigger is TriggerPolicy.REJECT:
            self._lines[event.line].reject(event.ring)

    def _new(
        self, account: Account, number: str, caller: CallerId, line: str, ring: str, kind: Kind, destination: str
    ) -> tuple[ActiveCall, Request]:
        name = self._journal.next_call()
        request = Request(
            call=name, number=number, rung_line=line, kind=kind, verify=account.verify,
            max_call_s=account.max_call_s, destination=destination, hash_hash=account.hash_hash,
            ringing=bool(ring), policy=self.policy(),
        )
        call = ActiveCall(
            call=name, account=account, number=number, line=line, ring=ring, caller=caller,
            began=self._clock.now(), state=RingGoesOn(request) if ring else Over(request, ""),
        )
        return call, request

    @staticmethod
    def _trusted(request: Request, account: Account, caller: CallerId) -> Request:
        """As far as somebody vouches for the caller's number."""
        kind, verify = asked_of(request.kind, account.verify, vouched=caller.screening not in UNSURE,
                                has_pin=bool(account.pin_hash))
        return replace(request, kind=kind, verify=verify)

    def _caller(self, caller: CallerId, office: Office) -> Number | None:
        if caller.presentation is not Presentation.SHOWN:
            return None
        return normalise_caller(caller.digits, caller.type, office.settings.site.country)

    @staticmethod
    def _name(caller: CallerId, number: Number | None, account: Account | None) -> str:
        if number is None:
            return f"caller {caller.presentation}" if not caller.digits else f"caller {caller.digits[:20]!r}"
        return f"{number}, {account.name}" if account else str(number)
