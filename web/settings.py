"""Where and how the page is served: what the gateway says, kept for the day when it does not answer."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from web.door import Door, GatewayDown, Refused

KEPT = "web.json"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """As [site.web] of the site file; `language` is the site's."""

    address: str = ""
    port: int = 8443
    names: tuple[str, ...] = ()
    certificate: str = ""
    key: str = ""
    language: str = "en"


def read(door: Door, state: Path) -> WebSettings:
    """The gateway's; else what it said last; else the defaults."""
    try:
        settings = _settings(door.ask("page_settings"))
    except (GatewayDown, Refused):
        return _kept(state / KEPT)
    aside = state / f"{KEPT}.tmp"
    aside.write_text(json.dumps(asdict(settings)), "utf-8")
    os.replace(aside, state / KEPT)
    return settings


def _kept(path: Path) -> WebSettings:
    try:
        return _settings(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, AttributeError):
        return WebSettings()


def _settings(document: dict[str, Any]) -> WebSettings:
    known = {field.name: document[field.name] for field in fields(WebSettings) if field.name in document}
    return WebSettings(**{**known, "names": tuple(known.get("names", ()))})
