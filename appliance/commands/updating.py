"""`ringback update`: a signed bundle is put into the other half of the card by RAUC, then tried at a reboot.

Only on the card image. RAUC checks the signature and writes; the image's own `confirm` keeps the new version when it is
well, and the firmware's tryboot goes back to the old one when it is not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from appliance.api.wire import ApiError
from appliance.hardware.updates import LAST_ERROR, TRY_ONCE

TRYING, FAILED = Path("/data/slots/trying"), Path("/data/slots/failed")


def update(options: Namespace) -> int:
    """Exit status as of the command: 0 done, 1 refused. ApiError says what to do."""
    if shutil.which("rauc") is None or not Path("/etc/rauc/system.conf").exists():
        raise ApiError("this box was not made from Ringback's card image; "
                       "update it with: apt install ./ringback_VERSION_all.deb")
    if options.bundle is None:
        return _state(options.json)
    if os.geteuid() != 0:
        raise ApiError("an update writes to the card: run this as root (sudo ringback update FILE)")
    bundle = Path(options.bundle).absolute()
    if not bundle.is_file():
        raise ApiError(f"there is no file {bundle}")
    status, said = _install(bundle)
    if status:
        print(f"ringback: {refusal(bundle.name, said)}\n"
              "ringback: nothing has changed: the box goes on with the version it runs", file=sys.stderr)
        return 1
    if options.no_reboot:
        print("The new version is in the other half of the card. To try it: "
              f'systemctl reboot --reboot-argument="{TRY_ONCE}"')
        return 0
    print("The new version is tried now: calls end, the box restarts. If it is not well, the old one comes back.")
    return subprocess.run(["systemctl", "reboot", f"--reboot-argument={TRY_ONCE}"]).returncode


def _install(bundle: Path) -> tuple[int, str]:
    """RAUC's exit status and reason. Its progress is shown as it comes; the reason is not, it is put in words below."""
    said = ""
    with subprocess.Popen(["rauc", "install", str(bundle)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith(LAST_ERROR):
                said = line.removeprefix(LAST_ERROR).strip()
            else:
                print(line, end="", flush=True)
    return process.returncode, said


def refusal(name: str, said: str) -> str:
    """RAUC's reason for not installing a bundle, in a sentence that names the remedy."""
    if "signature" in said.lower():
        return (f"{name} has no signature that this box trusts: it is damaged, or was not made by those who made this "
                "box's image. Fetch it once more from them; their certificate is /etc/rauc/keyring.pem")
    if found := re.search(r"compatible mismatch.*?expected '([^']+)' but bundle manifest has '([^']+)'", said, re.I):
        return f"{name} is for another model ({found[2]}); this box takes updates for {found[1]}"
    return f"{name} is not installed: {said or 'RAUC does not say why; see journalctl -u rauc'}"


def _state(as_json: bool) -> int:
    told = subprocess.run(["rauc", "status", "--output-format=json"], capture_output=True, text=True)
    if told.returncode:
        raise ApiError(f"rauc does not tell its state: {told.stderr.strip()[:200]}")
    state = json.loads(told.stdout)
    found = {"running": state["booted"], "trying": _word(TRYING), "failed": _word(FAILED)}
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


def _word(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
