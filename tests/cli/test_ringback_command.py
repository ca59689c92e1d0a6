"""The command as people run it: a process of its own, real files, a real socket."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.api.client import Client
from appliance.api.server import ApiServer
from appliance.cli import main
from appliance.commands.answers import Answers, zone_of
from appliance.commands.backend import OnDisk
from appliance.commands.box import box_facts, known_names
from appliance.commands.following import following
from appliance.commands.layout import Layout
from appliance.commands.live import LiveLine
from appliance.lines.line import LineHealth, LineState
from appliance.settings.export import SITE_FILE
from appliance.settings.model import LineSettings, Settings
from appliance.store.atomic import Owner
from appliance.switchboard.story import StoryLine
from appliance.vocabulary.clock import ManualClock

ROOT = Path(__file__).resolve().parents[2]
CSV = "prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.09,60,1\n"
SITE = """
[site]
country = "DE"
[[line]]
name = "gsm1"
at = "/dev/ringback/sim1-at"
audio = "/dev/ringback/sim1-audio"
number = "+4915112345601"
tariff = "gsm1.csv"
[[account]]
name = "Front desk"
numbers = ["+4915155500001"]
pin = "4711"
verify = "pin"
spend_per_day = 5.00
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "gsm1.csv").write_text(CSV)
    (tmp_path / "site.toml").write_text(SITE)
    return tmp_path / "site.toml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(data: Path, capfd: pytest.CaptureFixture[str]) -> Said:
    """Runs the command in this process: status, what it printed, what it complained."""
    def run(*words: str | Path) -> tuple[int, str, str]:
        status = main(["--data", str(data), *map(str, words)])
        told = capfd.readouterr()
        return status, told.out, told.err
    return run


def run(*words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "appliance", *map(str, words)], cwd=cwd, text=True, timeout=30,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT), **env}, check=False)


def test_a_process_from_site_file_to_route(site: Path, data: Path) -> None:
    applied = run("--data", data, "apply", site, cwd=site.parent)
    assert (applied.returncode, applied.stderr) == (0, "")
    routed = run("route", "030 123456", "--json", "--minutes", "2", cwd=site.parent, RINGBACK_DATA=str(data))
    answer = json.loads(routed.stdout)
    assert (answer["verdict"], answer["routes"][0]["line"], answer["routes"][0]["price"]) == ("ok", "gsm1", "0.1800")
    assert run("frobnicate", cwd=site.parent).returncode == 2


def test_nothing_is_made_by_asking(say: Said, data: Path) -> None:
    for command in ("lines", "accounts", "calls", "events", "check", "export"):
        status, _, complaint = say(command)
        assert (status, complaint) == (1 if command == "check" else 0, "")
    assert not data.exists()


