"""What a call would cost, and the tariffs: what each line costs, replaced after a look at what changes."""

from __future__ import annotations

from typing import Any

from bottle import HTTPResponse

from web.door import Refused
from web.page import Access, Page
from web.sheet import read as read_csv
from web.sitefile import SITE_FILE, apply, find
from web.sitefile import read as read_site
from web.uploads import NoText, text_of
from web.visit import Visit

LARGEST = 3 * 1024 * 1024  # octets; the gateway takes 4 MB in one request
SHOWN = 200  # rows of a difference that are shown
COLUMNS = ("connection_fee", "per_minute", "first_increment", "next_increment")
Key = tuple[str, str, str]  # prefix, carrier, and the time at which the row holds
TIMES = ("days", "from", "to")


def prices(visit: Visit) -> Any:
    number, answer, wrong = visit.text("number", 40), None, ""
    if number:
        minutes = visit.whole("minutes", 0, 0, 1440)
        try:
            answer = visit.ask("route", number=number, account=visit.text("account", 64), expected_s=minutes * 60,
                               at=visit.text("at", 30))
        except Refused as no:
            wrong = visit.say(str(no))
    return _show(visit, answer=answer, wrong=wrong)


def _show(visit: Visit, **values: Any) -> str:
    lines, kept = visit.ask("lines"), read_site(visit)
    return visit.show("prices", lines=lines, scripts=("upload.js",), accounts=visit.ask("choices")["accounts"],
                      bundles=kept.get("bundle", []), holidays=len(kept["site"]["holidays"]),
                      left={each["name"]: each for line in lines for each in line["bundles"]},
                      **{"answer": None, "wrong": "", "complaints": [], **values})


def download(visit: Visit, line: str) -> Any:
    settings = find(read_site(visit), "line", line)
    text = visit.ask("export").get((settings or {}).get("tariff") or "", "")
    if not text:
        raise Refused(visit.say("This line has no tariff."))
    return HTTPResponse(text, headers={"Content-Type": "text/csv; charset=utf-8",
                                       "Content-Disposition": f'attachment; filename="{line}.csv"'})


def upload(visit: Visit) -> Any:
    """Keeps the file, and leads to its preview."""
    assert visit.session
    line, file = visit.text("line", 32), visit.files.get("file")
    if file is None:
        raise Refused(visit.say("No file was sent."))
    octets = file.file.read(LARGEST + 1)
    if len(octets) > LARGEST:
        raise Refused(visit.say("This file is too large; %s MB are allowed.") % (LARGEST // 1024 // 1024))
    try:
        text = text_of(octets)
    except NoText as no:
        raise Refused(visit.say(str(no))) from no
    number = visit.house.uploads.keep(visit.session.cookie, line, text)
    return visit.go(f"/prices/upload/{number}")


def preview(visit: Visit, number: str) -> Any:
    kept = _kept(visit, number)
    line, text = kept.name, kept.text
    complaints, changes = apply(visit, lines=[{"name": line, "tariff": f"{line}.csv"}],
                                tariffs={f"{line}.csv": text}, dry_run=True)
    if complaints:
        return _show(visit, complaints=complaints)
    files = visit.ask("export")
    settings = find(read_site(visit), "line", line) or {}
    before = _rows(files.get(settings.get("tariff") or SITE_FILE + "?", ""))
    found = difference(before, _rows(text))
    return visit.show("tariff", line=line, number=number, changes=changes, rows=found[:SHOWN], count=len(found),
                      total=len(_rows(text)))


def take(visit: Visit, number: str) -> Any:
    kept = _kept(visit, number)
    complaints, changes = apply(visit, lines=[{"name": kept.name, "tariff": f"{kept.name}.csv"}],
                                tariffs={f"{kept.name}.csv": kept.text})
    if complaints:
        return _show(visit, complaints=complaints)
    visit.house.uploads.forget(number)
    return visit.go("/prices", visit.told(changes))


def _kept(visit: Visit, number: str) -> Any:
    assert visit.session
    kept = visit.house.uploads.find(number, visit.session.cookie)
    if kept is None:
        raise Refused(visit.say("This file is not kept any more; send it again."))
    return kept


def _rows(text: str) -> dict[Key, dict[str, str]]:
    """By prefix, carrier and time."""
    if not text:
        return {}
    try:
        return {(row.get("prefix", ""), row.get("carrier", ""), _time(row)): row for row in read_csv(text)}
    except ValueError:
        return {}


def _time(row: dict[str, str]) -> str:
    """`mo-fr 08:00-18:00`, or "" at any time; the file may write 8:00."""
    days, since, until = (row.get(key, "").lower() for key in TIMES)
    times = "-".join(each.rjust(5, "0") for each in (since, until) if each)
    return f"{days} {times}".strip()


def difference(before: dict[Key, dict[str, str]], after: dict[Key, dict[str, str]]) -> list[dict[str, Any]]:
    """What a new tariff changes, by prefix, carrier and time: `kind` new, gone or changed, with both rows."""
    found: list[dict[str, Any]] = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        row = {"prefix": key[0], "carrier": key[1], "time": key[2], "old": old or {}, "new": new or {}}
        if old is None or new is None:
            found.append({**row, "kind": "new" if old is None else "gone"})
        elif any(_value(old.get(column)) != _value(new.get(column)) for column in COLUMNS):
            found.append({**row, "kind": "changed"})
    return found


def _value(text: str | None) -> Any:
    try:
        return float(text or 0)
    except ValueError:
        return text


PAGES = (
    Page("GET", "/prices", Access.VIEWER, prices),
    Page("GET", "/prices/tariff/<line>", Access.VIEWER, download),
    Page("POST", "/prices/upload", Access.ADMIN, upload, largest=LARGEST + 64 * 1024),
    Page("GET", "/prices/upload/<number>", Access.ADMIN, preview),
    Page("POST", "/prices/upload/<number>", Access.ADMIN, take),
)
