"""The parameters of a question, checked: they come over a socket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from appliance.api.wire import ApiError


class Params:
    """Typed access with defaults; ApiError names the parameter that is wrong."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise ApiError(f'"{name}" must be a text')
        return value or ""

    def texts(self, name: str) -> dict[str, str]:
        """An object of texts."""
        value = self._values.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise ApiError(f'"{name}" must be an object of texts')
        return value

    def flag(self, name: str) -> bool:
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise ApiError(f'"{name}" must be true or false')
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self._values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ApiError(f'"{name}" must be a whole number from {low} to {high}')
        return value

    def time(self, name: str, zone: tzinfo) -> datetime | None:
        """ISO 8601; without an offset it is the site's time."""
        if not (text := self.text(name)):
            return None
        try:
            at = datetime.fromisoformat(text)
            if not 2000 <= at.year < 2100:
                raise ValueError
        except ValueError:
            raise ApiError(f'"{text[:40]}" is no time; write one such as 2026-03-02T18:30') from None
        return at if at.tzinfo else at.replace(tzinfo=zone)
