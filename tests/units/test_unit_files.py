"""The units, judged by systemd's own tools, and by what the house wants of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.commands.arguments import parser
from tests.units.unitfiles import BIN, ROOT, SERVICES, SYSTEMD, UNITS, keys, words

# Exposure of `systemd-analyze security`, in tenths, at most; systemd/README.md says why it is not less.
THRESHOLD = {"ringback.service": 20, "ringback-audio@.service": 6, "ringback-isdn@.service": 15,
             "ringback-web.service": 12, "ringback-power@.service": 9, "ringback-update@.service": 8}
ASKED = {"ringback-power@.service", "ringback-update@.service"}  # root, for one order
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")


def names(path: Path) -> str:
    return path.name


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as on a box, but for where Python lies; of each template one instance as well."""
    folder = tmp_path / "system"
    shutil.copytree(SYSTEMD / "system", folder)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for program in ("python", "ringback"):
        (bin_folder / program).symlink_to(sys.executable)
    for unit in folder.glob("ringback*"):
        if unit.is_file():
            unit.write_text(unit.read_text("utf-8").replace(BIN, f"{bin_folder}/"), "utf-8")
    for template in folder.glob("*@.service"):
        shutil.copy(template, folder / template.name.replace("@", "@1"))
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE
    return subprocess.run([ANALYZE, *arguments], cwd=folder, capture_output=True, text=True, check=False,
                          env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"})


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=names)
def test_systemd_has_nothing_to_complain_about(unit: Path, installed: Path) -> None:
    done = analyze(installed, "verify", "--man=no", f"./{unit.name.replace('@.', '@1.')}")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_the_clock_is_waited_for_but_not_for_ever(installed: Path) -> None:
    done = analyze(installed, "verify", "--man=no", "systemd-time-wait-sync.service")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    drop_in = installed / "systemd-time-wait-sync.service.d/ringback.conf"
    assert keys(drop_in)["ExecStart"] == ["", "-/usr/bin/timeout 60 /usr/lib/systemd/systemd-time-wait-sync"]
    drop_in.write_text(drop_in.read_text("utf-8") + "Nonsense=1\n", "utf-8")
    assert "Nonsense" in analyze(installed, "verify", "--man=no", "systemd-time-wait-sync.service").stderr


@needs_systemd
def test_and_would_complain(installed: Path) -> None:
    bad = installed / "ringback.service"
    bad.write_text(bad.read_text("utf-8").replace("Type=notify", "Tpye=notify"), "utf-8")
    done = analyze(installed, "verify", "--man=no", "./ringback.service")
    assert "Tpye" in done.stderr


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=names)
def test_no_unit_may_more_than_it_must(unit: Path, installed: Path) -> None:
    done = analyze(installed, "security", "--offline=true", "--no-pager", f"--threshold={THRESHOLD[unit.name]}",
                   f"./{unit.name.replace('@.', '@1.')}")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("tool", ["systemd-sysusers", "systemd-tmpfiles"])