@pytest.mark.parametrize("words", [("--json", "lines"), ("lines", "--json")])
def test_global_options_before_or_after(words: tuple[str, str], site: Path, data: Path,
                                        capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", str(site), "--data", str(data)]) == 0
    capfd.readouterr()
    assert main([*words, "--data", str(data)]) == 0
    assert json.loads(capfd.readouterr().out)[0]["name"] == "gsm1"


def test_every_listing_in_json(say: Said, site: Path) -> None:
    say("apply", site)
    for command in ("lines", "accounts", "calls", "events", "check", "export"):
        json.loads(say(command, "--json")[1])
    json.loads(say("route", "030123456", "--json")[1])


def test_apply_tells_changes_once(say: Said, site: Path) -> None:
    status, dry, _ = say("apply", site, "--dry-run")
    assert (status, "a dry run: nothing was changed" in dry) == (0, True)
    status, told, _ = say("apply", site)
    assert (status, told) == (0, 'line "gsm1": added\naccount "Front desk": added\n')
    assert say("apply", site)[1] == "nothing to change\n"


def test_complaints_change_nothing(say: Said, site: Path, data: Path) -> None:
    site.write_text(SITE.replace("audio", "adio").replace("gsm1.csv", "gsm2.csv"))
    status, told, complaints = say("apply", site)
    assert (status, told) == (1, "")
    assert complaints == ('site.toml, line "gsm1": unknown key "adio"; did you mean "audio"?\n'
                          'site.toml, line "gsm1": tariff "gsm2.csv" cannot be read (No such file or '
                          "directory); put it beside this file\nnothing was changed\n")
    assert not (data / "settings.json").exists()


def test_export_round_trips_through_files(say: Said, site: Path, tmp_path: Path) -> None:
    say("apply", site)
    out = tmp_path / "out"
    assert say("export", out)[0] == 0
    assert "4711" not in (out / SITE_FILE).read_text().replace("+4915155500001", "")
    assert (out / SITE_FILE).stat().st_mode & 0o077 == 0
    assert say("apply", out / SITE_FILE, "--prune")[1] == "nothing to change\n"
    status, _, complaint = say("export", out)
    assert status == 1
    assert "add --force" in complaint
    assert say("export", out, "--force")[0] == 0


@pytest.mark.parametrize(("words", "status", "told"), [
    ((), 2, "required: COMMAND"), (("route",), 2, "required: NUMBER"),
    (("calls", "--limit", "0"), 2, "not a whole number"),
    (("route", "1", "--minutes", "nan"), 2, "is not a length"), (("lab", "fly"), 2, "invalid choice"),
    (("apply", "none.toml"), 1, "none.toml cannot be read: No such file or directory"),
    (("ladder", "7"), 1, "there is no call '7'"), (("calls", "7"), 1, "there is no call '7'"),
    (("events", "--follow"), 1, "no gateway is running here"), (("calls", "--account", "X"), 1, 'no account "X"'),
    (("lab", "status"), 1, "no lab is running"),
])
def test_failures_are_told_without_traceback(say: Said, words: tuple[str, ...], status: int, told: str) -> None:
    got, _, complaint = say(*words)
    assert (got, told in complaint, "Traceback" in complaint) == (status, True, False), complaint


@pytest.mark.parametrize("content", ["", "{", "[]", '{"site": {"1": {"colour": 1}}}', "\x00"])
def test_a_broken_settings_file_is_named(say: Said, data: Path, content: str) -> None:
    data.mkdir()
    (data / "settings.json").write_text(content)
    status, _, complaint = say("lines")
    assert "Traceback" not in complaint
    assert "internal error" not in complaint
    assert status == 1
    assert "settings" in complaint


def test_a_journal_that_is_no_database_is_named(say: Said, data: Path) -> None:
    data.mkdir()
    (data / "journal.sqlite").write_text("precious, but no database " * 100)
    status, _, complaint = say("calls")
    assert (status, "journal.sqlite cannot be opened" in complaint) == (1, True)


def test_site_files_that_are_no_text(say: Said, site: Path) -> None:
    site.write_bytes(b"\xff\xfe[site]")
    assert "it is not UTF-8 text" in say("apply", site)[2]
    site.write_text(SITE)
    (site.parent / "gsm1.csv").write_bytes(b"\xff")
    assert 'tariff "gsm1.csv" cannot be read (it is not UTF-8 text; save it as UTF-8)' in say("apply", site)[2]


def test_nobody_applies_beside_another_owner(say: Said, site: Path, data: Path) -> None:
    owner = Owner(data)
    status, _, complaint = say("apply", site)
    owner.close()
    assert (status, "is in use by process" in complaint) == (1, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may do it in another's name")
def test_what_root_applies_belongs_to_the_user_of_the_data(say: Said, site: Path) -> None:
    """The site file lies where that user may not look."""
    site.parent.chmod(0o700)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        os.chown(data, 65534, 65534)
        status, _, complaint = say("--data", data, "apply", site)
        assert (status, complaint) == (0, "")
        found = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in data.iterdir()}
    assert len(found) > 1
    assert set(found.values()) == {(65534, 65534)}
    assert (os.geteuid(), os.getegid()) == (0, 0)


class PretendGateway:
    """Answers over the socket as the gateway does, with one line that is ready."""

    def __init__(self, data: Path, start: Settings, door: Path | None = None) -> None:
        self.settings = start
        self.followers: list[Callable[[Any], None]] = []
        live = {"gsm1": LiveLine(LineState(LineHealth.READY, operator="Lab Net", signal=70), 1, 0, True)}
        answers = Answers(settings=lambda: self.settings, journal=lambda: None, clock=ManualClock(), live=lambda: live,
                          facts=lambda settings: box_facts(data, settings), save=self.save, known=known_names())
        streams = {"follow": following(self.follow, lambda: zone_of(self.settings))}
        self.server = ApiServer(Layout(data, door).socket, answers.handlers(), streams)

    def save(self, settings: Settings) -> list[str]:
        self.settings = settings
        return ["taken over by the running gateway"]

    def follow(self, follower: Callable[[Any], None]) -> Callable[[], None]:
        self.followers.append(follower)
        return lambda: self.followers.remove(follower)


def test_through_the_running_gateway(say: Said, site: Path, data: Path) -> None:
    say("apply", site)
    backend = OnDisk(data)
    gateway = PretendGateway(data, backend._load())

    def talk() -> list[tuple[int, str, str]]:
        site.write_text(SITE + "max_call_s = 60\n")
        return [say("lines"), say("route", "030123456"), say("apply", site), say("accounts", "--json")]

    async def play() -> list[tuple[int, str, str]]:
        async with gateway.server:
            return await asyncio.to_thread(talk)
    lines, route, applied, accounts = asyncio.run(play())
    assert re.search(r"gsm1 +ready +Lab Net +70 % +0/1", lines[1])
    assert "no gateway" not in route[1]
    assert applied[1] == 'account "Front desk": max_call_s 3600 -> 60\ntaken over by the running gateway\n'
    assert json.loads(accounts[1])[0]["max_call_s"] == 60
    assert json.loads(say("accounts", "--json")[1])[0]["max_call_s"] == 3600  # the pretend gateway keeps nothing


def test_the_socket_may_be_elsewhere(say: Said, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = tmp_path / "run.sock"
    line = LineSettings("gsm1", at="/dev/null")
    gateway = PretendGateway(data, Settings(lines=(line,)), door)

    def talk() -> list[str]:
        said = [say("lines"), say("lines", "--socket", door)]
        monkeypatch.setenv("RINGBACK_SOCKET", str(door))
        return [out for _, out, _ in [*said, say("lines")]]

    async def play() -> list[str]:
        async with gateway.server:
            return await asyncio.to_thread(talk)
    without, by_option, by_environment = asyncio.run(play())
    assert ("Lab Net" in without, "Lab Net" in by_option, "Lab Net" in by_environment) == (False, True, True)


def test_followers_hear_what_happens(data: Path) -> None:
    data.mkdir()
    gateway = PretendGateway(data, Settings())

    def listen() -> Any:
        with Client(Layout(data).socket) as client:
            return next(client.stream("follow", call="7"))

    async def play() -> Any:
        async with gateway.server:
            listening = asyncio.create_task(asyncio.to_thread(listen))
            while not gateway.followers:
                await asyncio.sleep(0.005)
            for call in ("6", "7"):
                gateway.followers[0](StoryLine(datetime(2026, 3, 2, tzinfo=UTC), call, "box", f"about {call}"))
            heard = await asyncio.wait_for(listening, 5)
            while gateway.followers:  # the subscription ends when the client leaves
                await asyncio.sleep(0.005)
            return heard
    assert asyncio.run(play()) == {"at": "2026-03-02T01:00:00.000+01:00", "call": "7", "room": "box", "text": "about 7"}


def test_a_reader_that_leaves_is_no_error(site: Path, data: Path) -> None:
    shell = f"{sys.executable} -m appliance --data {data} check | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", f"{shell}"], cwd=site.parent, text=True, timeout=30,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.stderr == ""
