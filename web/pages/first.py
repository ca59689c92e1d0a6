"""After the first log-in: country and currency, the office's people, then a checklist that ends in a test call."""

from __future__ import annotations

from typing import Any

from web.door import Refused
from web.page import Access, Page
from web.sitefile import apply, read
from web.visit import Visit

PEOPLE = 200  # lines of the form that are read


def first(visit: Visit) -> Any:
    site = read(visit)["site"]
    return _form(visit, site, "", ())


def _form(visit: Visit, site: dict[str, Any], people: str, complaints: tuple[str, ...]) -> str:
    return visit.show("first", site=site, people=people, complaints=complaints,
                      countries=visit.ask("choices")["countries"], zones=visit.ask("choices")["zones"])


def save_first(visit: Visit) -> Any:
    site = {key: visit.text(key, 60) for key in ("country", "currency", "timezone", "language")}
    site["country"], site["currency"] = site["country"].upper(), site["currency"].upper()
    people = visit.text("people", 20_000)
    accounts, unread = _people(people)
    complaints = [visit.say("%s: write a name, a comma, and a number") % line for line in unread]
    if not complaints:
        complaints, _ = apply(visit, site=site, accounts=accounts)
    if complaints:
        return _form(visit, read(visit)["site"] | site, people, tuple(complaints))
    return visit.go("/first/checklist")


def _people(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """`Anna, 0151 2345678, 030 123456` a line: accounts, and the lines that cannot be read."""
    accounts: list[dict[str, Any]] = []
    unread: list[str] = []
    for line in [line.strip() for line in text.splitlines() if line.strip()][:PEOPLE]:
        name, *numbers = [part.strip() for part in line.replace(";", ",").split(",")]
        if name and numbers and all(numbers):
            accounts.append({"name": name, "numbers": numbers})
        else:
            unread.append(line[:60])
    return accounts, unread


def checklist(visit: Visit) -> Any:
    """What must be true before the first call, each with what to do."""
    lines, accounts, findings = visit.ask("lines"), visit.ask("accounts"), visit.ask("check")
    ready = [line for line in lines if line["health"] == "ready" and line["has_audio"]]
    priced = [line for line in lines if line["rates"]]
    channels = sum(line["channels"] or 0 for line in ready)
    steps = (
        (bool(lines), visit.say("A line"), visit.say("Plug in a modem with its SIM, and add it."), "/lines"),
        (channels >= 2, visit.say("Two channels that are ready"),
         visit.say("A call needs two: one to you, one to the destination. Each line says what it waits for."),
         "/lines"),
        (bool(priced), visit.say("A tariff"), visit.say("Tell what each line costs, so that the cheapest is taken."),
         "/prices"),
        (bool(accounts), visit.say("An account"), visit.say("Tell who may use the box, and by which numbers."),
         "/accounts"),
    )
    return visit.show("checklist", steps=steps, accounts=accounts, findings=findings,
                      may_call=all(done for done, *_ in steps))


def test_call(visit: Visit) -> Any:
    """A real callback to the account's first number: whoever answers hears the box."""
    try:
        answer = visit.change("callback", account=visit.text("account", 64), destination=visit.text("number", 40))
    except Refused as no:
        return visit.go("/first/checklist", visit.say("No test call: %s") % visit.say(str(no)))
    return visit.go(f"/calls/{answer['call']}")


PAGES = (
    Page("GET", "/first", Access.ADMIN, first),
    Page("POST", "/first", Access.ADMIN, save_first),
    Page("GET", "/first/checklist", Access.VIEWER, checklist),
    Page("POST", "/first/call", Access.ADMIN, test_call),
)
