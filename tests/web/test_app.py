"""The page as an app: all of it is there before anybody logs in, also without a gateway, and holds nothing personal."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from struct import unpack

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from appliance.api.client import Client
from tests.web.box import Box, running, served
from tests.web.program import PATIENCE_S
from tests.web.stage import need_chromium
from web.certificate import Pair, fingerprint

OPEN = ("/manifest.webmanifest", "/sw.js", "/offline", "/ca", "/ca/ringback-ca.crt")
SITE = '[[account]]\nname = "Anna"\nnumbers = ["+4915155500001"]\npin = "471193"\n'


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        yield found


@pytest.mark.parametrize("path", OPEN)
def test_it_is_there_before_there_is_an_admin_and_without_a_gateway(box: Box, tmp_path: Path, path: str) -> None:
    assert box.browser().get(path).status == 200
    with served(tmp_path) as alone:
        assert alone.browser().get(path).status == 200


def test_no_page_loads_itself_anew_where_scripts_run() -> None:
    """It would wipe what somebody types, and nobody could stop it. WCAG 2.2.1."""
    for path in Path("web/views").glob("*.html"):
        without = re.sub("<noscript>.*?</noscript>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert 'http-equiv="refresh"' not in without, path


def test_the_manifest_names_a_start_and_icons_of_their_sizes(box: Box) -> None:
    answer = box.browser().get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.body)
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/me", "/", "standalone")
    for icon in manifest["icons"]:
        assert box.browser().get(icon["src"]).headers["Content-Type"] == "image/png"
        png = (Path("web/static") / icon["src"].removeprefix("/static/").partition("?")[0]).read_bytes()
        assert "{}x{}".format(*unpack(">II", png[16:24])) == icon["sizes"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_the_worker_keeps_static_files_and_one_page_only(box: Box) -> None:
    answer = box.browser().get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"  # a new one is taken at once
    found = re.search(r"const FILES = (\[.*\]);", answer.body)
    assert found
    kept = json.loads(found[1])
    assert all(path == "/offline" or path.startswith("/static/") for path in kept)
    assert [box.browser().get(path).status for path in kept] == [200] * len(kept)


def test_the_offline_page_knows_nobody(box: Box) -> None:
    admin = box.admin()
    assert "admin" not in admin.get("/offline").body
    assert admin.get("/offline").body == box.browser().get("/offline").body


def test_the_ca_is_the_one_that_signed_and_its_fingerprint_is_shown(box: Box) -> None:
    ca = box.site.pair.ca
    assert ca
    answer = box.browser().get("/ca/ringback-ca.crt")
    assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert answer.length == len(ssl.PEM_cert_to_DER_cert(ca.read_text("ascii")))
    page = box.browser().get("/ca", **{"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)"})
    shown = page.body.replace("<wbr>", "")
    assert fingerprint(ca) in shown
    assert re.search(r"<details class=\"card\" open><summary>iPhone", shown)
    assert 'href="/ca"' in box.browser().get("/me/login").body


def test_an_admins_own_certificate_hides_it(box: Box, tmp_path: Path) -> None:
    subprocess.run(("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", "k.pem", "-out", "c.pem", "-days", "9", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"), cwd=tmp_path, check=True, capture_output=True)
    box.admin()
    own = f'[site.web]\ncertificate = "{tmp_path / "c.pem"}"\nkey = "{tmp_path / "k.pem"}"\n'
    with Client(box.data / "gateway.sock") as client:
        client.call("apply", text=own, where="site.toml")
    with served(box.data) as other:
        assert other.site.pair.ca is None
        other.site.pair = Pair(tmp_path / "c.pem", tmp_path / "k.pem", tmp_path / "c.pem")  # for our own browser
        browser = other.browser()
        assert (browser.get("/ca").status, browser.get("/ca/ringback-ca.crt").status) == (404, 404)
        login = browser.get("/me/login")
        assert (login.status, "/ca" in login.body) == (200, False)


def test_the_browser_takes_the_ca_the_manifest_and_the_worker(box: Box, tmp_path: Path) -> None:
    """With the box's CA trusted as a person installs it, and nothing else allowed."""
    with Client(box.data / "gateway.sock") as client:
        client.call("apply", text=SITE, where="site.toml")
    box.admin()
    browser = trusting(box, tmp_path)
    try:
        base = f"https://localhost:{box.port}"
        browser.get(f"{base}/me/login")
        assert browser.find_elements(By.ID, "number")  # no warning stands before it
        browser.find_element(By.ID, "number").send_keys("+4915155500001")
        browser.find_element(By.ID, "pin").send_keys("471193")
        browser.find_element(By.CSS_SELECTOR, "main form button").click()
        WebDriverWait(browser, PATIENCE_S).until(lambda b: b.find_elements(By.ID, "call-me"))
        state = browser.execute_async_script(
            "const done = arguments[0]; navigator.serviceWorker.ready.then(async (r) => { const names = await "
            "caches.keys(); const kept = await (await caches.open(names[0])).keys(); done([r.scope, "
            "r.active.scriptURL, names.length, kept.map((k) => new URL(k.url).pathname)]); }, (e) => done(String(e)))")
        assert state[:3] == [f"{base}/", f"{base}/sw.js", 1]
        assert all(path == "/offline" or path.startswith("/static/") for path in state[3])
        assert len(state[3]) > 3
        found = browser.execute_cdp_cmd("Page.getAppManifest", {})
        assert (found["url"], found["errors"]) == (f"{base}/manifest.webmanifest", [])
        assert browser.execute_cdp_cmd("Page.getInstallabilityErrors", {})["installabilityErrors"] == []
        browser.get(f"{base}/me")  # under the worker now
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
            "offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
        box.site.close()  # the box is gone, for the worker as well
        browser.get(f"{base}/me")
        assert "The box cannot be reached" in browser.page_source
        assert "Anna" not in browser.page_source
    finally:
        browser.quit()


def trusting(box: Box, home: Path) -> webdriver.Chrome:
    """A Chromium whose user has installed the CA in the way that /ca tells for Linux."""
    driver, certutil = need_chromium(), shutil.which("certutil")
    if certutil is None:
        why = "no certutil here, so no browser trusted the box's CA; apt-get install libnss3-tools"
        warnings.warn(why, stacklevel=2)
        pytest.skip(why)
    folder = home / ".pki" / "nssdb"
    folder.mkdir(parents=True)
    for words in (("-N", "--empty-password"), ("-A", "-t", "C,,", "-n", "ringback", "-i", str(box.site.pair.ca))):
        subprocess.run((certutil, "-d", f"sql:{folder}", *words), check=True, capture_output=True)
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en",
                 f"--user-data-dir={home / 'chromium'}"):
        options.add_argument(word)
    options.binary_location = shutil.which("chromium") or ""
    return webdriver.Chrome(options=options, service=Service(driver, env={"HOME": str(home), "PATH": "/usr/bin:/bin"}))
