"""Speaks clips in a process of its own, behind everything else: `python -m appliance.audio.prompts.render`.

Jobs come as lines of JSON (language, words, path); the answer is the path, or an empty line for what cannot be said.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from appliance.audio.frame import RATE, samples
from appliance.audio.prompts.resample import to_8_khz

SPEED_WPM = 150  # words a minute; espeak-ng's default of 175 is hard to follow on a telephone
NICE = 10  # behind the gateway and its voices
READABLE = 0o644  # mode of a clip: the audio process may be another user's
HEADER = 44  # octets of RIFF header before the samples
SOFT = 100  # of 32768: what counts as silence at a clip's ends
LEAD, TRAIL = RATE // 50, RATE // 8  # samples of silence kept, so that digits follow each other as they are spoken


def speak(language: str, words: str) -> bytes:
    """The words as 8 kHz PCM; b"" when espeak-ng is missing or cannot."""
    espeak = shutil.which("espeak-ng")
    if not espeak or not words:
        return b""
    made = subprocess.run([espeak, "-v", language, "-s", str(SPEED_WPM), "--stdout", "--", words],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    if made.returncode or len(made.stdout) <= HEADER:
        return b""
    rate = int.from_bytes(made.stdout[24:28], "little")  # of the RIFF header
    return trimmed(to_8_khz(made.stdout[HEADER:], rate))


def trimmed(pcm: bytes) -> bytes:
    """Without the silence around it."""
    values = samples(pcm)
    loud = [at for at, value in enumerate(values) if abs(value) > SOFT]
    return values[max(0, loud[0] - LEAD) : loud[-1] + TRAIL].tobytes() if loud else b""


def keep(path: Path, pcm: bytes) -> None:
    """Whole or not at all, also after a power cut: the audio process may look at any moment."""
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    with aside.open("wb") as file:
        file.write(pcm)
        file.flush()
        os.fchmod(file.fileno(), READABLE)
        os.fsync(file.fileno())
    aside.replace(path)


def render(line: str) -> str:
    """One job; what is answered."""
    try:
        job = json.loads(line)
        path = Path(job["path"])
        if pcm := speak(str(job["language"]), str(job["words"])):
            keep(path, pcm)
            return str(path)
    except (ValueError, KeyError, TypeError, OSError, subprocess.SubprocessError) as error:
        print(f"prompts: {error}", file=sys.stderr)
    return ""


def main() -> int:
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway; the end of its pipe is ours
    for line in sys.stdin:
        print(render(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
