"""Everything real for a browser: lab, gateway and page as processes, Chromium by its driver."""

from __future__ import annotations

import asyncio
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from appliance.api.client import Client
from appliance.labbox import LabProcess
from tests.web.program import PATIENCE_S, Program

VENDOR = Path(__file__).parent / "vendor"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
PASSWORD = "four words and none"


def need_chromium() -> str:
    """The driver's path; a loud skip without it."""
    driver, browser = shutil.which("chromedriver"), shutil.which("chromium")
    if not driver or not browser:
        why = "no Chromium here, so no page was tried in a browser; apt-get install chromium chromium-driver"
        warnings.warn(why, stacklevel=2)
        pytest.skip(why)
    return driver


class Stage:
    """`do` plays the people; `open`, `click`, `fill` play the admin. `scripts`: whether the browser runs any."""

    def __init__(
        self, data: Path, code: str, port: int, browser: Any, pictures: Path | None, gateway: Program | None,
        scripts: bool,
    ) -> None:
        self.data, self.code, self.base, self.browser = data, code, f"https://localhost:{port}", browser
        self.gateway, self.scripts = gateway, scripts
        self._lab, self._pictures = LabProcess(data / "lab"), pictures
        self._axe = (VENDOR / "axe.min.js").read_text("utf-8")

    def do(self, action: str, *words: str) -> list[str]:
        return asyncio.run(self._lab.do(action, *words))

    def open(self, path: str) -> None:
        self.browser.get(self.base + path)

    def see(self, css: str) -> WebElement:
        """Waits for it."""
        found: WebElement = WebDriverWait(self.browser, PATIENCE_S).until(
            lambda b: b.find_element(By.CSS_SELECTOR, css))
        return found

    def reads(self, text: str) -> None:
        """Waits until the page has these words, without loading it again."""
        try:
            WebDriverWait(self.browser, PATIENCE_S, ignored_exceptions=[WebDriverException]).until(
                lambda _: self._has(text))
        except TimeoutException as late:
            shown = self.see("body").text
            raise AssertionError(f"never read: {text}\n{self.browser.current_url} shows:\n{shown}") from late

    def reads_again(self, text: str) -> None:
        """Loads the page again until it has these words, as a person does where no script runs."""
        def there(browser: Any) -> bool:
            if not (found := self._has(text)):
                browser.refresh()
            return found
        WebDriverWait(self.browser, PATIENCE_S).until(there, f"never read: {text}")

    def _has(self, text: str) -> bool:
        return text in self.browser.execute_script("return document.body.textContent")

    def tick(self, name: str) -> None:
        self.click(f"input[name={name}]")

    def give(self, css: str, file: Path) -> None:
        self.see(css).send_keys(str(file))

    def ask(self, method: str, **params: Any) -> Any:
        """The gateway itself: what really is."""
        with Client(self.data / "gateway.sock") as client:
            return client.call(method, **params)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            field = self.see(f"#{name}")
            field.clear()
            field.send_keys(value)

    def click(self, css: str) -> None:
        """Into view first, as a person scrolls."""
        element = self.see(css)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def look(self, name: str) -> None:
        """No barrier in light or dark, nothing wider than the screen; and a picture where some are wanted. Barriers are
        looked for by a script, so only where scripts run."""
        for scheme in ("dark", "light"):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            self._picture(f"{name}-{scheme}")
            if self.scripts:
                self._no_barrier(f"{name}, {scheme}")
        said = [row["message"] for row in self.browser.get_log("browser") if not row["message"].startswith(self.base)
                or "Uncaught" in row["message"] or "Content Security Policy" in row["message"]]
        assert said == [], f"{name}: the browser complains"
        wide = self.browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px wider than the screen"

    def _no_barrier(self, where: str) -> None:
        self.browser.execute_script(self._axe)
        found = self.browser.execute_async_script(
            "const done = arguments[arguments.length - 1]; axe.run(document).then((r) => done(r.violations.map("
            "(v) => [v.id, v.help, v.nodes.map((n) => n.html.slice(0, 200))])), (e) => done([[String(e)]]))")
        assert found == [], f"{where}: {found}"

    def _picture(self, name: str) -> None:
        if self._pictures:
            self._pictures.mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(self._pictures / f"{name}.png"))


@contextmanager
def chromium(data: Path, size: str, *, scripts: bool = True, patient: bool = True) -> Iterator[Any]:
    """A browser of that size, whose profile lies below `data`. `patient`: a page is open when all of it is there."""
    driver = need_chromium()
    wide, high = SIZES[size]
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={wide},{high}",
                 "--hide-scrollbars", "--lang=en", f"--user-data-dir={data / 'chromium'}"):
        options.add_argument(word)
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("acceptInsecureCerts", True)
    options.page_load_strategy = "normal" if patient else "none"
    if not scripts:
        options.add_argument("--blink-settings=scriptEnabled=false")
    options.set_capability("goog:loggingPrefs", {"browser": "WARNING"})
    if size == "phone":  # the driver's touch needs scripts: without them it never returns from a click
        options.add_experimental_option("mobileEmulation", {
            "deviceMetrics": {"width": wide, "height": high, "pixelRatio": 2.0, "touch": scripts}})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


def pictures(size: str) -> Path | None:
    kept = os.environ.get("SCREENSHOTS")
    return Path(kept) / size if kept else None


@contextmanager
def stage(data: Path, size: str, *, scripts: bool = True) -> Iterator[Stage]:
    """A box that nobody has set up yet. SCREENSHOTS=folder keeps pictures of every page."""
    need_chromium()
    gateway = Program(data, "run", "--lab")
    page = None
    try:
        code = gateway.told(r"set-up code ([A-Z0-9-]+)")[1]
        for line in ("gsm1", "gsm2", "gsm3"):
            gateway.told(f"{line}: ready")
        page = Program(data, "web", "--port", "0")
        port = int(page.told(r"page is at https://[^:]+:([0-9]+)/")[1])
        with chromium(data, size, scripts=scripts) as browser:
            yield Stage(data, code, port, browser, pictures(size), gateway, scripts)
    finally:
        if page:
            page.stop()
        gateway.stop()
