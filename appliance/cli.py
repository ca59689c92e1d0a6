"""The `ringback` command: reads the words, finds who answers, prints, gives the exit status."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from appliance.api.wire import ApiError
from appliance.commands import events, isdn, linework, listings, messages, modem, site
from appliance.commands.arguments import parser
from appliance.commands.backend import Backend, Opened
from appliance.commands.lab import lab
from appliance.commands.layout import Layout
from appliance.commands.updating import update
from appliance.store.atomic import StoreError

DEBUG = "RINGBACK_DEBUG"  # set: an internal error shows where it happened

ASKING: Mapping[str, Callable[[Namespace, Backend], int]] = {
    "lines": listings.lines, "accounts": listings.accounts, "calls": listings.calls, "route": listings.route,
    "check": listings.check, "events": events.events, "ladder": events.ladder, "apply": site.apply,
    "export": site.export, "sim": linework.sim, "forwarding": linework.forwarding, "ussd": linework.ussd,
    "sms": messages.sms, "isdn": isdn.isdn, "modem": modem.modem, "web-code": linework.web_code,
}


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 failed or refused, 2 wrong usage, 130 interrupted."""
    try:
        options = parser().parse_args(words)
    except SystemExit as over:
        return over.code if isinstance(over.code, int) else 2
    options.json = getattr(options, "json", False)
    data = Path(getattr(options, "data", None) or os.environ.get("RINGBACK_DATA") or "data")
    try:
        status = _do(options, _layout(options, data))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has left; Python must not complain again when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ApiError, StoreError) as refusal:
        print(f"ringback: {refusal}", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get(DEBUG):
            traceback.print_exc()
        print(f"ringback: internal error: {type(error).__name__}: {error}; set {DEBUG}=1 to see where", file=sys.stderr)
        return 1


def _layout(options: Namespace, data: Path) -> Layout:
    socket = getattr(options, "socket", None) or os.environ.get("RINGBACK_SOCKET")
    group = getattr(options, "socket_group", None) or os.environ.get("RINGBACK_SOCKET_GROUP") or ""
    units, cache = getattr(options, "units", None), getattr(options, "cache", None)
    return Layout(data, Path(socket) if socket else None, group, Path(units) if units else None,
                  Path(cache) if cache else None)


def _do(options: Namespace, layout: Layout) -> int:
    command, data = options.command, layout.data
    if command == "run" or (command == "lab" and options.action == "serve"):
        # Here and not above: listings must not wait for the whole gateway to be imported.
        from appliance.gateway import run
        return run(layout, command == "lab" or options.lab)
    if command == "web":
        from web.serve import run as web
        return web(layout.socket, Path(options.state or data / "web"), options.address, options.port)
    if command == "update":
        return update(options)
    if command == "demo":
        from appliance.demo import main as demo
        return demo(Path(options.out))
    if command == "lab":
        from appliance.rehearsal.command import REHEARSAL
        return REHEARSAL[options.action](options) if options.action in REHEARSAL else lab(options, data)
    with Opened(layout) as backend:
        return ASKING[command](options, backend)


if __name__ == "__main__":
    sys.exit(main())
