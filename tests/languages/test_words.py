"""Languages: every text of the page is translated, with its blanks; the file is real gettext."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.languages.words import FOLDER, Languages, compiled, read_po
from appliance.vocabulary.clock import SystemClock
from tests.languages.wordlist import sentences, texts


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_every_text_is_translated_and_keeps_its_blanks(path: Path) -> None:
    catalogue = read_po(path.read_text("utf-8"))
    missing = [text for text in (*texts(), *sentences()) if text not in catalogue]
    assert missing == []
    for text, translated in catalogue.items():
        assert re.findall("%[^ ]", text) == re.findall("%[^ ]", translated), text
        slots = set(re.findall(r"\{[a-z]\}", translated))
        assert slots or text.count("{}") == translated.count("{}"), text
        assert all(ord(slot[1]) - ord("a") < text.count("{}") for slot in slots), text


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


german = Languages().known["de"]


@pytest.mark.parametrize(("text", "translated"), [
    ('line "gsm1" is broken: searching for a network', 'Leitung "gsm1" ist gestört: sucht ein Netz'),
    ('line "gsm1": at "x" cannot be used; write a device path such as "/dev/ringback/sim1-at", or an ISDN port such as '
     '"misdn:0"', 'Leitung "gsm1": at "x" passt nicht; einen Gerätepfad wie "/dev/ringback/sim1-at" schreiben, oder '
                  'einen ISDN-Anschluss wie "misdn:0"'),
    ("ring_s 5000 is out of range; write 5 to 120 (seconds)",
     "ring_s 5000 passt nicht; 5 bis 120 schreiben (Sekunden)"),
    ("gsm3 at 0.3000 EUR for 300 s: 0.0600 EUR a minute, billed 60/1, row 4930",
     "gsm3 zu 0.3000 EUR für 300 s: 0.0600 EUR die Minute, Takt 60/1, Zeile 4930"),
    ("no line can carry +4989123: gsm1: its tariff has no row for +4989123",
     "keine Leitung für +4989123: gsm1: ihr Tarif hat keine Zeile für +4989123"),
    ("call 77 is over already", "Anruf 77 ist schon vorbei"),
    ("the box has 1 channel with audio, and a call needs two",
     "Kanäle mit Ton in der ganzen Box: 1; ein Anruf braucht zwei"),
    ("what nobody has translated: at all; really", "what nobody has translated: at all; really"),
])
def test_a_sentence_of_the_gateway_is_translated_with_its_values(text: str, translated: str) -> None:
    assert german(text) == translated


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*sentences(), "; ", ": ", "{}", "{a}", "%s", "\\", "é", " ", "0.09"]), max_size=12))
def test_any_text_is_translated_or_left_in_no_time(parts: list[str]) -> None:
    assert german("".join(parts)) or not "".join(parts)


def test_a_text_made_to_be_slow_is_not() -> None:
    began = SystemClock().monotonic()
    for seam in ("; ", ": ", "is ", '"', ", ", "write "):
        german(seam * 300)
        german((seam * 1000)[:1000])
    assert SystemClock().monotonic() - began < 1.0
