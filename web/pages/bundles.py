"""Bundles of minutes that lines have paid for, each a form; and the holidays, which have prices of their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from web.door import Refused
from web.page import Access, Page
from web.sitefile import apply, by_field, find, limit, number, read, words
from web.visit import Visit

EVERY = "*"  # what stands on the page for the prefix of every number, which is ""
PERIODS = ("day", "week", "month")
NUMBERS = ("minutes", "reset", "margin", "first_increment", "next_increment")
FIELDS = ("name", "lines", "prefixes", "period", "per_minute", *NUMBERS)
BLANK: dict[str, Any] = {"name": "", "lines": [], "minutes": "", "prefixes": [], "period": "month", "reset": 1,
                         "margin": 0, "per_minute": "none", "first_increment": 60, "next_increment": 60}


def blank(visit: Visit) -> Any:
    """For a new one; one that was removed comes with its fields in the address."""
    gone = {key: value for key, value in _typed(visit).items() if value and key in visit.query}
    return _form(visit, "", {**BLANK, **gone})


def bundle(visit: Visit, name: str) -> Any:
    found = find(read(visit), "bundle", name)
    if found is None:
        raise Refused(visit.say("There is no such bundle."))
    return _form(visit, name, found)


def _form(visit: Visit, name: str, kept: dict[str, Any], complaints: list[str] | None = None) -> str:
    complaints = complaints or []
    faults = by_field(complaints, FIELDS, f'bundle "{kept["name"]}": ')
    return visit.show("bundle", name=name, bundle=kept, faults=faults, complaints=complaints, periods=PERIODS,
                      every=EVERY, lines=[line["name"] for line in visit.ask("lines")])


def _typed(visit: Visit) -> dict[str, Any]:
    form: dict[str, Any] = {key: number(visit.text(key, 10)) for key in NUMBERS}
    form |= {key: visit.text(key, 64) for key in ("name", "period")}
    form["lines"] = visit.texts("lines") or words(visit.text("lines", 5000))
    form["prefixes"] = ["" if each == EVERY else each for each in words(visit.text("prefixes", 5000))]
    return form | {"per_minute": limit(visit.text("per_minute", 20))}


def add(visit: Visit) -> Any:
    typed = _typed(visit)
    complaints, changes = apply(visit, bundles=[*_all(visit), typed])
    if complaints:
        return _form(visit, "", typed, complaints)
    return visit.go("/prices#bundles", visit.told(changes))


def save(visit: Visit, name: str) -> Any:
    """Its name stays: what was taken of it is counted by it."""
    typed = _typed(visit) | {"name": name}
    if find(read(visit), "bundle", name) is None:
        raise Refused(visit.say("There is no such bundle."))
    complaints, changes = apply(visit, bundles=[typed if each["name"] == name else each for each in _all(visit)])
    if complaints:
        return _form(visit, name, typed, complaints)
    return visit.go("/prices#bundles", visit.told(changes))


def remove(visit: Visit, name: str) -> Any:
    """On to the form that brings it back."""
    gone = find(read(visit), "bundle", name)
    if gone is None:
        raise Refused(visit.say("There is no such bundle."))
    complaints, _ = apply(visit, bundles=[each for each in _all(visit) if each["name"] != name])
    if complaints:
        return _form(visit, name, gone, complaints)
    fields = gone | {"lines": ",".join(gone["lines"]), "prefixes": ",".join(each or EVERY for each in gone["prefixes"]),
                     "per_minute": "" if gone["per_minute"] == "none" else gone["per_minute"]}
    return visit.go(f"/prices/bundle?{urlencode(fields, quote_via=quote)}",
                    visit.say("%s is removed. Save it here to have it back.") % name)


def _all(visit: Visit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(visit).get("bundle", [])
    return found


def holidays(visit: Visit) -> Any:
    return visit.show("holidays", days=read(visit)["site"]["holidays"], complaints=[])


def save_holidays(visit: Visit) -> Any:
    days = words(visit.text("holidays", 5000))
    complaints, changes = apply(visit, site={"holidays": days})
    if complaints:
        return visit.show("holidays", days=days, complaints=complaints, faults=by_field(complaints, ("holidays",)))
    return visit.go("/prices#bundles", visit.told(changes))


PAGES = (
    Page("GET", "/prices/bundle", Access.ADMIN, blank),
    Page("POST", "/prices/bundle", Access.ADMIN, add),
    Page("GET", "/prices/bundle/<name>", Access.VIEWER, bundle),
    Page("POST", "/prices/bundle/<name>", Access.ADMIN, save),
    Page("POST", "/prices/bundle/<name>/remove", Access.ADMIN, remove),
    Page("GET", "/prices/holidays", Access.VIEWER, holidays),
    Page("POST", "/prices/holidays", Access.ADMIN, save_holidays),
)
