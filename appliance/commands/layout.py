"""Where things lie in a data directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """DIR/settings.json (documents), DIR/journal.sqlite, DIR/gateway.sock; the lab's own directory is DIR/lab.

    `at`: the socket, where it is elsewhere. `group`: whose members may talk to it, besides the gateway's own user.
    `units`: where systemd listens for us, to start the audio, ISDN, power and update units; without it audio and ISDN
    are children. `cache`: for what can be made anew. `root`: where the machine's own files begin.
    """

    data: Path
    at: Path | None = None
    group: str = ""
    units: Path | None = None
    cache: Path | None = None
    root: Path = Path("/")

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
    def audio_unit(self) -> Path | None:
        return self.units and self.units / "audio.sock"

    @property
    def isdn_unit(self) -> Path | None:
        return self.units and self.units / "isdn.sock"

    @property
    def power_unit(self) -> Path | None:
        return self.units and self.units / "power.sock"

    @property
    def update_unit(self) -> Path | None:
        return self.units and self.units / "update.sock"

    @property
    def updates(self) -> Path:
        """Where a bundle lies until it is written to the card; the helper reads it there."""
        return (self.cache or self.data) / "update"

    @property
    def last_update(self) -> Path:
        return self.data / "update.json"

    @property
    def voices(self) -> Path:
        """The folder of ISDN ports' sockets for voices."""
        return self.units / "voices" if self.units else self.data

    @property
    def prompts(self) -> Path:
        return (self.cache or self.data) / "prompts"

    @property
    def lab_socket(self) -> Path:
        return self.data / "lab" / "lab.sock"
