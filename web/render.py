"""Templates (Bottle's SimpleTemplate, which escapes) and what they may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from bottle import SimpleTemplate, html_escape

from appliance.languages.words import Language

Faults = Mapping[str, Sequence[str]]
VIEWS = Path(__file__).parent / "views"


class Templates:
    """Each is compiled once."""

    def __init__(self, link: Callable[[str], str], folder: Path = VIEWS) -> None:
        """`link` gives the address of a file in web/static/."""
        self._link, self._folder = link, folder
        self._compiled: dict[str, SimpleTemplate] = {}

    def render(self, template: str, language: Language, /, **values: Any) -> str:
        """`faults`: what is wrong with a form, by field."""
        values.setdefault("link", self._link)
        faults = values.setdefault("faults", {})
        compiled = self._compiled.get(template)
        if compiled is None:
            compiled = self._compiled[template] = SimpleTemplate(name=f"{template}.html", lookup=[str(self._folder)])
        show = Shown(language)
        return str(compiled.render(_=language, lang=language.code, show=show, invalid=partial(_invalid, faults),
                                   fault=partial(_fault, faults, language), **values))


def _invalid(faults: Faults, field: str) -> str:
    """Attributes of a field."""
    return f' aria-invalid="true" aria-errormessage="{field}-fault"' if field in faults else ""


def _fault(faults: Faults, language: Language, field: str) -> str:
    """What stands beside it, as HTML."""
    if field not in faults:
        return ""
    said = html_escape(" ".join(map(language, faults[field])))
    return f'<p class="note bad small" role="alert" id="{field}-fault">{said}</p>'


class Shown:
    """Values as people read them."""

    def __init__(self, language: Language) -> None:
        self._comma = language.code != "en"
        self._language = language

    def money(self, amount: str | None, currency: str = "", places: int = 2) -> str:
        """`0.0900` -> `0.09 EUR`; a third and fourth place stand only where they are not zero."""
        if amount is None:
            return "–"
        try:
            value = Decimal(amount)
        except InvalidOperation:
            return amount
        exact = value.quantize(Decimal("0.01")) == value
        text = f"{value:.{places if exact else 4}f}"
        return f"{text.replace('.', ',') if self._comma else text} {currency}".strip()

    def number(self, value: float | None, places: int = 1) -> str:
        """A plain number with the language's comma."""
        text = "–" if value is None else f"{value:.{places}f}"
        return text.replace(".", ",") if self._comma else text

    def health(self, line: Mapping[str, Any]) -> tuple[str, str]:
        """Kind of tag, and the state of a line in a word."""
        say = self._language
        if not line["enabled"]:
            return "", say("switched off")
        if line["health"] == "ready":
            return ("warn", say("ready, but")) if line["ailment"] else ("good", say("ready"))
        return {"starting": ("warn", say("starting")), "absent": ("bad", say("not there")),
                "broken": ("bad", say("broken"))}.get(line["health"] or "", ("warn", say("not started")))

    def length(self, seconds: float | None) -> str:
        """`1:05`, `1:00:05`."""
        if seconds is None:
            return "–"
        whole = int(seconds)
        hours, minutes = whole // 3600, whole % 3600 // 60
        return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"

    def time(self, stamp: str | None, now: datetime | None = None) -> str:
        """The site's time, which the stamp carries: `2026-03-02 18:30`; of today only `18:30:05`."""
        if not stamp:
            return "–"
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            return stamp
        if now is not None and at.date() == now.astimezone(at.tzinfo).date():
            return f"{at:%H:%M:%S}"
        return f"{at:%d.%m.%Y %H:%M}" if self._language.code == "de" else f"{at:%Y-%m-%d %H:%M}"
