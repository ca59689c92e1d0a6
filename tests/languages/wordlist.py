"""Every text of the page that is there to be translated: in templates and pages, and in what the gateway tells them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
IN_VIEWS = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")
IN_PAGES = re.compile(r"""\b(?:say|language|visit\.say|_language)\(\s*("(?:[^"\\]|\\.)*")""")
# Words that come from the gateway and are shown through _().
FROM_THE_GATEWAY = (
    "the caller still rings", "waits before ringing back", "looks for a line", "rings the subscriber",
    "asks the subscriber", "checks the PIN", "looks for the cheapest line", "reserves the money",
    "rings the destination", "they talk", "the destination is gone", "says goodbye", "hangs up", "is over",
    "admin", "viewer", "new", "gone", "changed", "ring", "reject", "call-through", "nothing", "the key 1", "the PIN",
    "normal", "busy", "no answer", "rejected", "handset", "A-leg", "box", "B-leg", "destination", "delivered", "failed",
    "Trouble", "Over", "sent", "undelivered", "unknown", "queued", "English", "name or password is wrong",
    "code", "missed call", "accepted", "refused", "the old PIN is wrong", "this number is yours already",
    "there were too many wrong PINs; try again later", "this code is wrong, used, or too old; ask for another",
)
# Where the gateway's sentences are made, and by which calls; "return" and "yield" are the statements. Each {} stands
# for a value.
SENTENCES = {
    **{f"commands/{name}.py": {"ApiError"} for name in (
        "alerting", "answers", "asking", "backups", "callbook", "credit", "figures", "forgetting", "home", "params",
        "registering", "services", "texting", "tokens", "users", "visitors")},
    "accounts/pin.py": {"return"}, "alerts/wording.py": {"say", "NAMES"},
    "api/client.py": {"NoGateway", "GatewayLost"}, "calls/admission.py": {"Declined"},
    "commands/checking.py": {"_error", "_warning", "Finding"}, "commands/wellbeing.py": {"error", "warning"},
    "commands/live.py": {"LineOffer"},
    "commands/software.py": {"ApiError", "BY_APT", "return"}, "hardware/slots.py": {"NoAnswer"},
    "commands/mailing.py": {"MailFailed", "REASONS"}, "commands/routing.py": {"dict", "return"},
    "gateway.py": {"return"}, "lines/isdn/line.py": {"NO_WIRE", "NO_LAYER_1"},
    "lines/isdn/misdnprobe.py": {"TransportError", "NO_ISDN", "NO_CARD", "return"},
    "lines/isdn/misdn.py": {"GONE"}, "lines/isdn/span.py": {"NOT_WOKEN"},
    "lines/gsm/recovery.py": {"REMEDY", "WEAK"}, "lines/gsm/services.py": {"unknown"},
    "lines/gsm/ussd.py": {"ServiceFailed", "Refused"},
    "lines/gsm/startup.py": {"NotUsable", "tell"}, "lines/gsm/whose.py": {"tell"}, "routing/barring.py": {"Barred"},
    "routing/cheapest.py": {"NoRoute", "return"}, "routing/dialplan.py": {"Unreadable"}, "routing/hours.py": {"append"},
    "routing/tariff.py": {"append", "return"}, "settings/apply.py": {"append"},
    "settings/keys.py": {"text", "texts", "one_of"}, "settings/readers.py": {"Wrong", "return"},
    "settings/toml_file.py": {"_complain"}, "settings/whole_file.py": {"yield", "return"},
    "store/backup.py": {"StoreError"}, "switchboard/intake.py": {"return"}, "switchboard/post.py": {"return"},
}
WORDS = re.compile(r"[a-z]{2,}.* ")


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


def sentences() -> dict[str, str]:
    """Sentence of the gateway, with {} for each value -> the file that makes it."""
    return {text.removeprefix("[site]: ").strip(": "): name for name, makers in SENTENCES.items()
            for text in _made(ast.parse((ROOT / "appliance" / name).read_text("utf-8")), makers) if WORDS.search(text)}


def _made(tree: ast.AST, makers: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in makers:
            for argument in (*node.args, *(word.value for word in node.keywords)):
                yield from _strings(argument)
        elif isinstance(node, ast.AnnAssign | ast.Assign) and node.value and makers & set(map(_name, _targets(node))):
            yield from _strings(node.value)
        elif isinstance(node, ast.Dict) and "dict" in makers:
            for value in node.values:
                yield from _strings(value)


def _targets(node: ast.AnnAssign | ast.Assign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _strings(node: ast.AST) -> Iterator[str]:
    """Whole texts below; an f-string is one text with {} for its values, each of which may have texts of its own."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.sub(r"\{[a-z_]+\}", "{}", node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _strings(part.value)
    elif not isinstance(node, ast.Subscript | ast.Compare):
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)
