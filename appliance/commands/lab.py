"""`ringback lab`: play the subscriber while the gateway runs with the lab."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from appliance.api.client import Client, NoGateway
from appliance.api.wire import ApiError
from appliance.commands.layout import Layout
from appliance.commands.printing import as_json, printable


def lab(options: Namespace, data: Path) -> int:
    try:
        with Client(Layout(data).lab_socket) as client:
            answer = client.call(options.action, words=options.words)
    except NoGateway:
        raise ApiError(f"no lab is running in {data}; start it with: ringback run --lab") from None
    if options.json:
        print(as_json(answer))
    else:
        for line in answer if isinstance(answer, list) else [answer]:
            print(printable(line))
    return 0
