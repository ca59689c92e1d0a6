"""A box that was made from the card image, below a folder: RAUC's settings, the slots, and the privileged helper.

`rauc` is Debian's own where signatures are checked, if it is installed. Writing wants device-mapper and a D-Bus
service, so `rauc install` is played by a program on PATH with what RAUC 1.8 printed; so is `systemctl reboot`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.units.unitfiles import ROOT

REAL = shutil.which("rauc") if shutil.which("mksquashfs") else None
MODEL = "ringback-pi4"
CONFIG = """[system]
compatible={model}
bootloader=custom
bundle-formats=verity
statusfile={root}/status
[keyring]
path={root}/cert.pem
[handlers]
bootloader-custom-backend=/bin/true
[slot.root.0]
device={root}/a
bootname=A
[slot.root.1]
device={root}/b
bootname=B
"""
PLAYED = """#!{python}
import json, subprocess, sys
from pathlib import Path
real, root, words = {real!r}, Path({root!r}), sys.argv[1:]
bundle = Path(words[-1])
if real:
    info = subprocess.run([real, *words[:-1]][:2] + ["info", "--output-format=json", str(bundle)],
                          capture_output=True, text=True)
    code, found, why = info.returncode, info.stdout, info.stderr
else:  # the words of 1.8, and bundles of this test's own
    text = bundle.read_text("utf-8", "replace")
    code = int(not (text.startswith("signed") and text.endswith("whole")))
    found = json.dumps(dict(zip(("compatible", "version"), text.split()[1:3])))
    why = ("signature verification failed: Verify error: self-signed certificate" if text.startswith("stranger")
           else "Invalid bundle format: Signature size (7586609646493822117) exceeds bundle size")
if "info" in words:
    sys.stdout.write(found)
    sys.stderr.write(why)
    sys.exit(code)
say = lambda text: print(text, flush=True)
say("installing\\n  0% Installing\\n  0% Determining slot states\\n 20% Determining slot states done.")
say(" 20% Checking bundle")
if code:
    say("100% Installing failed.\\nLastError: " + why.strip().splitlines()[-1])
    sys.exit(1)
say(" 40% Checking bundle done.\\n 60% Copying image to root.1")
open(root / "go").read()  # a card takes its time: as long as the test wants
if (root / "worn").exists():
    say("100% Installing failed.\\nLastError: Installation error: Failed updating slot root.1: No space left on device")
    sys.exit(1)
(root / "data/slots/trying").write_text("B\\n")
say("100% Installing done.\\nInstalling `" + str(bundle) + "` succeeded")
"""
RESTART = """#!/bin/sh
[ ! -e {root}/stuck ] || {{ echo "Failed to reboot: Access denied" >&2; exit 1; }}
echo "$@" >{root}/restarted.new
mv {root}/restarted.new {root}/restarted
"""


@dataclass(frozen=True, slots=True)
class CardImage:
    root: Path

    @property
    def socket(self) -> Path:
        return self.root / "update.sock"

    def boot(self, slot: str, trying: str = "") -> None:
        """What the kernel and image-build's `confirm` leave behind."""
        (self.root / "proc/cmdline").write_text(f"console=tty1 rauc.slot={slot} quiet\n")
        mark = self.root / "data/slots/trying"
        mark.write_text(trying) if trying else mark.unlink(missing_ok=True)

    def go_on(self) -> None:
        """Lets `rauc install` come to its end."""
        with open(self.root / "go", "w"):
            pass

    def restarted(self) -> str:
        told = self.root / "restarted"
        return told.read_text().strip() if told.exists() else ""

    def bundle(self, name: str, version: str = "9.1.0", model: str = MODEL, signer: str = "") -> Path:
        """A bundle of some MB, signed with the box's key or with that of `signer`."""
        target = self.root / f"{name}.raucb"
        if not REAL:
            begin = f"{'stranger' if signer else 'signed'} {model} {version} "
            target.write_bytes(begin.encode() + os.urandom(2**21) + b"whole")
            return target
        content = self.root / name
        content.mkdir()
        (content / "root.img").write_bytes(os.urandom(2**21))
        (content / "manifest.raucm").write_text(f"[update]\ncompatible={model}\nversion={version}\n"
                                                "[bundle]\nformat=verity\n[image.root]\nfilename=root.img\n")
        if signer:
            key_pair(self.root, signer)
        subprocess.run([REAL, f"--cert={self.root}/{signer}cert.pem", f"--key={self.root}/{signer}key.pem", "bundle",
                        str(content), str(target)], check=True, capture_output=True)
        return target


def key_pair(folder: Path, name: str = "") -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=test", "-keyout", f"{folder}/{name}key.pem", "-out",
                    f"{folder}/{name}cert.pem"], check=True, capture_output=True)


@contextmanager
def card_image(root: Path, bundle: Path) -> Iterator[CardImage]:
    """`bundle`: where the gateway lays one for the helper, which runs for each connection as its unit has it run."""
    for folder in ("etc/rauc", "proc", "data/slots", "bin"):
        (root / folder).mkdir(parents=True)
    os.mkfifo(root / "go")
    (root / "etc/rauc/system.conf").write_text(CONFIG.format(root=root, model=MODEL))
    for name, text in (("rauc", PLAYED.format(python=sys.executable, real=REAL, root=str(root))),
                       ("systemctl", RESTART.format(root=root))):
        program = root / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    key_pair(root)
    image = CardImage(root)
    image.boot("A")
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(image.socket))
    door.listen()
    threading.Thread(target=_serve, args=(door, root, bundle), daemon=True).start()
    try:
        yield image
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


def _serve(door: socket.socket, root: Path, bundle: Path) -> None:
    """As systemd does with Accept=yes."""
    while True:
        try:
            connection, _ = door.accept()
        except OSError:
            return
        with connection:
            subprocess.Popen(helper(connection.fileno(), root, bundle), pass_fds=(connection.fileno(),), cwd=ROOT,
                             env={**os.environ, "PATH": f"{root / 'bin'}:{os.environ['PATH']}"})


def helper(descriptor: int, root: Path, bundle: Path) -> list[str]:
    return [sys.executable, "-I", "-m", "appliance.hardware.updates", "--socket-fd", str(descriptor), "--user",
            pwd.getpwuid(os.getuid()).pw_name, "--bundle", str(bundle), "--config", str(root / "etc/rauc/system.conf")]
