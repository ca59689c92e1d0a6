"""A slow network: a live page becomes live though one of its scripts comes long after the others."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from selenium.webdriver.support.ui import WebDriverWait

from tests.web.box import running
from tests.web.program import PATIENCE_S
from tests.web.stage import chromium

COOKIE = "__Host-ringback"


def test_a_page_becomes_live_though_a_script_comes_late(tmp_path: Path) -> None:
    with running(tmp_path / "box") as box, chromium(tmp_path, "phone", patient=False) as browser:
        late, app, base = threading.Event(), box.site.server.wsgi_app, f"https://localhost:{box.port}/"

        def slow(environ: dict[str, Any], start_response: Any) -> Any:
            if environ["PATH_INFO"].endswith("hx-sse.js"):
                late.wait(PATIENCE_S)
            return app(environ, start_response)

        def until(script: str) -> None:
            WebDriverWait(browser, PATIENCE_S).until(lambda _: browser.execute_script(f"return Boolean({script})"))

        browser.execute_cdp_cmd("Network.setCookie", {
            "name": COOKIE, "value": box.admin().cookies[COOKIE], "url": base, "secure": True})
        box.site.server.wsgi_app = slow
        browser.get(base)
        until("document.querySelector('#live')")
        until("window.htmx")
        browser.execute_async_script("setTimeout(arguments[0])")  # whatever htmx put off until now was done
        late.set()
        until("document.querySelector('#live')._htmx?.sse?.lastEventId")
