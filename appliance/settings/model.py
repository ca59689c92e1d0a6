"""The settings of a box. Every key of the site file has its field here, with unit and default."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.accounts.account import Account
from appliance.routing.bundle import Bundle
from appliance.routing.hours import Calendar
from appliance.routing.route import Rate
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number


class TriggerPolicy(StrEnum):
    """What a line does with an incoming call. Only call-through ever answers, and only a known account."""

    REJECT = "reject"
    RING = "ring"
    CALL_THROUGH = "call-through"


class RingBack(StrEnum):
    """Which line rings back: the one that was rung (people recognise its number), or the cheapest."""

    SAME = "same"
    CHEAPEST = "cheapest"


class IsdnLayout(StrEnum):
    """What is at the other end of an ISDN port: an exchange for one box, a bus, or a primary rate with 30 channels."""

    PTP = "ptp"
    PTMP = "ptmp"
    PRI = "pri"


class IsdnSide(StrEnum):
    """Terminal at an exchange, or the exchange for a phone or PBX behind the box."""

    TE = "te"
    NT = "nt"


class Digits(StrEnum):
    """How the subscriber's keys reach the destination over a line: as clean tones in the voice, sent by the modem
    (AT+VTS), or as they come."""

    IN_BAND = "in-band"
    VTS = "vts"
    PASS = "pass"


@dataclass(frozen=True, slots=True)
class LineSettings:
    name: str
    kind: str = "gsm"
    at: str = ""
    audio: str = ""
    dialect: str = "auto"
    number: Number | None = None
    sim_pin: str = ""
    trigger: TriggerPolicy = TriggerPolicy.RING
    ring_back: RingBack = RingBack.SAME
    tariff: str = ""  # the CSV file's name, as the site file gave it
    rates: tuple[Rate, ...] = ()  # that file's rows
    sim: str = ""  # the SIM that number and tariff belong to; learned at the first start
    roaming: bool = False  # outgoing calls abroad
    balance_code: str = ""  # the operator's service code for the SIM's balance
    balance_pattern: str = ""  # finds the amount in the answer: its first group; "" = as its operator words it
    balance_below: Money | None = None  # a balance below it is told by check
    isdn: IsdnLayout = IsdnLayout.PTMP
    side: IsdnSide = IsdnSide.TE
    msns: tuple[str, ...] = ()  # called numbers that are ours, as the exchange sends them; none: all are
    ddi_digits: int = 0  # digits that the exchange sends one by one; 0: until no more come
    clir: bool = False  # our number is not shown
    overlap: bool = False  # an old exchange that wants the number digit by digit
    digits: Digits = Digits.IN_BAND
    gain_in: int = 0  # dB
    gain_out: int = 0  # dB
    echo_canceller: bool = False  # of what far analog telephones give back
    power: tuple[str, ...] = ("usb-reset", "usb-cycle")  # how its modem is woken from outside, the weaker way first
    enabled: bool = True

    @property
    def has_audio(self) -> bool:
        """An ISDN port carries its own voices."""
        return bool(self.audio) or self.kind == "isdn"

    @property
    def channels(self) -> int:
        """Legs at once: a modem's one, a basic rate's two, a primary rate's thirty."""
        return 1 if self.kind != "isdn" else 30 if self.isdn is IsdnLayout.PRI else 2


@dataclass(frozen=True, slots=True)
class Brakes:
    """Ceilings that keep a flood of rings, or a forger of caller ids, from spending money."""

    repeat_window_s: int = 60
    caller_per_hour: int = 20
    caller_per_day: int = 100
    box_per_hour: int = 120


@dataclass(frozen=True, slots=True)
class ExtensionSettings:
    """A phone behind the box: `number` as people key it, on an ISDN line with side "nt", for one account."""

    number: str
    line: str
    account: str
    msn: str = ""  # what the phone is called by; "" = number

    @property
    def called(self) -> str:
        return self.msn or self.number

    def __str__(self) -> str:
        return f"{self.number} ({self.line}, {self.account})"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the page is served. Its process reads this when it starts."""

    address: str = ""  # IP address to listen on; "" = all
    port: int = 8443  # TCP, TLS only
    names: tuple[str, ...] = ()  # host names that the page answers to, besides the machine's own and IP addresses
    certificate: str = ""  # PEM file; "" = the box's own, made at its first start
    key: str = ""  # PEM file of the certificate's private key


class MailTls(StrEnum):
    """How the mail server is spoken to: plain first, then STARTTLS (port 587); TLS at once (465); or in the clear."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


TOPICS = ("lines", "money", "box", "settings")  # what alerts can be about


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who is told when something is wrong with the box, and by which mail server."""

    mail_to: tuple[str, ...] = ()
    mail_from: str = ""  # "" = the first of mail_to
    mail_host: str = ""
    mail_port: int = 587
    mail_tls: MailTls = MailTls.STARTTLS
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    sms_to: tuple[Number, ...] = ()
    sms_per_day: int = 5  # each costs money
    topics: tuple[str, ...] = ("lines", "money", "box")
    after_min: int = 5  # min that something must be wrong, or right again, before it is told

    @property
    def by_mail(self) -> bool:
        return bool(self.mail_to and self.mail_host)


@dataclass(frozen=True, slots=True)
class HardwareSettings:
    """Pins of the header by their BCM numbers; 0: nothing is there."""

    lamp_ok: int = 0
    lamp_call: int = 0
    lamp_trouble: int = 0
    button: int = 0  # to ground
    lamps_inverted: bool = False  # they light when their pin is low


@dataclass(frozen=True, slots=True)
class SiteSettings:
    country: str = "DE"  # ISO 3166
    currency: str = "EUR"  # ISO 4217
    timezone: str = "Europe/Berlin"
    language: str = "en"
    callback_rest: float = 3.0  # s between missed call and ringing back; 0 also turns off the modem's own rest
    ring_s: int = 20  # s the subscriber's phone rings, below voicemail pick-up; FreePBX 15, A2Billing 20
    callback_tries: int = 3
    retry_s: int = 120  # s between tries
    expected_call_s: int = 180  # s: the length by which lines are compared
    holidays: tuple[str, ...] = ()  # 12-25 (every year) or 2026-04-03, for tariff rows with "hol"
    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    sms_answers_per_day: int = 10  # messages that the box writes to one account by itself; each costs money
    sms_box_per_day: int = 100  # to all together
    sms_codes_per_day: int = 3  # one-time codes for the page to one account, besides; 0: none are sent
    compare: str = ""  # the line whose tariff savings are counted against
    sms_reasons: bool = True  # tell a known caller why no callback comes, once an hour
    keep_days: int = 0  # days that stories, messages and whole numbers of calls are kept; 0 = for ever
    brakes: Brakes = field(default_factory=Brakes)
    web: WebSettings = field(default_factory=WebSettings)
    hardware: HardwareSettings = field(default_factory=HardwareSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    extensions: tuple[ExtensionSettings, ...] = ()
    bundles: tuple[Bundle, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """What tariff rows for certain times go by."""
        return Calendar(self.timezone, self.holidays)


@dataclass(frozen=True, slots=True)
class Settings:
    site: SiteSettings = field(default_factory=SiteSettings)
    lines: tuple[LineSettings, ...] = ()
    accounts: tuple[Account, ...] = ()
