"""`ringback check`: what is wrong with this box and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.accounts.account import Account, Verify
from appliance.commands.finding import Finding, Level, Topic
from appliance.commands.finding import error as _error
from appliance.commands.finding import warning as _warning
from appliance.commands.live import Live
from appliance.commands.simmoney import balance_of
from appliance.commands.wellbeing import ill
from appliance.hardware.vitals import Vitals
from appliance.lines.line import LineHealth
from appliance.messages.message import Fate, Purpose, Sent
from appliance.settings.model import LineSettings, Settings

DAY = timedelta(days=1)
BUILT_YEAR = 2026  # a clock before the software was written is wrong
WEAK_SIGNAL = 15  # per cent
LOW_DISK = 200 * 1024 * 1024  # octets


@dataclass(frozen=True, slots=True)
class BoxFacts:
    """What only the machine knows. `missing`: device paths of the settings that are not there; `stable`: what else a
    device is called, by its path; `crashed`: when the gateway started after a life that did not end in order."""

    data: str = "."
    writable: bool = True
    has_dtmf: bool = True
    has_speech: bool = True
    has_speexdsp: bool = True
    free_octets: int | None = None
    missing: frozenset[str] = field(default_factory=frozenset)
    stable: Mapping[str, str] = field(default_factory=dict)
    recovered: str = ""
    crashed: datetime | None = None
    vitals: Vitals = field(default_factory=Vitals)
    frames: tuple[int, int] = (0, 0)  # of voices of the last legs, and how many of them came too late


def check(
    settings: Settings, live: Live, facts: BoxFacts, now: datetime, newest: datetime | None, sent: Sequence[Sent] = (),
    accepted: int = 0,
) -> list[Finding]:
    """Findings, errors first. `newest` is the time of the last thing that happened; `sent`: the texts of the last day,
    oldest first; `accepted`: the callbacks of the last hour."""
    found = [
        *_machine(facts), *ill(facts.vitals, facts.frames), *_clock(now, newest), *_lines(settings),
        *_channels(settings, live),
        *(finding for line in settings.lines if line.enabled for finding in _line(line, live, facts)),
        *_accounts(settings), *_texts(settings, sent), *_ceilings(settings, sent, accepted, now),
        *_restarts(facts, now), *_alerts(settings),
    ]
    if live is None:
        found.append(_warning("no gateway is running here", "start it: ringback run (or systemctl start ringback)"))
    return sorted(found, key=lambda finding: finding.level is not Level.ERROR)


def _machine(facts: BoxFacts) -> Iterator[Finding]:
    if not facts.writable:
        yield _error(f"the data directory {facts.data} cannot be written",
                     "give it to the user that runs the gateway (chown), or choose another with --data")
    if facts.recovered:
        yield _warning(facts.recovered, "look at: ringback export; then apply your site file again")
    if facts.free_octets is not None and facts.free_octets < LOW_DISK:
        yield _error(f"only {facts.free_octets // 2**20} MiB are free where {facts.data} lies",
                     "make room: without it no call can be recorded, and none is made")
    if not facts.has_dtmf:
        yield _error("libspandsp is missing, so keys are heard only if the modem reports them",
                     "install it: apt install libspandsp2 (Debian 12) or libspandsp2t64 (Debian 13)")
    if not facts.has_speech:
        yield _warning("espeak-ng is missing, so most prompts are tones only", "install it: apt install espeak-ng")


def _clock(now: datetime, newest: datetime | None) -> Iterator[Finding]:
    if now.year < BUILT_YEAR or (newest is not None and (newest - now).total_seconds() > 60):
        yield _error(f"the clock says {now:%Y-%m-%d %H:%M} UTC, which is in the past",
                     "set it: timedatectl set-ntp true; records and daily limits need the time")


def _texts(settings: Settings, sent: Sequence[Sent]) -> Iterator[Finding]:
    last = {message.line: message for message in sent if message.fate is not Fate.QUEUED}
    for line in settings.lines:
        if line.enabled and (message := last.get(line.name)) and message.fate is Fate.FAILED:
            yield _warning(f'line "{line.name}" could not send its last text: {message.why}',
                           "look at the SIM's credit and contract; ringback sms sent lists what was sent",
                           Topic.LINES, f"{line.name} texts")


def _ceilings(settings: Settings, sent: Sequence[Sent], accepted: int, now: datetime) -> Iterator[Finding]:
    site = settings.site
    if accepted >= site.brakes.box_per_hour:
        yield _error(f"the box made {accepted} callbacks within an hour, and makes no more now (box_per_hour)",
                     "look who rings: ringback events; raise box_per_hour in [site.brakes] if all of it was wanted",
                     Topic.MONEY, "box_per_hour")
    written = sum(each.at > now - DAY and each.purpose in (Purpose.ANSWER, Purpose.REASON)
                  and each.fate is not Fate.FAILED for each in sent)
    if written >= site.sms_box_per_day > 0:
        yield _warning(f"the box wrote {written} SMS within 24 h, and answers no more now (sms_box_per_day)",
                       "look who writes: ringback sms --all; raise sms_box_per_day if all of it was wanted",
                       Topic.MONEY, "sms_box_per_day")


def _restarts(facts: BoxFacts, now: datetime) -> Iterator[Finding]:
    if facts.crashed and facts.crashed <= now < facts.crashed + DAY:
        yield Finding(Level.WARNING, f"the gateway started at {facts.crashed:%Y-%m-%d %H:%M} UTC without having been "
                      "stopped: a power cut, or a crash", "look at the power supply, and at the end of the last log: "
                      "journalctl -u ringback; ringback events tells what calls that were up are charged",
                      key="crashed", passing=True)


def _alerts(settings: Settings) -> Iterator[Finding]:
    alerts = settings.site.alerts
    if alerts.by_mail and alerts.mail_user and not alerts.mail_password:
        yield _warning("alerts cannot be mailed: mail_user has no password", "write mail_password in [site.alerts]",
                       Topic.SETTINGS)


def _lines(settings: Settings) -> Iterator[Finding]:
    if not settings.lines and not settings.accounts:
        yield _error("there are no settings yet", "write a site file and apply it: ringback apply site.toml",
                     Topic.SETTINGS)
    elif not settings.lines:
        yield _error("there is no line", "add a [[line]] to the site file and apply it", Topic.SETTINGS)
    elif not any(line.enabled for line in settings.lines):
        yield _error("every line is switched off", "write enabled = true for one in the site file and apply it",
                     Topic.SETTINGS)


def _channels(settings: Settings, live: Live) -> Iterator[Finding]:
    """Both legs of a call need a channel of their own."""
    usable = [line for line in settings.lines if line.enabled]
    if not usable:
        return
    if live is None:
        channels = sum(line.channels for line in usable if line.has_audio)
    else:
        channels = sum(live[line.name].channels for line in usable if line.name in live and live[line.name].has_audio)
    if channels < 2:
        yield _error(f"the box has {channels} channel{'' if channels == 1 else 's'} with audio, and a call needs two",
                     "add a second line with audio = \"...\"; until then every callback is declined",
                     Topic.LINES, "channels")


def _line(line: LineSettings, live: Live, facts: BoxFacts) -> Iterator[Finding]:
    name = f'line "{line.name}"'
    if line.echo_canceller and not facts.has_speexdsp:
        yield _warning(f"libspeexdsp is missing, so {name} cancels no echo", "install it: apt install libspeexdsp1",
                       Topic.SETTINGS)
    if not line.rates:
        yield _warning(f"{name} has no tariff, so it never carries a call to a destination",
                       'write a tariff CSV and name it: tariff = "..."', Topic.SETTINGS)
    if not line.has_audio:
        yield _warning(f"{name} has no audio device, so it only hears triggers", 'add audio = "/dev/..."',
                       Topic.SETTINGS)
    if line.number is None:
        yield _warning(f"{name} has no number, so the box could call itself", 'add number = "+49..."', Topic.SETTINGS)
    for path in (line.at, line.audio):
        if path in facts.missing:
            yield _error(f"{name}: {path} is not there",
                         "plug the modem in, or write the path that ls /dev/ringback /dev/serial/by-id shows",
                         Topic.LINES)
        if re.fullmatch(r"/dev/tty(USB|ACM)[0-9]+", path):
            yield _warning(f"{name}: {path} may be another modem when this one was unplugged or has restarted",
                           f"write {facts.stable.get(path, 'the name that ls /dev/serial/by-path shows')} instead",
                           Topic.SETTINGS)
    if live is not None:
        yield from _health(name, line, live)
        yield from _ailment(name, line, live)
        yield from _forwarding(name, line, live)
        yield from _balance(name, line, live)


def _ailment(name: str, line: LineSettings, live: Live) -> Iterator[Finding]:
    """What ailed the audio of its last call; the lines room puts what is wrong before the semicolon."""
    now = (live or {}).get(line.name)
    if now and now.state.ailment:
        what, _, remedy = now.state.ailment.partition("; ")
        yield _error(f"{name}: {what}", f"{remedy}; ringback ladder CALL shows how it came about",
                     Topic.LINES, f"{line.name} audio")


def _forwarding(name: str, line: LineSettings, live: Live) -> Iterator[Finding]:
    """A forwarded trigger is answered elsewhere, and the caller pays for it."""
    now = (live or {}).get(line.name)
    if now and now.state.forwarding_unknown:
        yield _warning(f"{name}: its call forwarding could not be asked: {now.state.forwarding_unknown}",
                       "it is asked again; or put the SIM in a phone and dial *#21#; a forwarding costs callers money",
                       Topic.LINES, f"{line.name} forwarding")
    for forwarding in (now.state.forwarding or ()) if now else ():
        yield _warning(f"{name}: the network forwards calls to {forwarding.number} {forwarding.when}; "
                       "a missed call may be answered there, and cost the caller money",
                       f"erase it: ringback forwarding {line.name} --erase", Topic.LINES)


def _balance(name: str, line: LineSettings, live: Live) -> Iterator[Finding]:
    now = (live or {}).get(line.name)
    if now is None or line.balance_below is None or not now.state.balance:
        return
    left = balance_of(now.state, line.balance_pattern, line.balance_below.currency)
    if left is None:
        yield _warning(f"{name}: its SIM's balance cannot be read from {now.state.balance[:80]!r}",
                       f"correct balance_code or balance_pattern; ringback ussd {line.name} '{line.balance_code}' asks",
                       Topic.SETTINGS, f"{line.name} pattern")
    elif left < line.balance_below:
        yield _warning(f"{name}: its SIM has only {left} left", "top it up, or its calls will fail", Topic.MONEY,
                       f"{line.name} balance")


def _health(name: str, line: LineSettings, live: Live) -> Iterator[Finding]:
    now, key = (live or {}).get(line.name), f"{line.name} ready"
    if now is None:
        yield _error(f"{name} was not started", "start the gateway again: systemctl restart ringback",
                     Topic.LINES, key)
    elif now.state.health in (LineHealth.BROKEN, LineHealth.ABSENT):
        why = f": {now.state.why}" if now.state.why else ""
        yield _error(f"{name} is absent{why}" if now.state.health is LineHealth.ABSENT else f"{name} is broken{why}",
                     "the reason says what to do; ringback events shows how it came about", Topic.LINES, key)
    elif now.state.health is LineHealth.STARTING:
        why = f": {now.state.why}" if now.state.why else ""
        yield _warning(f"{name} is still starting{why}", "wait and ask again", Topic.LINES, key)
    elif now.state.roaming and not line.roaming:
        yield _warning(f"{name}: its SIM is abroad ({now.state.operator}), so it does not dial",
                       "write roaming = true if the tariff is right for that", Topic.LINES, f"{line.name} abroad")
    elif now.state.signal is not None and now.state.signal < WEAK_SIGNAL:
        yield _warning(f"{name} has a weak signal, {now.state.signal} %", "move the antenna to a window",
                       Topic.LINES, f"{line.name} signal")


def _accounts(settings: Settings) -> Iterator[Finding]:
    enabled = [account for account in settings.accounts if account.enabled]
    if settings.lines and not settings.accounts:
        yield _error("there is no account, so nobody is rung back", "add an [[account]] to the site file and apply it",
                     Topic.SETTINGS)
    elif settings.accounts and not enabled:
        yield _error("every account is switched off", "write enabled = true for one in the site file and apply it",
                     Topic.SETTINGS)
    for account in enabled:
        yield from _account(account)


def _account(account: Account) -> Iterator[Finding]:
    name = f'account "{account.name}"'
    if not account.numbers:
        yield _error(f"{name} has no numbers", 'add numbers = ["+49..."]', Topic.SETTINGS)
    if account.verify is Verify.PIN and not account.pin_hash:
        yield _error(f"{name} must key a PIN but has none", 'add pin = "..."', Topic.SETTINGS)
    if account.verify is Verify.NONE:
        yield _warning(f"{name} is asked for nothing: whoever answers its phone, or its voicemail, may call",
                       'write verify = "key" or verify = "pin"', Topic.SETTINGS)
    if account.spend_per_day is None and account.balance_limit is None:
        yield _warning(f"{name} has no limit of money", "add spend_per_day = 5.00, or a balance_limit", Topic.SETTINGS)
