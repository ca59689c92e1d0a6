"""Accounts: list and search, add and edit, lock, a fresh PIN shown once, limits, CSV in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bottle import HTTPResponse

from appliance.vocabulary.clock import token
from web.door import Refused
from web.page import Access, Page
from web.sheet import read as read_csv
from web.sheet import rows
from web.sitefile import apply, by_field, find, limit, number, read, words
from web.uploads import NoText, text_of
from web.visit import Visit

LARGEST = 1024 * 1024  # octets of a CSV file
PIN_DIGITS = 6
PIN_TRIES = 20  # fresh PINs are drawn until one is not easy to guess
COLUMNS = ("name", "numbers", "verify", "language", "enabled", "max_call_s", "hash_hash", "spend_per_day",
           "balance_limit", "allow", "deny")
LISTS = ("numbers", "allow", "deny")
FLAGS = ("enabled", "hash_hash")
LIMITS = ("spend_per_day", "balance_limit")


def accounts(visit: Visit) -> Any:
    return _list(visit)


def _list(visit: Visit, **values: Any) -> str:
    wanted = visit.text("q", 64).casefold()
    digits = "".join(letter for letter in wanted if letter.isdigit())
    found = [each for each in visit.ask("accounts") if not wanted or wanted in each["name"].casefold()
             or (len(digits) > 2 and any(digits.lstrip("0") in each_number for each_number in each["numbers"]))]
    return visit.show("accounts", accounts=found, wanted=visit.text("q", 64), numbers=visit.ask("registrations"),
                      **{"complaints": [], **values})


def new(visit: Visit) -> Any:
    blank = {"name": "", "numbers": [], "verify": "key", "language": "", "enabled": True, "max_call_s": 3600,
             "hash_hash": True, "spend_per_day": "none", "balance_limit": "none", "allow": [], "deny": []}
    return visit.show("account", account=blank, state=None, complaints=[], calls=[], languages_known=_languages(visit))


def _languages(visit: Visit) -> list[str]:
    return list(visit.ask("choices")["languages"])


def account(visit: Visit, name: str) -> Any:
    return _one(visit, name)


def _one(visit: Visit, name: str, complaints: list[str] | None = None, typed: dict[str, Any] | None = None,
         pin: str = "") -> Any:
    settings = find(read(visit), "account", name)
    state = next((each for each in visit.ask("accounts", account=name) if each["name"] == name), None)
    if settings is None or state is None:
        raise Refused(visit.say("There is no such account."))
    return visit.show("account", account=settings | (typed or {}), state=state, complaints=complaints or [], pin=pin,
                      faults=by_field(complaints or [], (*COLUMNS, "pin"), f'account "{name}": '),
                      calls=visit.ask("call_list", account=name, limit=10)["calls"],
                      days=visit.ask("figures", account=name)["day"], paid=visit.ask("payments", account=name),
                      languages_known=_languages(visit), scripts=("vendor/uplot.js", "charts.js"),
                      styles=("vendor/uplot.css",))


def _typed(visit: Visit) -> dict[str, Any]:
    form: dict[str, Any] = {key: words(visit.text(key, 5000)) for key in LISTS}
    form |= {key: visit.text(key, 20) for key in ("verify", "language")}
    form |= {key: visit.flag(key) for key in FLAGS} | {key: limit(visit.text(key, 20)) for key in LIMITS}
    return form | {"max_call_s": number(visit.text("max_call_s", 10))}


def add(visit: Visit) -> Any:
    name = visit.text("name", 100)
    if find(read(visit), "account", name):
        raise Refused(visit.say("There is an account of this name already."))
    return _save(visit, name, fresh=True)


def save(visit: Visit, name: str) -> Any:
    if find(read(visit), "account", name) is None:
        raise Refused(visit.say("There is no such account."))
    return _save(visit, name, fresh=False)


def _save(visit: Visit, name: str, fresh: bool) -> Any:
    typed = {"name": name, **_typed(visit)}
    if visit.text("pin", 20):
        typed["pin"] = visit.text("pin", 20)
    complaints, changes = apply(visit, accounts=[typed])
    if not complaints:
        return visit.go(address(name), visit.told(changes))
    typed.pop("pin", None)
    if not fresh:
        return _one(visit, name, complaints, typed)
    return visit.show("account", account=typed, state=None, complaints=complaints, calls=[],
                      faults=by_field(complaints, (*COLUMNS, "pin"), f'account "{name}": '),
                      languages_known=_languages(visit))


def lock(visit: Visit, name: str) -> Any:
    complaints, _ = apply(visit, accounts=[{"name": name, "enabled": visit.flag("enabled")}])
    return visit.go(address(name), "; ".join(complaints) or visit.say("Saved."))


def fresh_pin(visit: Visit, name: str) -> Any:
    """A PIN that nobody chose; shown on this answer only."""
    complaints: list[str] = []
    for _ in range(PIN_TRIES):
        pin = f"{int(token(8), 16) % 10**PIN_DIGITS:0{PIN_DIGITS}d}"
        complaints, _changes = apply(visit, accounts=[{"name": name, "pin": pin}])
        if not complaints:
            return _one(visit, name, pin=pin)
    return _one(visit, name, complaints)


def pay_in(visit: Visit, name: str) -> Any:
    """Money on a balance, or back from it: kept as an entry of its own."""
    try:
        answer = visit.change("credit", account=name, amount=visit.text("amount", 20), note=visit.text("note", 80))
    except Refused as no:
        return _one(visit, name, [visit.say(str(no))])
    return visit.go(address(name) + "#money", visit.say("%s is entered.") % answer["amount"])


def forget(visit: Visit, name: str) -> Any:
    try:
        answer = visit.change("forget", account=name, sure=visit.text("sure", 100))
    except Refused as no:
        return _one(visit, name, [visit.say(str(no))])
    return visit.go("/accounts",
                    visit.say("The person is forgotten; %s calls keep their price only.") % answer["calls"])


def export(visit: Visit) -> Any:
    """Without PINs: neither they nor their hashes leave the box this way."""
    found = read(visit).get("account", [])
    body = ([", ".join(each[key]) if key in LISTS else str(each[key]).lower() if key in FLAGS else each[key]
             for key in COLUMNS] for each in found)
    return HTTPResponse(b"".join(rows(COLUMNS, body)), headers={
        "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="accounts.csv"'})


def bring(visit: Visit) -> Any:
    """Adds and changes accounts from a CSV file; with one complaint nothing is changed."""
    file = visit.files.get("file")
    octets = file.file.read(LARGEST + 1) if file else b""
    if not octets or len(octets) > LARGEST:
        return _list(visit, complaints=[visit.say("Send a CSV file of 1 MB at most.")])
    try:
        parts = [_from_row(row) for row in read_csv(text_of(octets)) if any(row.values())]
    except (ValueError, NoText) as no:
        return _list(visit, complaints=[visit.say(str(no))])
    complaints, changes = apply(visit, accounts=parts)
    if complaints:
        return _list(visit, complaints=complaints)
    return visit.go("/accounts", visit.told(changes))


def _from_row(row: dict[str, str]) -> dict[str, Any]:
    """Only the columns that the file has; what is no column of ours is handed on, for the complaint about it."""
    part: dict[str, Any] = {}
    for key, text in row.items():
        if key in LISTS:
            part[key] = words(text)
        elif key in FLAGS:
            part[key] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
                text.lower(), text)
        elif key in LIMITS:
            part[key] = "none" if text == "none" else limit(text)
        elif key == "max_call_s":
            part[key] = number(text)
        elif key.replace("_", "").isalnum() and key.isascii():
            part[key] = text
        else:
            raise ValueError(f"the first line names a column {key[:30]!r} that accounts do not have")
    return part


def address(name: str) -> str:
    return f"/accounts/of/{quote(name, safe='')}"


PAGES = (
    Page("POST", "/accounts/of/<name>/pay", Access.ADMIN, pay_in),
    Page("GET", "/accounts", Access.VIEWER, accounts),
    Page("POST", "/accounts", Access.ADMIN, add),
    Page("GET", "/accounts/new", Access.ADMIN, new),
    Page("GET", "/accounts/csv", Access.ADMIN, export),
    Page("POST", "/accounts/csv", Access.ADMIN, bring, largest=LARGEST + 64 * 1024),
    Page("GET", "/accounts/of/<name>", Access.VIEWER, account),
    Page("POST", "/accounts/of/<name>", Access.ADMIN, save),
    Page("POST", "/accounts/of/<name>/lock", Access.ADMIN, lock),
    Page("POST", "/accounts/of/<name>/forget", Access.ADMIN, forget),
    Page("POST", "/accounts/of/<name>/pin", Access.ADMIN, fresh_pin),
)
