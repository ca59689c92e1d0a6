"""A `ringback` command as a process of its own; what it tells is kept."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE_S = 60


class Program:
    """A `ringback` command that runs; what it tells is kept."""

    def __init__(self, data: Path, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "--data", str(data), *words], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True)
        self._told: list[str] = []
        self._more = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._more:
                self._told.append(line)
                self._more.notify_all()

    def told(self, pattern: str) -> re.Match[str]:
        """Waits for the first line that fits, also one told before."""
        def fits() -> re.Match[str] | None:
            return next((found for line in self._told if (found := re.search(pattern, line))), None)
        with self._more:
            assert self._more.wait_for(fits, PATIENCE_S), f"never told: {pattern}\n{''.join(self._told[-20:])}"
            found = fits()
        assert found
        return found

    def forget(self) -> None:
        """What was told so far."""
        with self._more:
            self._told.clear()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
