"""Updates from the page: a real gateway asks the privileged helper's program, which asks RAUC."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance import __version__
from appliance.api.client import Client
from appliance.commands import software
from appliance.commands.layout import Layout
from tests.hardware.cardimage import CardImage, card_image
from tests.web.box import Answer, Box, Browser, running
from web.pages.software import PIECE


@dataclass(frozen=True)
class OnCard(Layout):
    """As on a box with the card image; audio stays a child."""

    @property
    def update_unit(self) -> Path | None:
        return self.root / "update.sock"


@contextmanager
def on_card(image: CardImage, data: Path) -> Iterator[Box]:
    """One life of the box."""
    with running(data, OnCard(data, root=image.root)) as box:
        yield box


@pytest.fixture
def image(tmp_path: Path) -> Iterator[CardImage]:
    with card_image(tmp_path / "card", tmp_path / "update/bundle.raucb") as found:
        yield found


def send(browser: Browser, path: str, fields: dict[str, str], octets: bytes, token: str | None = None) -> Answer:
    """A form with a file, as a browser sends it."""
    fields = {"csrf": browser.token() if token is None else token, **fields}
    body = b"".join(b'--edge7\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), v.encode())
                    for k, v in fields.items())
    body += b'--edge7\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n\r\n%s\r\n--edge7--\r\n' % octets
    return browser.ask("POST", path, body, {
        "Origin": f"https://localhost:{browser.box.port}", "Content-Type": "multipart/form-data; boundary=edge7"})


def send_whole(browser: Browser, bundle: bytes) -> Answer:
    """As without scripts; what the page says then."""
    sent = send(browser, "/settings/software", {}, bundle)
    return browser.get(sent.location) if sent.status == 303 else sent


def state(data: Path) -> Any:
    with Client(data / "gateway.sock") as client:
        return client.call("software_state")


def until(data: Path, phase: str) -> Any:
    """Asks until the update is that far."""
    pause = threading.Event()
    for _ in range(600):
        if (found := state(data))["phase"] == phase:
            return found
        pause.wait(0.05)
    raise AssertionError(f"never {phase}: {found}")


def until_restarted(image: CardImage) -> str:
    pause = threading.Event()
    for _ in range(600):
        if told := image.restarted():
            return told
        pause.wait(0.05)
    raise AssertionError("the box was never restarted")


def test_an_update_is_sent_checked_written_tried_and_kept(image: CardImage, tmp_path: Path) -> None:
    bundle = image.bundle("good", version="9.1.0").read_bytes()
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        page = admin.get("/settings/software").body
        assert (__version__ in page, "ringback-pi4" in page) == (True, True)
        token = admin.token()
        for at in range(0, len(bundle), PIECE):
            piece = {"at": str(at), "size": str(len(bundle))}
            said = send(admin, "/settings/software/piece", piece, bundle[at:at + PIECE], token)
            assert (said.status, said.body) == (204, "")
        admin.post("/settings/software/check")
        assert "Version 9.1.0 is signed and fits" in admin.get("/settings/software").body
        assert admin.post("/settings/software/install").status == 303
        assert state(tmp_path)["phase"] == "installing"
        assert "is being written to the other half" in admin.get("/settings/software/part").body
        refused = admin.post("/settings/software/check").body
        assert "an update is on its way already" in refused
        image.go_on()
        assert until_restarted(image) == "reboot --reboot-argument=0 tryboot"
        assert "The box restarts into version 9.1.0" in admin.get("/settings/software").body
        assert not (tmp_path / "update/bundle.raucb").exists()
    image.boot("B", trying="B")
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        assert "Version 9.1.0 is on trial" in admin.get("/settings/software").body
        image.boot("B")  # confirmed
        assert "The update to version 9.1.0 went well" in admin.get("/settings/software").body
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        assert "The update to version 9.1.0 went well" in admin.get("/").body
        assert admin.post("/settings/software/seen").status == 303
        assert "The update to version" not in admin.get("/").body
        log = admin.get("/settings/log").body
        assert "had version 9.1.0 installed" in log
        assert "the update to version 9.1.0 is kept" in log


def test_one_that_is_not_well_is_told_at_the_next_log_in(image: CardImage, tmp_path: Path) -> None:
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        assert "is signed and fits" in send_whole(admin, image.bundle("good").read_bytes()).body
        admin.post("/settings/software/install")
        image.go_on()
        until_restarted(image)
    image.boot("A", trying="B")  # back, and `confirm` has not looked yet
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        assert "The update to version" not in admin.get("/").body
        image.boot("A")
        box.site.app._house.snapshots.forget()
        assert f"has gone back to version {__version__}" in admin.get("/").body
        assert f"has gone back to version {__version__}" in admin.get("/settings/software").body
        german = admin.get("/", **{"Accept-Language": "de"}).body
        assert f"ist zu Version {__version__} zurückgekehrt" in german


def test_what_is_not_signed_or_fits_another_box_is_refused_in_plain_words(image: CardImage, tmp_path: Path) -> None:
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        good = image.bundle("good").read_bytes()
        for sent, said in (
                (image.bundle("bad", signer="stranger").read_bytes(), "this file is not signed by whoever made"),
                (image.bundle("other", model="ringback-pi5").read_bytes(), "this update is for ringback-pi5"),
                (good[:-100], "this file is no update, or did not arrive whole"),
                (b"", "send the update"), (b"PK\3\4", "this file is no update")):
            assert said in send_whole(admin, sent).body
            assert state(tmp_path)["phase"] == "idle"
            assert not (tmp_path / "update/bundle.raucb").exists()
        assert "send the update" in admin.post("/settings/software/install").body
        assert "there is no new version" in admin.post("/settings/software/try").body
        assert "nicht von dem signiert" in send_whole_german(admin, image.bundle("bad2", signer="s").read_bytes())
    assert not image.restarted()


def send_whole_german(browser: Browser, octets: bytes) -> str:
    browser.cookies["ringback_language"] = "de"
    return send_whole(browser, octets).body


def test_a_card_that_fails_while_it_is_written(image: CardImage, tmp_path: Path) -> None:
    (image.root / "worn").touch()
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        send_whole(admin, image.bundle("good").read_bytes())
        admin.post("/settings/software/install")
        until(tmp_path, "installing")
        image.go_on()
        until(tmp_path, "idle")
        assert "RAUC refuses this update: Installation error" in admin.get("/settings/software").body
    assert not image.restarted()


def test_a_box_that_does_not_restart_says_so(image: CardImage, tmp_path: Path) -> None:
    (image.root / "stuck").touch()
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        send_whole(admin, image.bundle("good").read_bytes())
        admin.post("/settings/software/install")
        image.go_on()
        until(tmp_path, "installed")
        assert "the box does not restart: Failed to reboot: Access denied" in admin.post("/settings/software/try").body
        (image.root / "stuck").unlink()
        assert admin.post("/settings/software/try").status == 303
        assert image.restarted()


def test_pieces_that_do_not_fit_and_a_card_that_is_full(
        image: CardImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_card(image, tmp_path) as box:
        admin = box.admin()

        def piece(at: int, size: int, octets: bytes) -> tuple[int, str]:
            said = send(admin, "/settings/software/piece", {"at": str(at), "size": str(size)}, octets)
            return said.status, said.body
        assert piece(0, 100, b"x" * 50) == (204, "")
        assert piece(60, 100, b"x")[0] == 409
        assert piece(20, 100, b"y" * 30) == (204, "")  # its answer was lost: it comes once more, and counts once
        assert (tmp_path / "update/bundle.raucb").read_bytes() == b"x" * 20 + b"y" * 30
        assert piece(50, 100, b"x" * 51) == (409, "the pieces of this update do not fit together; send it once more")
        assert "250 MB at most" in piece(0, software.LARGEST + 1, b"x")[1]
        assert send(admin, "/settings/software/piece", {"at": "0"}, b"x" * (PIECE + 64 * 1024)).status == 413
        monkeypatch.setattr(software, "SPARE", 2**60)
        status, said = piece(0, 100, b"x")
        assert (status, "use a larger card" in said) == (409, True)
        assert not (tmp_path / "update/bundle.raucb").exists()


def test_only_an_admin_may_and_only_from_this_page(image: CardImage, tmp_path: Path) -> None:
    with on_card(image, tmp_path) as box:
        admin = box.admin()
        admin.post("/settings/people", name="vera", role="viewer", password="nothing but looking")
        vera = box.browser()
        vera.post("/login", name="vera", password="nothing but looking")
        for path in ("", "/piece", "/check", "/install", "/try", "/leave", "/seen"):
            for browser in (vera, box.browser()):
                assert browser.post(f"/settings/software{path}").status in (303, 403)
            assert admin.post(f"/settings/software{path}", token="00" * 32).status == 403
            elsewhere = admin.post(f"/settings/software{path}", headers={"Origin": "https://evil.example"})
            assert elsewhere.status == 403
        assert vera.get("/settings/software").status == 403
        assert state(tmp_path)["phase"] == "idle"


def test_a_box_without_the_image_says_that_updates_come_by_apt(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        admin = box.admin()
        assert "apt install ./ringback_VERSION_all.deb" in admin.get("/settings/software").body
        assert "apt install" in send(admin, "/settings/software/piece", {"at": "0", "size": "1"}, b"x").body
        assert "apt install" in admin.post("/settings/software/check").body
