"""Busy writing with the product's own stores, each step told with its time once it is durable: `writer.py FOLDER`."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from itertools import count
from pathlib import Path

from appliance.store.documents import Documents
from appliance.store.journal import Journal
from tests.store.torturer import START, one_call


def tell(*words: object) -> None:
    """One write: a line is in the pipe whole or not at all."""
    os.write(1, (json.dumps([time.monotonic(), *words]) + "\n").encode())


def calls(folder: Path) -> None:
    journal = Journal(folder / "journal.sqlite", "EUR")
    for turn in count():
        journal.happenings.event(START, "box", f"turn {turn}", None)
        one_call(journal, turn, tell)


def settings(folder: Path) -> None:
    """An admin who never rests; documents of changing length, so that a tail of an older one would show."""
    documents = Documents(folder / "settings.json")
    for turn in count(1):
        tell("saving", turn)
        accounts = [{"name": f"account {n}", "pin_hash": "x" * (turn * 37 % 500)} for n in range(turn % 40)]
        documents.replace_all({"turn": turn}, [{"name": "gsm1"}], accounts)
        tell("saved", turn)


if __name__ == "__main__":
    threading.Thread(target=settings, args=(Path(sys.argv[1]),), daemon=True).start()
    calls(Path(sys.argv[1]))
