"""What is left of bundles, by line: for listings, pages, metrics and the answer to what a call would cost."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from appliance.routing.bundle import Bundles
from appliance.settings.model import Settings
from appliance.store.journal import Journal


def bundles_of(settings: Settings, journal: Journal | None) -> Bundles:
    """Nothing was taken where there is no journal yet."""
    site = settings.site
    return Bundles(site.bundles, site.calendar, journal.bundle_taken if journal else lambda *asked: 0)


def bundle_rows(
    settings: Settings, journal: Journal | None, now: datetime, zone: tzinfo
) -> dict[str, list[dict[str, Any]]]:
    """By line: its bundles with whole minutes left of how many, and when they begin anew. Calls that run have reserved
    what they may take."""
    bundles = bundles_of(settings, journal)
    rows = {
        bundle.name: {"name": bundle.name, "left_minutes": bundles.left(bundle, now) // 60,
                      "minutes": bundle.seconds // 60,
                      "until": bundles.until(bundle, now).astimezone(zone).isoformat(timespec="minutes")}
        for bundle in settings.site.bundles
    }
    return {line.name: [rows[bundle.name] for bundle in bundles.of_line(line.name)] for line in settings.lines}
