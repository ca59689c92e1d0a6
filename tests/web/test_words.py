"""Languages: every text of the page is translated, with its blanks; the file is real gettext."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.wordlist import texts
from web.words import FOLDER, Languages, compiled, read_po


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_every_text_is_translated_and_keeps_its_blanks(path: Path) -> None:
    catalogue = read_po(path.read_text("utf-8"))
    missing = [text for text in texts() if text not in catalogue]
    assert missing == []
    for text, translated in catalogue.items():
        assert re.findall("%.", text) == re.findall("%.", translated), text


def test_a_new_file_is_a_new_language(tmp_path: Path) -> None:
    (tmp_path / "fr.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
                                    'msgid "English"\nmsgstr "Français"\n\nmsgid "Home"\nmsgstr ""\n"Acc"\n"ueil"\n',
                                    "utf-8")
    languages = Languages(tmp_path)
    french = languages.choose("", "fr-CH,de;q=0.5", "en")
    assert (french.name, french("Home"), french("Lines"), french("")) == ("Français", "Accueil", "Lines", "")


@pytest.mark.parametrize(("wish", "accepted", "site", "code"), [
    ("de", "en", "en", "de"), ("", "de-AT,en;q=0.9", "en", "de"), ("", "en;q=0.5,de;q=0.9", "en", "de"),
    ("", "", "de", "de"), ("xx", "yy;q=nonsense,,;q=", "zz", "en"), ("../de", "*", "en", "en")])
def test_the_language_is_chosen(wish: str, accepted: str, site: str, code: str) -> None:
    assert Languages().choose(wish, accepted, site).code == code


def test_an_empty_catalogue_compiles() -> None:
    assert len(compiled({})) == 28
