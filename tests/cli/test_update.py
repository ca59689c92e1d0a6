"""`ringback update` on a card image: what is printed, and what becomes of the box."""

from __future__ import annotations

import json
import os
import threading
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api.wire import ApiError
from appliance.commands.updating import update
from tests.hardware.cardimage import CardImage, card_image

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may write to the card")


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CardImage]:
    with card_image(tmp_path / "box", tmp_path / "unused") as found:
        monkeypatch.setenv("PATH", f"{found.root / 'bin'}:{os.environ['PATH']}")
        yield found


def run(image: CardImage, bundle: Path | None, no_reboot: bool = False, as_json: bool = False) -> int:
    return update(Namespace(bundle=bundle, no_reboot=no_reboot, json=as_json), image.root,
                  str(image.root / "etc/rauc/system.conf"))


def test_a_good_one_is_written_and_tried(image: CardImage, capsys: pytest.CaptureFixture[str]) -> None:
    threading.Thread(target=image.go_on, daemon=True).start()
    assert run(image, image.bundle("good")) == 0
    assert image.restarted() == "reboot --reboot-argument=0 tryboot"
    assert " 60 % Copying image to root.1" in capsys.readouterr().out


def test_without_a_restart_it_says_how_to_try_it(image: CardImage, capsys: pytest.CaptureFixture[str]) -> None:
    threading.Thread(target=image.go_on, daemon=True).start()
    assert run(image, image.bundle("good"), no_reboot=True) == 0
    assert not image.restarted()
    assert "To try it: systemctl reboot" in capsys.readouterr().out
    assert run(image, None, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"running": "A", "trying": "B", "failed": ""}


def test_a_foreign_one_changes_nothing(image: CardImage, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(image, image.bundle("bad", signer="stranger")) == 1
    told = capsys.readouterr().err
    assert "this file is not signed by whoever made this box's software" in told
    assert "nothing has changed" in told
    assert not image.restarted()


def test_a_box_that_does_not_restart_says_so(image: CardImage) -> None:
    (image.root / "stuck").touch()
    threading.Thread(target=image.go_on, daemon=True).start()
    with pytest.raises(ApiError, match="the box does not restart: Failed to reboot: Access denied"):
        run(image, image.bundle("good"))


def test_a_box_that_is_no_card_image_is_told_to_use_apt(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="it is updated with: apt install"):
        update(Namespace(bundle=None, no_reboot=False, json=False), tmp_path)
