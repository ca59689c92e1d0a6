"""`ringback modem prepare`: over the real AT engine against the lab's modems, with a gateway and without one."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import tty
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from appliance.api.client import Client
from appliance.api.wire import ApiError
from appliance.cli import main
from appliance.commands.modemcare import ModemCare
from appliance.lab.codec import Transparent
from appliance.lab.memory import MemoryBank
from appliance.lab.modem import LabModem
from appliance.lab.network import Network
from appliance.lab.persona import HUAWEI, QUECTEL, SIM800, SIM7600, TELIT, Persona
from appliance.lab.virtualtime import run
from appliance.lines.gsm.dialects import DIALECTS
from appliance.lines.gsm.inside.family import families, read_family
from appliance.lines.gsm.wire import OnData, OnLost, Wire
from appliance.settings.model import Settings
from appliance.store.modembook import ModemBook
from tests.firmware.labport import LabPort
from tests.web.box import running

ROOT = Path(__file__).resolve().parents[2]
IMEI = "350000000000017"


class Bench:
    """A modem in memory, and whoever prepares it."""

    def __init__(self, folder: Path, persona: Persona) -> None:
        self.modem, self.bank = LabModem(Network(Transparent), "+4915112345601", persona), MemoryBank()
        self.bank.plug(str(folder / "sim"), self.modem)
        self.book = ModemBook(folder)
        self.care = ModemCare({}, Settings, self.book, self._open)
        # The path must be a serial port; what is opened is the memory.
        self._port = f"{folder / 'sim'}-at"
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        os.symlink(os.ttyname(theirs), self._port)
        self._fds = (ours, theirs)

    def _open(self, path: str, on_data: OnData, on_lost: OnLost) -> Wire:
        return self.bank.open_wire(path, on_data, on_lost)

    async def ask(self, method: str, **params: object) -> dict[str, object]:
        answer = await self.care.handlers()[method]({"port": self._port, **params})
        assert isinstance(answer, dict)
        return answer

    def close(self) -> None:
        for fd in self._fds:
            os.close(fd)


def play(folder: Path, persona: Persona, story: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole() -> None:
        bench = Bench(folder, persona)
        try:
            await story(bench)
        finally:
            bench.close()

    run(whole())


@pytest.mark.parametrize(("persona", "changed"), [
    (QUECTEL, {"volte": ("0", "1"), "unasked": ('"usbmodem"', '"usbat"')}), (SIM7600, {"ports": ("9011", "9001")}),
    (HUAWEI, {"no-disk": ("255", "0")}), (SIM800, {"speed": ("0", "115200")}), (TELIT, {})],
    ids=lambda each: each.name if isinstance(each, Persona) else "")
def test_each_family_is_prepared_and_put_back(
    persona: Persona, changed: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    async def story(bench: Bench) -> None:
        factory = dict(bench.modem.kept.values)
        answer = await bench.ask("modem_prepare")
        assert answer["failed"] == []
        assert answer["done"] == [{"name": name, "was": was, "is": now} for name, (was, now) in changed.items()]
        assert bench.book.kept(IMEI) == {name: was for name, (was, _) in changed.items()}
        await asyncio.sleep(10)  # of virtual time: it restarts
        again = await bench.ask("modem_prepare")
        assert (again["done"], again["failed"], again["restarted"]) == ([], [], False)
        back = await bench.ask("modem_restore")
        assert back["failed"] == []
        assert bench.modem.kept.values == factory
        assert bench.book.kept(IMEI) == {}

    play(tmp_path, persona, story)


def test_what_is_optional_is_changed_only_by_name(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.ask("modem_prepare")
        assert bench.modem.kept.values['+QCFG="usbcfg"'].endswith(",0")
        await asyncio.sleep(10)
        await bench.ask("modem_prepare", **{"with": ["sound-card"]})
        assert bench.modem.kept.values['+QCFG="usbcfg"'] == "0x2C7C,0x0125,1,1,1,1,1,0,1"
        with pytest.raises(ApiError, match="no setting 'flute'; there are: volte, unasked, sound-card, echo-canceller"):
            await bench.ask("modem_prepare", **{"with": ["flute"]})

    play(tmp_path, QUECTEL, story)


def test_an_echo_canceller_that_is_off_is_seen_and_put_on_by_name(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.ask("modem_prepare")
        assert bench.modem.kept.values["+QEEC"] == "2,0"
        await asyncio.sleep(10)
        answer = await bench.ask("modem_prepare", **{"with": ["echo-canceller"]})
        assert answer["done"] == [{"name": "echo-canceller", "was": "0", "is": "12543"}]
        assert bench.modem.kept.values["+QEEC"] == "2,12543"
        await bench.ask("modem_restore")
        assert bench.modem.kept.values["+QEEC"] == "2,0"

    play(tmp_path, QUECTEL, story)


def test_looking_changes_nothing(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        factory = dict(bench.modem.kept.values)
        answer = await bench.ask("modem_survey")
        assert (answer["modem"], answer["family"]) == (IMEI, "quectel")
        assert bench.modem.kept.values == factory
        assert not (tmp_path / "modems.json").exists()

    play(tmp_path, QUECTEL, story)


def test_a_modem_that_refuses_says_so_and_nothing_is_called_done(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        obey = bench.modem.kept.obey
        bench.modem.kept.obey = lambda text: "ERROR" if "," in text else obey(text)  # type: ignore[method-assign]
        answer = await bench.ask("modem_prepare")
        assert answer["done"] == []
        assert [each["why"] for each in answer["failed"]] == ["the modem refused it (ERROR)"] * 2  # type: ignore[attr-defined]
        assert not answer["restarted"]

    play(tmp_path, QUECTEL, story)


def test_every_family_has_a_file_and_every_file_is_one() -> None:
    assert set(families()) == {dialect.name for dialect in DIALECTS} - {"generic"}
    for family in families().values():
        for setting in family.settings:
            assert setting.title
            assert setting.why
            assert setting.command("1").startswith("AT")
    assert (ROOT / "firmware-config/modems/quectel.toml").read_text("utf-8").startswith("# Quectel")


@pytest.mark.parametrize("text", ["", "dialect = 1", 'dialect = "x"\nmore = 1',
                                  'dialect = "x"\n[[setting]]\nname = "y"',
                                  'dialect = "x"\n[[setting]]\nname = "y"\ntitle = ""\nwhy = ""\nask = ""\n'
                                  'answer = "(z"\nwant = ""\nput = "{value}"'])
def test_a_wrong_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"dialect|setting"):
        read_family(text)


def test_a_value_that_no_modem_said_is_never_sent() -> None:
    with pytest.raises(ValueError, match="is no value of volte"):
        families()["quectel"].settings[0].command("1\rATD0900;")


@pytest.mark.parametrize(("port", "words"), [("/etc/passwd", "no serial port"), ("/nowhere", "is not there"),
                                             ("", "name a line"), ("../x", "name a line"), ("/dev/\n", "name a line")])
def test_ports_that_are_none(port: str, words: str, tmp_path: Path) -> None:
    care = ModemCare({}, Settings, ModemBook(tmp_path))
    with pytest.raises(ApiError, match=words):
        run(care.handlers()["modem_survey"]({"port": port}))  # type: ignore[arg-type]



def test_the_command_shows_asks_and_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with LabPort(tmp_path, QUECTEL) as lab:
        words = ["modem", "prepare", "--port", str(lab.path), "--data", str(tmp_path / "data")]
        (tmp_path / "data").mkdir()
        assert main(words) == 1  # nobody can be asked here
        shown = capsys.readouterr()
        assert "* volte       0 -> 1" in shown.out
        assert "add --yes" in shown.err
        assert lab.values()['+QCFG="ims"'] == "0"
        monkeypatch.setattr("appliance.commands.modem._agreed", lambda count: False)
        assert main(words) == 1
        assert lab.values()['+QCFG="ims"'] == "0"
        capsys.readouterr()
        assert main([*words, "--yes", "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert {each["name"] for each in answer["done"]} == {"volte", "unasked"}
        assert lab.values()['+QCFG="ims"'] == "1"
        lab.awake()
        assert main(["modem", "restore", *words[2:], "--yes"]) == 0
        assert lab.values()['+QCFG="ims"'] == "0"


def test_a_gateway_prepares_its_own_line_and_it_is_audited(tmp_path: Path) -> None:
    with LabPort(tmp_path, QUECTEL) as lab, running(tmp_path / "data") as box:
        with Client(box.data / "gateway.sock") as client:
            client.call("apply", text=f'[[line]]\nname = "gsm1"\nat = "{lab.path}"\n', where="site.toml")
            lab.until(lambda: client.call("lines")[0]["health"] == "ready")
            with pytest.raises(ApiError, match='belongs to line "gsm1"'):
                client.call("modem_survey", port=str(lab.path))
            answer = client.call("modem_prepare", line="gsm1")
            assert [each["name"] for each in answer["done"]] == ["volte"]  # the line tells the other itself
            (row,) = client.call("audit", limit=1)
            assert row["what"] == f"prepared the modem {IMEI} (gsm1): volte from 0 to 1"
        assert ModemBook(box.data).kept(IMEI) == {"volte": "0"}
