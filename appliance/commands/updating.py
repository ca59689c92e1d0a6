"""`ringback update`: a signed bundle is put into the other half of the card by RAUC, then tried at a reboot.

Only on the card image. RAUC checks the signature and writes; the image's own `confirm` keeps the new version when it is
well, and the firmware's tryboot goes back to the old one when it is not.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from appliance.api.wire import ApiError
from appliance.commands.refusals import BY_APT, in_plain_words
from appliance.hardware.slots import Slots
from appliance.hardware.updates import TRY_ONCE, Refused, Updates


def update(options: Namespace, root: Path = Path("/"), config: str = "") -> int:
    """Exit status as of the command: 0 done, 1 refused. ApiError says what to do. `root`: where the machine's files
    begin; `config`: RAUC's, where it is elsewhere."""
    slots = Slots(root)
    if not slots.model:
        raise ApiError(BY_APT)
    if options.bundle is None:
        return _state(slots, options.json)
    if os.geteuid() != 0:
        raise ApiError("an update writes to the card: run this as root: ringback update FILE")
    bundle = Path(options.bundle).absolute()
    if not bundle.is_file():
        raise ApiError(f"there is no file {bundle}")
    updates = Updates(bundle, config)
    try:
        updates.obey("install", _progress)
    except (Refused, OSError) as no:
        print(f"ringback: {in_plain_words(str(no))}\n"
              "ringback: nothing has changed: the box goes on with the version it runs", file=sys.stderr)
        return 1
    if options.no_reboot:
        print("The new version is in the other half of the card. To try it: "
              f'systemctl reboot --reboot-argument="{TRY_ONCE}"')
        return 0
    print("The new version is tried now: calls end, the box restarts. If it is not well, the old one comes back.")
    try:
        updates.obey("try", _progress)
    except (Refused, OSError) as no:
        raise ApiError(f"the box does not restart: {no}") from no
    return 0


def _progress(news: dict[str, Any]) -> None:
    print(f"{news['percent']:3d} % {news['doing']}", flush=True)


def _state(slots: Slots, as_json: bool) -> int:
    found = {"running": slots.running, "trying": slots.trying, "failed": slots.failed}
    if as_json:
        print(json.dumps(found))
        return 0
    print(f"Slot {found['running']} runs.")
    if found["trying"]:
        print(f"Slot {found['trying']} is on trial." if found["trying"] == found["running"]
              else f"Slot {found['trying']} has a new version that the next try starts.")
    if found["failed"]:
        print(f"The last update, in slot {found['failed']}, did not become well and was left.")
    return 0
