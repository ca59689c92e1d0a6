"""The gateway as the page sees it: questions over the socket, one connection per thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.api.client import Client, GatewayLost, NoGateway
from appliance.api.wire import ApiError

ANSWER_S = 30.0  # s for one answer; a modem may take 20 for a service code
LIVE_S = 600.0  # s a stream may be silent before its thread is free again


class GatewayDown(Exception):
    """No gateway answers, so nothing can be shown or changed."""


class Refused(Exception):
    """The gateway says no, in words for people."""


class Door:
    """Questions to the gateway, from any thread. Raises GatewayDown and Refused."""

    def __init__(self, socket: Path) -> None:
        self._path = socket
        self._mine = threading.local()

    def ask(self, method: str, **params: Any) -> Any:
        """One question, one answer. Never asked twice: it may have been heard."""
        client = self._client()
        try:
            return client.call(method, **params)
        except GatewayLost as lost:
            self._drop()
            raise GatewayDown(str(lost)) from lost
        except ApiError as refusal:
            raise Refused(str(refusal)) from refusal

    def stream(self, method: str, **params: Any) -> Iterator[Any]:
        """Events on a connection of its own, until either side leaves."""
        client = self._connect(LIVE_S)
        try:
            yield from client.stream(method, **params)
        except GatewayLost as lost:
            raise GatewayDown(str(lost)) from lost
        except ApiError as refusal:
            raise Refused(str(refusal)) from refusal
        finally:
            client.close()

    def _client(self) -> Client:
        client: Client | None = getattr(self._mine, "client", None)
        if client is not None and not client.alive:
            self._drop()  # the gateway was started anew meanwhile
            client = None
        if client is None:
            client = self._mine.client = self._connect(ANSWER_S)
        return client

    def _connect(self, timeout_s: float) -> Client:
        try:
            return Client(self._path, timeout_s)
        except (NoGateway, ApiError) as error:
            raise GatewayDown(str(error)) from error

    def _drop(self) -> None:
        client: Client | None = getattr(self._mine, "client", None)
        self._mine.client = None
        if client is not None:
            client.close()
