"""Where things lie in a data directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """DIR/settings.json (documents), DIR/journal.sqlite, DIR/gateway.sock; the lab's own directory is DIR/lab.

    `at`: the socket, where it is elsewhere. `group`: whose members may talk to it, besides the gateway's own user.
    """

    data: Path
    at: Path | None = None
    group: str = ""

    @property
    def documents(self) -> Path:
        return self.data / "settings.json"

    @property
    def journal(self) -> Path:
        return self.data / "journal.sqlite"

    @property
    def socket(self) -> Path:
        return self.at or self.data / "gateway.sock"

    @property
    def lab_socket(self) -> Path:
        return self.data / "lab" / "lab.sock"
