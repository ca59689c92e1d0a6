"""Every dialog in tests/dialogs against the real driver; and what a technician is told when one does not play."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lines.dialog import FOLDER, DialogError, read
from tests.lines.replay import replay

FILES = sorted(FOLDER.glob("*.dialog"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_goes_as_written(path: Path) -> None:
    replay(path)


@pytest.mark.parametrize(("text", "complaint"), [
    ("= starting\n> ATE1\n", "a.dialog:2: the driver said ATE0, not ATE1"),
    ("= ready\n", "a.dialog:1: the driver told 'starting asking the modem who it is', not 'ready'"),
    ("= starting\n> ATE0\n< OK\n# go on\nwait 1 s\n", "a.dialog:5: before this there was more; instead: > AT+CGMI"),
    ("= starting\n> ATE0\n< OK\n", "a.dialog:3: at the end there was more; instead: > AT+CGMI"),
    ("= starting\n> ATE0\n= ready", 'a.dialog:3: the driver told "broken nothing answers AT on this port'),
    ("sim_pin 1\nfrom {}\n> ATX", "a.dialog:3: the driver never came to > ATX"),
    ("= starting\ndance\n", "a.dialog:2: 'dance' is no step; a line begins with"),
    ("from elsewhere\n", "a.dialog:1: there is no elsewhere.dialog"),
])
def test_a_mismatch_names_file_and_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "a.dialog"
    path.write_text(text.format(FOLDER / "start-generic"))
    with pytest.raises(DialogError) as error:
        replay(path)
    assert str(error.value).startswith(complaint)


def test_a_mismatch_in_the_file_it_starts_from_is_named_there(tmp_path: Path) -> None:
    (tmp_path / "start.dialog").write_text("= starting\n> ATE1\n")
    path = tmp_path / "a.dialog"
    path.write_text("# nothing\n\nfrom start\n")
    with pytest.raises(DialogError, match=r"^start\.dialog:2: "):
        replay(path)


def test_every_family_starts_in_a_dialog() -> None:
    said = {path.stem for path in FILES}
    assert {"start-quectel", "start-huawei", "start-generic"} <= said
    assert all(read(path).steps for path in FILES)