def test_users_and_folders_are_made(tool: str, tmp_path: Path) -> None:
    if not (program := shutil.which(tool)):
        pytest.skip(f"{tool} is not installed")
    (tmp_path / "etc").mkdir()
    for each in ("systemd-sysusers", "systemd-tmpfiles"):  # folders want the users
        folder = each.removeprefix("systemd-") + ".d"
        words = [] if each == "systemd-sysusers" else ["--create"]
        done = subprocess.run([shutil.which(each) or program, f"--root={tmp_path}", *words,
                               str(SYSTEMD / folder / "ringback.conf")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        if each == tool:
            break
    if tool == "systemd-sysusers":
        users = (tmp_path / "etc/passwd").read_text("utf-8")
        assert {line.split(":")[0] for line in users.splitlines()} >= {"ringback", "ringback-audio", "ringback-isdn",
                                                                       "ringback-web"}
    else:
        voices = tmp_path / "run/ringback-units/voices"
        assert voices.stat().st_mode & 0o7777 == 0o2750
        assert voices.parent.stat().st_mode & 0o777 == 0o755


def test_one_user_for_each_daemon() -> None:
    made = re.findall(r"^u (\S+)", (SYSTEMD / "sysusers.d/ringback.conf").read_text("utf-8"), re.MULTILINE)
    users = [user for unit in SERVICES for user in keys(unit)["User"]]
    assert sorted(users) == sorted(made)
    assert {unit.name for unit in SERVICES if not keys(unit)["User"]} == ASKED


def test_rights_that_only_one_may_have() -> None:
    assert {unit.name for unit in SERVICES if "CAP_NET_RAW" in unit.read_text("utf-8").replace("with CAP_NET_RAW", "")
            } == {"ringback-isdn@.service"}
    # An ISDN port's process moves the frames of its B channels: it is audio as well.
    moves_frames = {"ringback-audio@.service", "ringback-isdn@.service"}
    assert {unit.name for unit in SERVICES if keys(unit)["LimitRTPRIO"]} == moves_frames
    assert {unit.name for unit in SERVICES if keys(unit)["RestrictRealtime"] != ["yes"]} == moves_frames
    assert {unit.name for unit in SERVICES if words(unit, "RestrictAddressFamilies") >= {"AF_INET"}
            } == {"ringback.service", "ringback-web.service"}


def test_the_gateway_may_ask_for_the_clocks_state_and_not_set_it() -> None:
    gateway = SYSTEMD / "system/ringback.service"
    assert words(gateway, "SystemCallFilter") >= {"adjtimex", "clock_adjtime"}  # glibc asks by the second
    assert keys(gateway)["CapabilityBoundingSet"] == [""]
    assert {unit.name for unit in SERVICES if keys(unit)["ProtectClock"] != ["yes"]} == {gateway.name}


@pytest.mark.parametrize("unit", SERVICES, ids=names)
def test_what_all_have(unit: Path) -> None:
    has = keys(unit)
    if unit.name not in ASKED:
        assert has["Type"] == ["notify"]
        assert has["WatchdogSec"]
    assert has["Restart"] == ([] if "@" in unit.name else ["always"])
    for key in ("NoNewPrivileges", "ProtectHome", "RestrictNamespaces"):
        assert has[key] == ["yes"], key
    assert has["MemoryDenyWriteExecute"] == ([] if unit.name == "ringback-isdn@.service" else ["yes"])
    assert has["ProtectSystem"] == ["strict"]
    assert has["DevicePolicy"] == ["closed"]
    # NoExecPaths=/ alone leaves what is mounted below it executable.
    assert words(unit, "NoExecPaths") >= {"/", "/tmp", "/var/tmp", *(
        f"/var/lib/{folder}" for folder in has["StateDirectory"])}


def test_devices_are_known_before_the_units_start() -> None:
    """A rule for a kind of device that the kernel does not know yet is dropped when the unit starts."""
    provider = {"ttyUSB": "usbserial", "ttyACM": "cdc-acm", "alsa": "snd-usb-audio"}
    built_in = {"ttyAMA", "ttyS", "gpiochip"}
    loaded = set((SYSTEMD / "modules-load.d/ringback.conf").read_text("utf-8").split())
    kinds = {word.removeprefix("char-") for unit in SERVICES for word in words(unit, "DeviceAllow")
             if word.startswith("char-")}
    assert kinds <= set(provider) | built_in
    assert {provider[kind] for kind in kinds - built_in} <= loaded


def test_what_they_start_takes_their_words() -> None:
    for unit in SERVICES:
        (line,) = keys(unit)["ExecStart"]
        program, *rest = line.split()
        assert program.startswith(BIN)
        if program == f"{BIN}ringback":
            parser().parse_args(rest)
        else:
            rest = [word for word in rest if word != "-I"]
            assert rest[0] == "-m"
            done = subprocess.run([sys.executable, *rest, "--no-such-word"], capture_output=True, text=True,
                                  cwd=ROOT, check=False)
            assert "unrecognized arguments: --no-such-word" in done.stderr


DENIED = """
import ctypes, mmap, sys
ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE, as MemoryDenyWriteExecute does it by a filter
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except OSError:
    pass
else:
    sys.exit("this kernel cannot deny it")
"""


@pytest.mark.parametrize(("used", "works"), [
    ("from appliance.audio.engine import detector_factory; detector_factory()().feed(bytes(320))", True),
    ("from appliance.audio.echo import make_canceller; make_canceller()", True),
    ("import cffi; cffi.FFI().callback('int(int)', int)", False)])  # so ISDN's unit cannot deny it; the wheel's cffi
def test_who_needs_memory_that_is_written_and_run(used: str, works: bool) -> None:
    done = subprocess.run([sys.executable, "-c", DENIED + used], capture_output=True, text=True, cwd=ROOT, check=False)
    if "cannot deny" in done.stderr:
        pytest.skip("the kernel is older than 6.3")
    assert (done.returncode == 0) is works, done.stderr


def test_back_off_is_in_a_file_of_its_own_because_older_systemd_does_not_know_it() -> None:
    assert not any("RestartSteps" in unit.read_text("utf-8") for unit in UNITS)
    for unit in SERVICES:
        drop_in = SYSTEMD / "system-254" / f"{unit.name}.d" / "backoff.conf"
        assert drop_in.exists() == ("@" not in unit.name)
        if drop_in.exists():
            assert keys(drop_in)["RestartMaxDelaySec"] == ["60s"]
