"""A bad network: a live page becomes live though a script comes late, or its stream fails at first."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver.support.ui import WebDriverWait

from tests.web.box import Box, running
from tests.web.program import PATIENCE_S
from tests.web.stage import chromium

COOKIE = "__Host-ringback"


class Visitor:
    """An admin whose network is `between` browser and page: it gets the path of each request before the page does."""

    def __init__(self, box: Box, browser: Any, between: Callable[[str], None]) -> None:
        self._browser, app, base = browser, box.site.server.wsgi_app, f"https://localhost:{box.port}/"

        def network(environ: dict[str, Any], start_response: Any) -> Any:
            between(environ["PATH_INFO"])
            return app(environ, start_response)

        browser.execute_cdp_cmd("Network.setCookie", {
            "name": COOKIE, "value": box.admin().cookies[COOKIE], "url": base, "secure": True})
        box.site.server.wsgi_app = network
        browser.get(base)

    def until(self, script: str) -> None:
        WebDriverWait(self._browser, PATIENCE_S).until(
            lambda browser: browser.execute_script(f"return Boolean({script})"))

    def sees_it_live(self) -> None:
        self.until("document.querySelector('#live')?._htmx?.sse?.lastEventId")


def test_a_page_becomes_live_though_a_script_comes_late(tmp_path: Path) -> None:
    late = threading.Event()

    def slow(path: str) -> None:
        if path.endswith("hx-sse.js"):
            late.wait(PATIENCE_S)

    with running(tmp_path / "box") as box, chromium(tmp_path, "phone", patient=False) as browser:
        visitor = Visitor(box, browser, slow)
        visitor.until("document.querySelector('#live') && window.htmx")
        browser.execute_async_script("setTimeout(arguments[0])")  # whatever htmx put off until now was done
        late.set()
        visitor.sees_it_live()


def test_a_page_becomes_live_though_its_stream_fails_at_first(tmp_path: Path) -> None:
    works, failed = threading.Event(), threading.Semaphore(0)

    def breaks(path: str) -> None:
        if path == "/live/home" and not works.is_set():
            failed.release()
            raise ConnectionResetError(errno.ECONNRESET, "the network broke")

    with running(tmp_path / "box") as box, chromium(tmp_path, "phone") as browser:
        visitor = Visitor(box, browser, breaks)
        for _ in range(4):  # a browser itself tries once more
            assert failed.acquire(timeout=PATIENCE_S)
        works.set()
        visitor.sees_it_live()
