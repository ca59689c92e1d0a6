"""What holds for the whole box: the site's settings, who may use the page, one's own password."""

from __future__ import annotations

from typing import Any

from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.sitefile import apply, by_field, number, read, words
from web.visit import Visit

TEXTS = ("country", "currency", "timezone", "language", "compare")
NUMBERS = ("callback_rest", "ring_s", "callback_tries", "retry_s", "expected_call_s", "sms_answers_per_day",
           "sms_box_per_day", "sms_codes_per_day", "keep_days")
BRAKES = ("repeat_window_s", "caller_per_hour", "caller_per_day", "box_per_hour")
LISTS = ("deny", "allow")
LOG_PAGE = 100  # rows


def settings(visit: Visit) -> Any:
    return _form(visit, read(visit)["site"], [])


def _form(visit: Visit, site: dict[str, Any], complaints: list[str]) -> str:
    faults = by_field(complaints, (*TEXTS, *NUMBERS, *LISTS, *BRAKES, "names"), "[site.brakes]: ", "[site.web]: ")
    return visit.show("settings", site=site, complaints=complaints, faults=faults, choices=visit.ask("choices"),
                      lines=[line["name"] for line in visit.ask("lines") if line["rates"]])


def save(visit: Visit) -> Any:
    site: dict[str, Any] = {key: visit.text(key, 60) for key in TEXTS}
    site |= {key: number(visit.text(key, 30)) for key in NUMBERS}
    site |= {key: words(visit.text(key, 5000)) for key in LISTS}
    site["sms_reasons"] = visit.flag("sms_reasons")
    site["brakes"] = {key: number(visit.text(key, 30)) for key in BRAKES}
    site["web"] = {"names": words(visit.text("names", 2000))}
    complaints, changes = apply(visit, site=site)
    if complaints:
        before = read(visit)["site"]
        return _form(visit, before | site | {"web": before["web"] | site["web"]}, complaints)
    return visit.go("/settings", visit.told(changes))


def people(visit: Visit) -> Any:
    return visit.show("people", people=visit.ask("visitors"), wrong="")


def put_person(visit: Visit) -> Any:
    name = visit.text("name", 100)
    try:
        visit.change("visitor_put", name=name, role=visit.text("role", 20),
                     password=visit.form.get("password", "")[:1000])
    except Refused as no:
        return visit.show("people", people=visit.ask("visitors"), wrong=visit.say(str(no)))
    return visit.go("/settings/people", visit.say("%s is saved.") % name)


def remove_person(visit: Visit) -> Any:
    name = visit.text("name", 100)
    try:
        visit.change("visitor_remove", name=name)
    except Refused as no:
        return visit.show("people", people=visit.ask("visitors"), wrong=visit.say(str(no)))
    return visit.go("/settings/people", visit.say("%s is removed.") % name)


def password(visit: Visit) -> Any:
    return visit.show("password", wrong="")


def save_password(visit: Visit) -> Any:
    assert visit.session
    old, new = visit.form.get("old", "")[:1000], visit.form.get("password", "")[:1000]
    brakes, who = visit.house.brakes, visit.session.who
    if wait := brakes.wait_s(visit.address, who):
        return visit.show("password", wrong=visit.say("Too many tries. Wait %s s.") % wait)
    if new != visit.form.get("again", ""):
        return visit.show("password", wrong=visit.say("The two passwords differ."))
    try:
        visit.ask("page_password", who=who, old=old, new=new, session=digest(visit.session.cookie))
    except Refused as no:
        brakes.wrong(visit.address, who)
        return visit.show("password", wrong=visit.say(str(no)))
    brakes.right(visit.address, who)
    return visit.go("/settings", visit.say("The password is changed; you are logged out everywhere else."))


def log(visit: Visit) -> Any:
    """Who changed what, and the box's story beside it."""
    before = visit.whole("before", 0, 0, 2**53)
    deeds = visit.ask("audit", limit=LOG_PAGE, before=before)
    return visit.show("log", deeds=deeds, older=deeds[-1]["number"] if len(deeds) == LOG_PAGE else 0,
                      events=[] if before else visit.ask("events", limit=LOG_PAGE)[::-1])


PAGES = (
    Page("GET", "/settings", Access.VIEWER, settings),
    Page("POST", "/settings", Access.ADMIN, save),
    Page("GET", "/settings/log", Access.VIEWER, log),
    Page("GET", "/settings/people", Access.ADMIN, people),
    Page("POST", "/settings/people", Access.ADMIN, put_person),
    Page("POST", "/settings/people/remove", Access.ADMIN, remove_person),
    Page("GET", "/settings/password", Access.VIEWER, password),
    Page("POST", "/settings/password", Access.VIEWER, save_password),
)
