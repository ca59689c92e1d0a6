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
    first, problems = settings.read(text, zones)
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
