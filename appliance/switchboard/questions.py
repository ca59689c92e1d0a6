"""What a call asks of the pure rooms: which line rings back, where a number leads, whether a PIN is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from appliance.accounts.account import Account
from appliance.accounts.pin import check_pin
from appliance.calls.admission import No
from appliance.calls.events import CallbackLine, PinChecked, Quoted, Refused
from appliance.lines.line import Line
from appliance.routing.barring import barred
from appliance.routing.cheapest import CallbackRoute, LineOffer, rank, rank_callback, unusable
from appliance.routing.dialplan import Dialled, Emergency, ServiceCode, Unreadable, read_keyed
from appliance.routing.emergency import emergency_of
from appliance.routing.route import Rate, Route, RouteTable
from appliance.settings.model import RingBack
from appliance.store.journal import Journal
from appliance.switchboard.active import ActiveCall
from appliance.switchboard.money import Till
from appliance.switchboard.office import Office, offers
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Destination, Extension, Number

REDIAL = "*0"


class Questions:
    """Answers with events. Reads lines and journal; changes only lock-outs and the dialogue's hold."""

    def __init__(
        self, lines: Mapping[str, Line], journal: Journal, clock: Clock, till: Till, office: Callable[[], Office]
    ) -> None:
        self._lines, self._journal, self._clock, self._till, self._office = lines, journal, clock, till, office

    def callback_line(self, call: ActiveCall, avoid: str = "") -> CallbackLine:
        """The line that was rung while it has a free channel, or the cheapest by its policy; the dialogue is held.
        The line `avoid` carries nothing this time."""
        office = self._office()
        known = tuple(replace(offer, usable=False, why="it just failed") if offer.line == avoid else offer
                      for offer in offers(office, self._lines))
        if sum(offer.free for offer in known if offer.has_audio and offer.usable) < 2:
            return CallbackLine(None, why="a call needs two free channels in the box", retry=True)
        route, why = self._choose(call, known, office)
        if route is None:
            return CallbackLine(None, why=why, retry=True)
        held, rate = self._till.hold_callback(call, route.rate, office, self._clock.now())
        if not held:
            return CallbackLine(None, why="the account's limit is reached", reason=No.NO_MONEY)
        return CallbackLine(route.line, rate, dialled=route.dialled)

    def _choose(
        self, call: ActiveCall, known: tuple[LineOffer, ...], office: Office
    ) -> tuple[CallbackRoute | None, str]:
        rung = next((offer for offer in known if offer.line == call.line), None)
        setting = office.line(call.line)
        if call.only and (why := unusable(rung) if rung else "is not there"):
            return None, f"{call.line}: {why}"
        if rung and (call.only or (setting and setting.ring_back is RingBack.SAME and not unusable(rung))):
            return self._by(rung, call, office), ""
        likely = self._likely(call, office)
        ranked = self._ranked(call, known, office, lambda line: self._other_leg(line, known, likely, office))
        if ranked:
            return ranked[0], ""
        free = next((offer for offer in known if not unusable(offer)), None)
        return (self._by(free, call, office) if free else None), "no line can ring back: " + "; ".join(
            f"{offer.line}: {unusable(offer)}" for offer in known)

    def _by(self, offer: LineOffer, call: ActiveCall, office: Office) -> CallbackRoute:
        """The cheapest way over this line; one without a price where its tariff has no row."""
        ranked = self._ranked(call, (offer,), office, lambda line: office.zero)
        return ranked[0] if ranked else CallbackRoute(offer.line, None, office.zero, "")

    def _ranked(
        self, call: ActiveCall, offers: tuple[LineOffer, ...], office: Office, b_price: Callable[[str], Money | None]
    ) -> tuple[CallbackRoute, ...]:
        site = office.settings.site
        return rank_callback(Number(call.number), offers, site.expected_call_s, self._clock.now(), b_price,
                             self._till.bundles(office), site.country)

    def _other_leg(
        self, line: str, known: tuple[LineOffer, ...], likely: Number | None, office: Office
    ) -> Money | None:
        """What a B-leg would cost while the A-leg takes a channel of `line`; None when no channel is left for it."""
        left = [replace(offer, free=offer.free - 1) if offer.line == line else offer for offer in known]
        if not any(offer.has_audio and offer.free > 0 for offer in left):
            return None
        if likely is None:
            return office.zero  # nobody knows where: the A-leg decides
        site = office.settings.site
        routes = rank(likely, left, site.expected_call_s, self._clock.now(), bundles=self._till.bundles(office),
                      country=site.country).routes
        return routes[0].price if routes else office.zero

    def _likely(self, call: ActiveCall, office: Office) -> Number | None:
        """Where the B-leg will most likely go: what was asked for, else what this account called last."""
        request = getattr(call.state, "request", None)
        keyed = (request.destination if request else "") or self._journal.last_number(call.account.name) or ""
        read = read_keyed(keyed, office.settings.site.country) if keyed else None
        return read.number if isinstance(read, Dialled) else None

    def quote(self, call: ActiveCall, keyed: str) -> Quoted | Refused:
        """Dial plan, then barring, then the lines by the price of this whole call."""
        office = self._office()
        number = self.reads(call.account, keyed)
        if isinstance(number, Refused):
            return number
        if isinstance(number, Extension):
            return self._inside(call, number, office)
        site, read = office.settings.site, read_keyed(keyed, office.settings.site.country)
        table = rank(number, offers(office, self._lines), site.expected_call_s, self._clock.now(),
                     bundles=self._till.bundles(office), country=site.country,
                     carrier=read.carrier if isinstance(read, Dialled) else "")
        if not table.routes:
            why = "; ".join(f"{other.line}: {other.reason}" for other in table.others)
            return Refused("no_line", f"no line can carry {number}: {why}")
        call.table = table
        return Quoted(number, table.routes)

    def _inside(self, call: ActiveCall, extension: Extension, office: Office) -> Quoted | Refused:
        """One line leads there, and it costs nothing."""
        name = next(each.line for each in office.settings.site.extensions if each.number == extension.digits)
        offer = next((offer for offer in offers(office, self._lines) if offer.line == name), None)
        if offer is None or not offer.usable or not offer.free:
            why = "is not there" if offer is None else offer.why or "has no free channel"
            return Refused("no_line", f"{extension}: line {name} {why}")
        free = Rate("", office.zero, office.zero)
        route = Route(name, extension, free, office.zero, f"{extension} on {name}")
        call.table = RouteTable(extension, office.settings.site.expected_call_s, (route,))
        return Quoted(extension, (route,))

    def reads(self, account: Account, keyed: str) -> Destination | Refused:
        """Dial plan, then barring: the number or extension that the account means, and may call."""
        office = self._office()
        if keyed == REDIAL:
            keyed = self._journal.last_number(account.name) or ""
            if not keyed:
                return Refused("not_a_number", "redial, but nothing was called yet")
        if extension := office.extension(keyed):
            return extension
        read = read_keyed(keyed, office.settings.site.country)
        if isinstance(read, Emergency):
            return Refused("emergency", f"{read.digits} is an emergency number", (("digits", read.digits),))
        if isinstance(read, ServiceCode):
            return Refused("not_a_number", f"{read.code} is no service code of this box")
        if isinstance(read, Unreadable):
            return Refused("not_a_number", read.why)
        site = office.settings.site
        bar = barred(read.number, deny=site.deny, allow=site.allow, account_deny=account.deny,
                     account_allow=account.allow, own_numbers=office.own_numbers)
        if bar:
            digits = emergency_of(read.number)  # in the form of a long number: the box says what to do all the same
            return Refused("emergency", bar.text, (("digits", digits),)) if digits else Refused("barred", bar.text)
        return read.number

    def check_pin(self, call: ActiveCall, digits: str) -> PinChecked:
        """Wrong PINs count per caller, across calls."""
        seen, now = self._journal.happenings, self._clock.now()
        state = seen.lockout(call.number)
        if state.locked(now):
            return PinChecked(False, locked=True)
        ok = check_pin(digits, call.account.pin_hash)
        state = state.succeeded() if ok else state.failed(now)
        seen.put_lockout(call.number, state)
        return PinChecked(ok, locked=state.locked(now))
