"""`ringback lab`: play the subscriber while the gateway runs with the lab."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from appliance.api.client import Client, NoGateway
from appliance.api.wire import ApiError
from appliance.commands.layout import Layout
from appliance.commands.printing import as_json, printable

PATIENCE_S = 120.0  # s: the lab answers when what was asked for is over, such as a sentence


def lab(options: Namespace, data: Path) -> int:
    words = list(options.words)
    if options.action == "save" and words:
        words[-1] = os.path.abspath(words[-1])  # the lab runs in another folder
    try:
        with Client(Layout(data).lab_socket, PATIENCE_S) as client:
            answer = client.call(options.action, words=words)
    except NoGateway:
        raise ApiError(f"no lab is running in {data}; start it with: ringback run --lab") from None
    if options.json:
        print(as_json(answer))
    else:
        for line in answer if isinstance(answer, list) else [answer]:
            print(printable(line))
    return 0
