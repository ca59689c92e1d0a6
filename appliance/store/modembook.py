"""What modems had before they were prepared: kept before anything is changed, so that it can be put back."""

from __future__ import annotations

from pathlib import Path

from appliance.store.atomic import AtomicStorage

FILE = "modems.json"


class ModemBook:
    """DIR/modems.json: a modem's serial number -> setting -> the first value that was found."""

    def __init__(self, data: Path) -> None:
        self._storage = AtomicStorage(data / FILE)

    def kept(self, modem: str) -> dict[str, str]:
        """Setting -> value. StoreError when the file cannot be read."""
        return {str(name): str(value) for name, value in self._all().get(modem, {}).items()}

    def keep(self, modem: str, setting: str, value: str) -> None:
        """Durable when this returns; what was kept before stays."""
        known = self._all()
        if setting not in known.get(modem, {}):
            self._write({**known, modem: {setting: value, **known.get(modem, {})}})

    def drop(self, modem: str, setting: str) -> None:
        """It was put back."""
        known = self._all()
        known.get(modem, {}).pop(setting, None)
        self._write({name: values for name, values in known.items() if values})

    def _all(self) -> dict[str, dict[str, str]]:
        return {name: dict(table["1"]) for name, table in (self._storage.read() or {}).items()}

    def _write(self, known: dict[str, dict[str, str]]) -> None:
        self._storage.write({name: {"1": values} for name, values in known.items()})
