"""`ringback sim`, `forwarding`, `ussd`, and `web-code`."""

from __future__ import annotations

from argparse import Namespace

from appliance.commands.backend import Backend
from appliance.commands.printing import as_json, printable


def sim(options: Namespace, backend: Backend) -> int:
    answer = backend.ask("sim", line=options.line, confirm=options.confirm)
    if options.json:
        print(as_json(answer))
    else:
        print(f"{answer['line']}: {answer['sim']}" + (", confirmed; the line starts anew" if options.confirm else ""))
    return 0


def forwarding(options: Namespace, backend: Backend) -> int:
    answer = backend.ask("forwarding", line=options.line, erase=options.erase)
    if options.json:
        print(as_json(answer))
        return 0
    for each in answer["forwarding"]:
        print(f"{answer['line']}: calls go to {printable(each['number'])} {each['when']}")
    if answer["forwarding"] and answer["why"]:
        print(f"{answer['line']}: {printable(answer['why'])}")
    if not answer["forwarding"]:
        unknown = printable(answer["why"]) or "the network was not asked yet"
        print(f"{answer['line']}: " + ("no call is forwarded" if answer["asked"] else unknown))
    return 1 if options.erase and answer["forwarding"] else 0


def ussd(options: Namespace, backend: Backend) -> int:
    answer = backend.ask("ussd", line=options.line, code=options.code)
    print(as_json(answer) if options.json else printable(answer["text"]))
    return 0


def web_code(options: Namespace, backend: Backend) -> int:
    """The code itself stands on the console and in the system's journal, where only the box's owner reads."""
    answer = backend.ask("page_code")
    what = "for the first set-up" if answer["told"] == "setup" else "for a new password"
    print(as_json(answer) if options.json else f"the gateway's log shows a code {what}")
    return 0
