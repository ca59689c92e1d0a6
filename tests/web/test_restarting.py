"""After a restore the page waits for the box in a browser, and everybody logs in anew."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from urllib.parse import urlencode

from tests.web.stage import PASSWORD, Stage, stage


def test_the_page_waits_until_a_restored_box_is_there_again(tmp_path: Path) -> None:
    with stage(tmp_path, "desktop") as box:
        box.open("/")
        box.fill(code=box.code, name="admin", password=PASSWORD, again=PASSWORD)
        box.click("main button")
        box.see("#people")
        backup = tmp_path / "backup.tar.gz"
        backup.write_bytes(saved(box))
        box.open("/settings/backup")
        box.see("#file").send_keys(str(backup))
        box.click("form[action='/settings/restore'] button")
        box.click("form[action='/settings/restore/take'] button")
        box.reads("The box starts anew")
        box.look("restarting")
        box.see("input[name=password]")  # by itself; the session that the backup holds is worth nothing
        box.fill(name="admin", password=PASSWORD)
        box.click("main form button")
        box.reads("Calls in progress")


def saved(box: Stage) -> bytes:
    """As the button gives it, which a browser would put into its downloads."""
    cookies = {cookie["name"]: cookie["value"] for cookie in box.browser.get_cookies()}
    box.open("/settings/backup")
    form = urlencode({"csrf": box.see("input[name=csrf]").get_attribute("value")})
    context = ssl.create_default_context(cafile=str(box.data / "web" / "tls" / "ca.crt"))
    connection = http.client.HTTPSConnection("localhost", int(box.base.rpartition(":")[2]), context=context, timeout=60)
    connection.request("POST", "/settings/backup", form, {
        "Origin": box.base, "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())})
    reply = connection.getresponse()
    assert reply.status == 200
    return reply.read()
