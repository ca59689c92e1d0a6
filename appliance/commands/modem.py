"""`ringback modem prepare` and `restore`: shown first, confirmed, done."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from appliance.api.wire import ApiError
from appliance.commands.backend import Backend
from appliance.commands.printing import as_json, printable


def modem(options: Namespace, backend: Backend) -> int:
    if bool(options.line) is bool(options.port):
        raise ApiError("name a line, or a port with --port, such as --port /dev/ringback/usb-1.4-at")
    where = {"line": options.line} if options.line else {"port": options.port}
    found, wanted = backend.ask("modem_survey", **where), list(getattr(options, "with", None) or [])
    rows = [row for row in found["rows"] if (row["kept"] if options.verb == "restore" else _to_do(row, wanted))]
    if not options.json:
        _show(found, rows, options.verb)
    if rows and not options.yes and not _agreed(len(rows)):
        print("nothing was changed", file=sys.stderr)
        return 1
    if not rows:
        print(as_json({**found, "done": [], "failed": []}) if options.json else "there is nothing to change")
        return 0
    more = {"with": wanted} if options.verb == "prepare" else {}
    answer = backend.ask(f"modem_{options.verb}", **where, **more)
    print(as_json(answer) if options.json else _told(answer))
    return 1 if answer["failed"] else 0


def _to_do(row: dict[str, Any], wanted: list[str]) -> bool:
    return bool(row["now"]) and row["now"] != row["want"] and (not row["optional"] or row["name"] in wanted)


def _show(found: dict[str, Any], rows: list[dict[str, Any]], verb: str) -> None:
    print(f"modem {printable(found['modem']) or 'without a serial number'}, family {printable(found['family'])}")
    names = {row["name"] for row in rows}
    for row in found["rows"]:
        new = row["kept"] if verb == "restore" else row["want"]
        now = printable(row["now"]) or "not told"
        mark = f"{now} -> {printable(new)}" if row["name"] in names else now
        print(f"  {'*' if row['name'] in names else ' '} {row['name']:<11} {mark}")
        print(f"    {row['title']}: {row['why']}" + ("; the modem restarts" if row["restarts"] else "")
              + ("; only with --with " + row["name"] if row["optional"] and row["name"] not in names else ""))


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise ApiError("nobody can be asked here; add --yes to change what is marked with *")
    print(f"Change what is marked with * ({count})? Old values are kept for ringback modem restore. [y/N] ", end="",
          flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "j", "ja")


def _told(answer: dict[str, Any]) -> str:
    told = [f"{each['name']}: {printable(each['was']) or 'not told'} -> {printable(each['is'])}"
            for each in answer["done"]]
    told += [f"{each['name']}: failed, {printable(each['why'])}" for each in answer["failed"]]
    told += ["the modem restarts now"] if answer["restarted"] else []
    return "\n".join(told + (["a call has begun, so it holds from the modem's next start"] if answer["waits"] else []))
