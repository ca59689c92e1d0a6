"""An update as an admin does it in a browser, on a phone as on a desk: sent in pieces, with what has arrived shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hardware.cardimage import card_image
from tests.web.box import PASSWORD
from tests.web.stage import SIZES, Stage, chromium, pictures
from tests.web.test_software import on_card, until_restarted


@pytest.mark.parametrize("size", SIZES)
def test_from_the_file_to_the_restart(tmp_path: Path, size: str) -> None:
    with card_image(tmp_path / "card", tmp_path / "update/bundle.raucb") as image, on_card(image, tmp_path) as box, \
            chromium(tmp_path, size) as browser:
        box.admin()
        page = Stage(tmp_path, "", box.port, browser, pictures(size), None, True)
        page.open("/login")
        page.fill(name="admin", password=PASSWORD)
        page.click("main button")
        page.reads("Nobody is on the phone")
        page.open("/settings/software")
        page.look("software")
        page.give("#file", image.bundle("bad", signer="stranger"))
        page.click("form[data-pieces] button")
        page.reads("this file is not signed by whoever made")
        page.look("software-refused")
        page.give("#file", image.bundle("good"))
        page.click("form[data-pieces] button")
        page.reads("Version 9.1.0 is signed and fits")
        page.look("software-checked")
        page.click("form[action='/settings/software/install'] button")
        page.reads("60 % Copying image to root.1")
        page.look("software-installing")
        image.go_on()
        page.reads("The box restarts into version 9.1.0")
        page.look("software-restarting")
        until_restarted(image)
