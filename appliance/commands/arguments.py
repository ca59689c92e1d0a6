"""The words of the `ringback` command. Global options stand before or after the command."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from appliance import __version__

LAB_ACTIONS = {
    "status": "who is in the lab and what each phone does",
    "miss": "[PHONE] [NUMBER [SECONDS]], a phone lets a SIM ring and hangs up",
    "answer": "[PHONE], it answers its ringing call",
    "key": "[PHONE] KEYS, it keys them in DTMF",
    "say": "[PHONE] WORDS, it speaks",
    "text": "[PHONE or NUMBER or NAME] [SIM] TEXT, a text is sent to a SIM",
    "texts": "[PHONE], the texts that it got",
    "said": "[PHONE], wait until it has finished speaking",
    "hangup": "[PHONE], it hangs up",
    "wait": "[PHONE] STAGE, wait until its call is there, such as active",
    "save": "[PHONE] FILE, what it heard so far, as WAV",
    "play": "FILE..., scenario files, each in a second, and where one does not go as written",
    "steps": "the steps that a scenario file can have",
    "serve": "the gateway with the lab, as run --lab",
}


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from {low} to {high}")
        return int(text)
    return read


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 / 60 <= value <= 1440:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a length from 0.02 to 1440 minutes")
    return value


def _common() -> argparse.ArgumentParser:
    # SUPPRESS: a subcommand must not put its default over what stood before it.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--data", metavar="DIR", help="the box's data directory (default: $RINGBACK_DATA, else ./data)")
    common.add_argument("--socket", metavar="PATH",
                        help="where the gateway answers (default: $RINGBACK_SOCKET, else DIR/gateway.sock)")
    common.add_argument("--json", action="store_true", help="answer in JSON")
    return common


def parser() -> argparse.ArgumentParser:
    """The whole command line. `command` names what to do."""
    common = _common()
    top = argparse.ArgumentParser(
        prog="ringback", parents=[common], allow_abbrev=False,
        description="A callback gateway: miss a call, be rung back, pay the least.",
        epilog="Works through the running gateway, or on the data directory while none runs. Exit status: 0 done, "
               "1 failed or refused, 2 wrong usage.")
    top.add_argument("--version", action="version", version=f"ringback {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, what: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=what, description=what, allow_abbrev=False)

    _living(add)
    _settings(add)
    _listings(add)
    return top


def _living(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    run = add("run", "start the gateway and stay")
    run.add_argument("--lab", action="store_true", help="with the pretend telephone network instead of modems")
    run.add_argument("--socket-group", metavar="GROUP",
                     help="its members may talk to the gateway too, such as the page's user (default: "
                          "$RINGBACK_SOCKET_GROUP, else nobody else)")
    run.add_argument("--units", metavar="DIR",
                     help="where systemd listens, to start audio, ISDN and power units (default: audio and ISDN run as "
                          "children)")
    run.add_argument("--cache", metavar="DIR", help="where spoken prompts are kept (default: the data directory)")
    web = add("web", "serve the page, beside a gateway that runs")
    web.add_argument("--address", metavar="IP", help="listen there only (default: [site.web] of the settings)")
    web.add_argument("--port", type=_whole(0, 65_535), metavar="N", help="TCP port; 0 takes a free one")
    web.add_argument("--state", metavar="DIR", help="where certificate and key are kept (default: DATA/web)")
    add("web-code", "have the gateway tell a code that sets a new password for the page")
    update = add("update", "put a signed update into the other half of the card and try it (card image only)")
    update.add_argument("bundle", nargs="?", metavar="FILE", help="a .raucb file; without it: which half runs")
    update.add_argument("--no-reboot", action="store_true", help="do not restart now")
    demo = add("demo", "play a whole callback against the lab")
    demo.add_argument("--out", metavar="DIR", default="demo-out", help="where the recordings go (default: demo-out)")
    lab = add("lab", "play the subscriber while the gateway runs with the lab")
    lab.add_argument("action", choices=LAB_ACTIONS, metavar="ACTION",
                     help="; ".join(f"{name} {what}" for name, what in LAB_ACTIONS.items()))
    lab.add_argument("words", nargs="*", metavar="WORD",
                     help="phones: anna (the subscriber, taken when none is named), bert")


def _settings(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    apply = add("apply", "take over what a site file names")
    apply.add_argument("site", metavar="SITE.toml", help="the site file; tariff files lie beside it")
    apply.add_argument("--dry-run", action="store_true", help="say what would change and change nothing")
    apply.add_argument("--prune", action="store_true", help="disable lines and accounts that the file does not name")
    export = add("export", "write the settings as a site file and tariff files")
    export.add_argument("folder", nargs="?", metavar="DIR", help="where to (default: the site file, to the screen)")
    export.add_argument("--force", action="store_true", help="overwrite files that are there")


def _listings(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    add("lines", "list the lines and how they are")
    add("accounts", "list the accounts, what they spent and may spend")
    calls = add("calls", "list the calls, or show the bill of one")
    calls.add_argument("call", nargs="?", metavar="CALL", help="the number of one call")
    calls.add_argument("--account", metavar="A", help="of this account only")
    calls.add_argument("--limit", type=_whole(1, 1000), default=50, metavar="N", help="the newest N (default: 50)")
    route = add("route", "say which line a number would take and what it would cost")
    route.add_argument("number", metavar="NUMBER", help="as it would be keyed")
    route.add_argument("--account", metavar="A", help="with this account's lists and limits")
    route.add_argument("--at", metavar="TIME", help="at this time, such as 2026-03-02T18:30")
    route.add_argument("--minutes", type=_minutes, metavar="N", help="for this length (default: expected_call_s)")
    events = add("events", "tell what happened")
    events.add_argument("--follow", action="store_true", help="go on telling until Ctrl-C")
    events.add_argument("--call", metavar="CALL", help="of this call only")
    events.add_argument("--limit", type=_whole(1, 10_000), default=50, metavar="N", help="the newest N (default: 50)")
    ladder = add("ladder", "draw one call as a ladder diagram")
    ladder.add_argument("call", metavar="CALL", help="the number of the call, as ringback calls lists it")
    _messages(add)
    _linework(add)
    add("check", "say what is wrong with this box and what to do")


def _messages(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    sms = add("sms", "show the messages that came, or that were sent; or send one")
    sms.add_argument("action", nargs="?", choices=("list", "sent", "send"), default="list", metavar="ACTION",
                     help="list (the inbox), sent, or send NUMBER TEXT")
    sms.add_argument("words", nargs="*", metavar="WORD", help="number and text")
    sms.add_argument("--line", metavar="LINE", help="send on this line")
    sms.add_argument("--all", action="store_true", help="list commands as well")
    sms.add_argument("--limit", type=_whole(1, 1000), default=50, metavar="N", help="the newest N (default: 50)")


def _linework(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    sim = add("sim", "show the SIM in a line's modem, or confirm that another one is right")
    sim.add_argument("--confirm", action="store_true", help="number and tariff of the line are right for this SIM")
    forwarding = add("forwarding", "show where the network forwards a line's calls, or erase that")
    forwarding.add_argument("--erase", action="store_true", help="erase every forwarding")
    ussd = add("ussd", "ask the network's service, such as the SIM's balance")
    for each in (sim, forwarding, ussd):
        each.add_argument("line", metavar="LINE", help="as ringback lines calls it")
    ussd.add_argument("code", metavar="CODE", help="such as '*100#', in quotes")
    modem = add("modem", "show and change what a modem keeps inside, such as VoLTE")
    works = modem.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, what in (("prepare", "look at what must be set once inside this modem, and set it when you agree"),
                       ("restore", "put back what the modem had before")):
        work = works.add_parser(verb, parents=[_common()], help=what, description=what, allow_abbrev=False)
        work.add_argument("line", nargs="?", metavar="LINE", help="as ringback lines calls it; it must be ready")
        work.add_argument("--port", metavar="DEV", help="a modem that belongs to no line, by its AT port")
        work.add_argument("--yes", action="store_true", help="do not ask")
        if verb == "prepare":
            work.add_argument("--with", action="append", metavar="NAME", help="a setting that is optional, too")
    isdn = add("isdn", "show what an ISDN line and the exchange say to each other")
    verbs = isdn.add_subparsers(dest="verb", metavar="VERB")
    trace = verbs.add_parser("trace", parents=[_common()], help="messages of the D channel until Ctrl-C",
                             description="messages of the D channel (Q.931) until Ctrl-C", allow_abbrev=False)
    trace.add_argument("line", metavar="LINE", help="as ringback lines calls it")
    trace.add_argument("--raw", action="store_true", help="frames of layer 2 (Q.921) as well, and octets")
    trace.add_argument("--count", type=_whole(1, 1_000_000), metavar="N", help="only N of them, then end")
