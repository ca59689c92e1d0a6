"""What the settings mean while calls run: directory, tariffs, own numbers. Rebuilt whole when settings change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory
from appliance.lines.line import Line, LineHealth
from appliance.routing.cheapest import LineOffer
from appliance.routing.tariff import Tariff
from appliance.settings.model import ExtensionSettings, LineSettings, Settings
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Extension, Number


@dataclass(frozen=True)
class Office:
    """A snapshot of the settings, indexed the ways that calls ask."""

    settings: Settings
    directory: Directory
    tariffs: Mapping[str, Tariff]
    own_numbers: frozenset[Number]

    @classmethod
    def of(cls, settings: Settings) -> Office:
        return cls(
            settings=settings,
            directory=Directory(settings.accounts),
            tariffs={line.name: Tariff(line.rates, settings.site.calendar) for line in settings.lines},
            own_numbers=frozenset(line.number for line in settings.lines if line.number),
        )

    def line(self, name: str) -> LineSettings | None:
        return next((line for line in self.settings.lines if line.name == name), None)

    def extension(self, keyed: str) -> Extension | None:
        """The phone behind the box that has this number."""
        found = next((each for each in self.settings.site.extensions if each.number == keyed), None)
        return Extension(found.number, found.called) if found else None

    def inside(self, line: str, caller: str) -> ExtensionSettings | None:
        """Whose phone calls on a line that is its exchange: by its MSN; by the line where it has only one."""
        here = [each for each in self.settings.site.extensions if each.line == line]
        return next((each for each in here if caller and caller.endswith(each.called)),
                    here[0] if len(here) == 1 and not caller else None)

    def language(self, account: Account | None) -> str:
        return (account.language if account else "") or self.settings.site.language

    @property
    def zero(self) -> Money:
        return Money.zero(self.settings.site.currency)

    def midnight(self, now: datetime) -> datetime:
        """The start of the local day that `now` falls in: daily limits count from here."""
        zone = ZoneInfo(self.settings.site.timezone)
        return datetime.combine(now.astimezone(zone).date(), time(), zone)


def offers(office: Office, lines: Mapping[str, Line]) -> tuple[LineOffer, ...]:
    """What every line of the settings could carry at this moment."""
    return tuple(_offer(setting, office, lines.get(setting.name)) for setting in office.settings.lines)


def _offer(setting: LineSettings, office: Office, line: Line | None) -> LineOffer:
    may, why = usable(setting, line)
    return LineOffer(
        line=setting.name,
        tariff=office.tariffs[setting.name],
        free=line.channels - line.busy if line and may else 0,
        usable=may,
        why=why,
        has_audio=bool(line and line.has_audio),
    )


def usable(setting: LineSettings, line: Line | None) -> tuple[bool, str]:
    """Whether a line may be used now, and why not."""
    if not setting.enabled:
        return False, "switched off in the settings"
    if line is None:
        return False, "not started"
    if line.state.health is not LineHealth.READY:
        return False, line.state.why or line.state.health.value
    if line.state.roaming and not setting.roaming:
        return False, "its SIM is abroad; write roaming = true to dial all the same"
    return True, ""


def free_channels(office: Office, lines: Mapping[str, Line]) -> int:
    """Channels that could carry a leg now, in the whole box."""
    return sum(offer.free for offer in offers(office, lines) if offer.has_audio)


def carries(office: Office, lines: Mapping[str, Line], name: str) -> int:
    """Channels that a ring on this line takes now, and gives back for a leg: 1, or 0 when the line could not dial."""
    return int(any(offer.line == name and offer.usable and offer.has_audio for offer in offers(office, lines)))
