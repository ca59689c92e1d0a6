"""Every text of the page that is there to be translated, found in templates and pages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from appliance.accounts.pin import weak_pin
from appliance.vocabulary.number import Number

WEB = Path(__file__).resolve().parents[2] / "web"
IN_VIEWS = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")
IN_PAGES = re.compile(r"""\b(?:say|language|visit\.say|_language)\(\s*("(?:[^"\\]|\\.)*")""")
# Words that come from the gateway and are shown through _().
FROM_THE_GATEWAY = (
    "the caller still rings", "waits before ringing back", "looks for a line", "rings the subscriber",
    "asks the subscriber", "checks the PIN", "looks for the cheapest line", "reserves the money",
    "rings the destination", "they talk", "the destination is gone", "says goodbye", "hangs up", "is over",
    "admin", "viewer", "new", "gone", "changed", "ring", "reject", "call-through", "nothing", "the key 1", "the PIN",
    "normal", "busy", "no answer", "rejected", "handset", "A-leg", "box", "B-leg", "destination", "delivered", "failed",
    "sent", "undelivered", "unknown", "queued", "English", "name or password is wrong",
    "code", "missed call", "accepted", "refused", "the old PIN is wrong", "this number is yours already",
    "there were too many wrong PINs; try again later", "this code is wrong, used, or too old; ask for another",
    *(f"{weak_pin(pin, (Number('+4915155500001'),))}; choose another" for pin in (
        "1", "1111", "1234", "1212", "00001")),
)


def texts() -> list[str]:
    """In the order of files and lines, each once."""
    found: dict[str, None] = {}
    for path in sorted(WEB.rglob("*.html")):
        for literal in IN_VIEWS.findall(path.read_text("utf-8")):
            found[str(ast.literal_eval(literal))] = None
    for path in sorted(WEB.rglob("*.py")):
        for literal in IN_PAGES.findall(path.read_text("utf-8")):
            found[str(ast.literal_eval(literal))] = None
    return [*found, *(text for text in FROM_THE_GATEWAY if text not in found)]
