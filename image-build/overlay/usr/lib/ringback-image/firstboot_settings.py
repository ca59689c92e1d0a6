"""ringback.toml, read. Pure: octets in, settings and complaints out."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123, in lower case
KEY = re.compile(r"(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*( [^\r\n]*)?")
PSK = re.compile(r"[0-9A-Fa-f]{64}")  # a key instead of a password, as IEEE 802.11i makes it
SERVER = re.compile(r"[A-Za-z0-9.:-]{1,253}")
TOP = ("hostname", "ssh_keys", "timezone", "time_server", "wifi")
WIFI = ("country", "name", "password")


@dataclass(frozen=True)
class Wifi:
    country: str
    name: str
    password: str


@dataclass(frozen=True)
class First:
    """What the file asks for; defaults where it says nothing."""

    hostname: str = "ringback"
    ssh_keys: tuple[str, ...] = ()
    timezone: str = ""
    time_server: str = ""
    wifi: Wifi | None = None


def text_of(octets: bytes) -> str:
    """What an editor wrote: UTF-8, UTF-16 with its mark, else the code page of western Windows. Raises ValueError."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252")


def read(octets: bytes, zones: Path) -> tuple[First, list[str]]:
    """Settings and all complaints at once; with a complaint nothing of the settings is to be used."""
    try:
        text = text_of(octets)
    except ValueError:
        return First(), ["this is no text that can be read; save it as UTF-8"]
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return First(), [f"this is not TOML: {error}; texts stand in quotes, and # begins a comment"]
    problems = _unknown(raw, TOP, "")
    check = _Check(raw, "", problems)
    hostname = check.text("hostname", "ringback", lambda value: bool(HOSTNAME.fullmatch(value)),
                          "letters a to z, digits and -, up to 63")
    zone = check.text("timezone", "", lambda value: ".." not in value and (zones / value).is_file(),
                      'a zone such as "Europe/Berlin"')
    server = check.text("time_server", "", lambda value: bool(SERVER.fullmatch(value)), "a name or an IP address")
    keys = raw.get("ssh_keys", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) and KEY.fullmatch(key.strip()) for key in keys):
        problems.append('ssh_keys: a list of public keys in quotes, each as in your id_ed25519.pub')
        keys = []
    wifi = _wifi(raw["wifi"], problems) if "wifi" in raw else None
    return First(hostname, tuple(key.strip() for key in keys), zone, server, wifi), problems


def _wifi(raw: Any, problems: list[str]) -> Wifi | None:
    if not isinstance(raw, dict):
        problems.append("wifi: a section [wifi] with country, name and password")
        return None
    problems += _unknown(raw, WIFI, "[wifi] ")
    check = _Check(raw, "[wifi] ", problems)
    country = check.text("country", None, lambda value: bool(re.fullmatch("[A-Z]{2}", value)),
                         'two letters such as "DE"')
    name = check.text("name", None, lambda value: 1 <= len(value.encode()) <= 32, "1 to 32 octets (IEEE 802.11)")
    password = check.text("password", None, lambda value: not value or _opens(value),
                          '8 to 63 octets (ä is two), 64 hexadecimal digits, or "" for an open network')
    return Wifi(country, name, password)


def _opens(password: str) -> bool:
    return 8 <= len(password.encode()) <= 63 or bool(PSK.fullmatch(password))


class _Check:
    def __init__(self, raw: dict[str, Any], where: str, problems: list[str]) -> None:
        self._raw, self._where, self._problems = raw, where, problems

    def text(self, key: str, default: str | None, good: Callable[[str], bool], wanted: str) -> str:
        value = self._raw.get(key, default)
        if value is None:
            self._problems.append(f"{self._where}{key} is missing: {wanted}")
            return ""
        if value == default:
            return default or ""
        if not isinstance(value, str) or not value.isprintable() or not good(value):
            self._problems.append(f"{self._where}{key}: {wanted}")
            return default or ""
        return value


def _unknown(raw: dict[str, Any], known: tuple[str, ...], where: str) -> list[str]:
    told = []
    for key in raw:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
            told.append(f"{where}unknown key {key!r}; {hint}")
    return told


def wpa_supplicant(wifi: Wifi) -> str:
    """wpa_supplicant.conf. The name in hexadecimal: no character of it can end the string."""
    lines = [f"country={wifi.country}", "ctrl_interface=/run/wpa_supplicant", "network={",
             f"    ssid={wifi.name.encode().hex()}"]
    if PSK.fullmatch(wifi.password):
        # No quotes: it is the key itself. SAE asks for a password, so only WPA2 takes it.
        lines += [f"    psk={wifi.password}", "    key_mgmt=WPA-PSK WPA-PSK-SHA256", "    ieee80211w=1"]
    elif wifi.password:
        # In quotes up to the last quote of the line: wpa_supplicant takes what is between the first and the last.
        lines += [f'    psk="{wifi.password}"', "    key_mgmt=WPA-PSK WPA-PSK-SHA256 SAE", "    ieee80211w=1"]
    else:
        lines.append("    key_mgmt=NONE")
    return "\n".join([*lines, "}", ""])
