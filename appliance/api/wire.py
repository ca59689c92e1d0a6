"""The wire format: requests {"id", "method", "params"}; replies {"id", "result"}, {"id", "error": {"message"}};
for a subscription any number of {"id", "event"} before its reply. One JSON object per line, UTF-8."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_LINE = 4 * 1024 * 1024  # octets; a site file with 20 tariffs of 5 000 rows fits


class ApiError(Exception):
    """A refusal whose text is meant for the person who asked."""


class BadRequest(ApiError):
    """A line that is no request; `id` is what could be read of its id."""

    def __init__(self, message: str, id: Any = None) -> None:  # noqa: A002 - the wire's own word
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class Request:
    id: int | str
    method: str
    params: dict[str, Any]


def read_request(line: bytes) -> Request:
    """One line of a client. Raises BadRequest."""
    document = _object(line)
    number = document.get("id")
    if isinstance(number, bool) or not isinstance(number, int | str):
        raise BadRequest('"id" must be a number or a text')
    method, params = document.get("method"), document.get("params", {})
    if not isinstance(method, str):
        raise BadRequest('"method" must be a text', number)
    if not isinstance(params, dict):
        raise BadRequest('"params" must be an object', number)
    return Request(number, method, params)


def read_reply(line: bytes) -> dict[str, Any]:
    """One line of the gateway. Raises BadRequest."""
    return _object(line)


def _object(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except RecursionError:
        raise BadRequest("nested too deeply") from None
    except ValueError as error:
        raise BadRequest(f"this is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise BadRequest("a line must be a JSON object")
    return document


def write(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def error(number: Any, message: str) -> bytes:
    return write({"id": number, "error": {"message": message}})
