"""What a person writes into ringback.toml: defaults, complaints with remedies, nothing that breaks out of a file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2] / "image-build"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJq me@laptop"


@pytest.fixture(scope="module")
def settings() -> ModuleType:
    path = ROOT / "overlay/usr/lib/ringback-image/firstboot_settings.py"
    spec = importlib.util.spec_from_file_location("firstboot_settings", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["firstboot_settings"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def zones(tmp_path: Path) -> Path:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe/Berlin").touch()
    return tmp_path


def read(settings: ModuleType, text: str, zones: Path) -> tuple[Any, list[str]]:
    first, problems = settings.read(text.encode(), zones)
    return first, list(problems)


def test_the_file_on_the_card_is_right_and_asks_for_nothing(settings: ModuleType, zones: Path) -> None:
    first, problems = read(settings, (ROOT / "common/ringback.toml").read_text(), zones)
    assert problems == []
    assert first == settings.First()


def test_every_line_of_it_is_right_when_its_hash_is_taken_away(settings: ModuleType, zones: Path) -> None:
    lines = (ROOT / "common/ringback.toml").read_text().splitlines()
    text = "\n".join(line.removeprefix("# ") for line in lines if "=" in line or line.startswith("# ["))
    first, problems = read(settings, text.replace("AAAA... you", "AAAA you").replace("its password", "password"), zones)
    assert problems == []
    assert first.wifi == settings.Wifi("DE", "the network's name", "password")
    assert first.timezone == "Europe/Berlin"


def test_all_complaints_come_at_once(settings: ModuleType, zones: Path) -> None:
    text = ('hostnam = "x"\nhostname = "no_underscore"\ntimezone = "../../etc/shadow"\nssh_keys = "AAAA"\n'
            '[wifi]\ncountry = "Germany"\npassword = "short"\n')
    _, problems = read(settings, text, zones)
    assert [problem.split(":")[0] for problem in problems] == [
        "unknown key 'hostnam'; did you mean 'hostname'?", "hostname", "timezone", "ssh_keys", "[wifi] country",
        "[wifi] name is missing", "[wifi] password"]


@pytest.mark.parametrize("text", ["[[", "hostname = ", "\x00", "hostname = 5", "wifi = 3", "ssh_keys = [1]"])
def test_nonsense_is_told_and_never_used(settings: ModuleType, zones: Path, text: str) -> None:
    first, problems = read(settings, text, zones)
    assert problems
    assert first == settings.First()


def test_no_key_smuggles_in_a_second_line(settings: ModuleType, zones: Path) -> None:
    for key in (f'{KEY}\\nssh-rsa BBBB evil', 'command=\\"x\\" ' + KEY):
        _, problems = read(settings, f'ssh_keys = ["{key}"]\n', zones)
        assert problems


def test_a_networks_name_cannot_end_its_string(settings: ModuleType) -> None:
    text = settings.wpa_supplicant(settings.Wifi("DE", 'x"\nnetwork={', ""))
    assert text.count("network={") == 1
    assert "ssid=" + b'x"\nnetwork={'.hex() in text


WINDOWS = '# Wi-Fi\r\n[wifi]\r\ncountry = "DE"\r\nname = "Büro"\r\npassword = "geheimes"\r\n'


@pytest.mark.parametrize("octets", [
    WINDOWS.encode(), b"\xef\xbb\xbf" + WINDOWS.encode(), b"\xff\xfe" + WINDOWS.encode("utf-16-le"),
    b"\xfe\xff" + WINDOWS.encode("utf-16-be"), WINDOWS.encode("cp1252"),
], ids=["UTF-8 and CRLF", "UTF-8 with a mark", "UTF-16, little end first", "UTF-16, big end first", "cp1252"])
def test_what_editors_of_windows_write_is_the_same_file(settings: ModuleType, zones: Path, octets: bytes) -> None:
    first, problems = settings.read(octets, zones)
    assert problems == []
    assert first.wifi == settings.Wifi("DE", "Büro", "geheimes")


@pytest.mark.parametrize("octets", [b"\xff\xfeh", b"\xff\xfe\x00\xd8", b'hostname = "\x81"'])
def test_what_no_editor_writes_is_told(settings: ModuleType, zones: Path, octets: bytes) -> None:
    first, problems = settings.read(octets, zones)
    assert problems == ["this is no text that can be read; save it as UTF-8"]
    assert first == settings.First()


@pytest.mark.parametrize(("password", "good"), [
    ("x" * 7, False), ("x" * 8, True), ("x" * 63, True), ("x" * 64, False), ("äöüß", True), ("ä" * 31, True),
    ("ä" * 32, False), ("0aF" * 21 + "9", True), ("g" * 64, False), ("0" * 65, False), ("", True),
])
def test_a_password_is_counted_in_octets_or_is_a_key(
    settings: ModuleType, zones: Path, password: str, good: bool,
) -> None:
    _, problems = read(settings, f'[wifi]\ncountry = "DE"\nname = "x"\npassword = "{password}"\n', zones)
    assert problems == ([] if good else [
        '[wifi] password: 8 to 63 octets (ä is two), 64 hexadecimal digits, or "" for an open network'])


def test_a_key_stands_without_quotes_and_a_password_in_them(settings: ModuleType) -> None:
    key = "0123456789abcdef" * 4
    assert f"\n    psk={key}\n" in settings.wpa_supplicant(settings.Wifi("DE", "x", key))
    assert f'\n    psk="{key[:63]}"\n' in settings.wpa_supplicant(settings.Wifi("DE", "x", key[:63]))
