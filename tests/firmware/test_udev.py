"""udev rules: every modem family gets its names, by port and interface, and nothing else is touched."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.audio.alsa import converted
from appliance.commands.found import modems
from tests.firmware.udevplay import Device, Part, play, read

RULES = Path(__file__).resolve().parents[2] / "firmware-config" / "udev"
PI4 = "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.4"


def modem(ids: str, path_id: str = PI4) -> Device:
    vendor, _, product = ids.partition(":")
    port = path_id.rpartition(":")[2]
    return Device("usb", f"1-{port}", {"idVendor": vendor, "idProduct": product, "devpath": port,
                                       "power/control": "auto"}, {"DEVTYPE": "usb_device"}, None, path_id)


def names(ids: str, path_id: str = PI4, serial: str = "usb-serial") -> dict[str, str]:
    """Interface -> name, of all that get one, after the events of the device, its interfaces and its ports."""
    rules = read(RULES / "60-ringback-modems.rules")
    device, found = modem(ids, path_id), {}
    play(rules, device)
    for number in range(8):
        interface = Device("usb", f"{device.kernel}:1.{number}", {"bInterfaceNumber": f"{number:02}"},
                           {"DEVTYPE": "usb_interface"}, device)
        play(rules, interface)
        parent = interface
        if serial:
            parent = Device(serial, f"ttyUSB{number}", {}, {}, interface)
            play(rules, parent)
        port = Device("tty", f"ttyUSB{number}", {}, {}, parent)
        play(rules, port)
        assert len(port.links) <= 1
        found.update({f"{number:02}": link for link in port.links})
    return found


@pytest.mark.parametrize(("ids", "at", "audio"), [
    ("2c7c:0125", "02", "01"), ("2c7c:0121", "02", "01"), ("2c7c:0306", "02", "01"), ("1e0e:9001", "02", "04"),
    ("1e0e:9011", "04", "06"), ("12d1:1001", "02", "01"), ("12d1:140c", "03", "02"), ("12d1:1506", "03", "02"),
    ("12d1:1436", "04", "03"), ("12d1:14ac", "04", "03"), ("0572:1340", "00", ""), ("0baf:0303", "00", ""),
    ("1bc7:0021", "00", ""), ("1546:1102", "00", ""), ("1546:1104", "00", ""), ("1546:110a", "00", ""),
    ("1546:1010", "06", "")])
def test_each_family_has_its_names(ids: str, at: str, audio: str) -> None:
    serial = "" if audio == "" else "usb-serial"  # those with analog voice are ttyACM, without a device between
    assert names(ids, serial=serial) == ({at: "ringback/usb-1.4-at"} | ({audio: "ringback/usb-1.4-audio"}
                                                                       if audio else {}))


def test_modems_that_speak_by_other_ports_than_they_sound_have_one_name_or_none() -> None:
    assert names("1bc7:1201") == {"04": "ringback/usb-1.4-at"}
    assert names("1bc7:0032") == {}  # kept awake and from ModemManager all the same
    first = modem("1bc7:0032")
    play(read(RULES / "60-ringback-modems.rules"), first)
    assert first.attributes["power/control"] == "on"


@pytest.mark.parametrize(("path_id", "name"), [
    ("platform-3f980000.usb-usb-0:1.2", "usb-1.2"), (PI4, "usb-1.4"), ("platform-fe980000.usb-usb-0:1", "usb-otg-1"),
    ("platform-xhci-hcd.0-usb-0:2", "usb-a-2"), ("platform-xhci-hcd.1-usb-0:2", "usb-b-2"),
    ("platform-1f00300000.usb-usb-0:1.3", "usb-b-1.3"), ("pci-0000:00:04.0-usb-0:1", "pci-0000:00:04.0-usb-0:1")])
def test_the_name_is_the_usb_port(path_id: str, name: str) -> None:
    assert names("2c7c:0125", path_id) == {"02": f"ringback/{name}-at", "01": f"ringback/{name}-audio"}


def test_two_alike_are_told_apart() -> None:
    assert not set(names("12d1:1001", PI4).values()) & set(names("12d1:1001", PI4[:-1] + "3").values())


def test_a_modem_is_kept_awake_and_from_modem_manager() -> None:
    device = modem("1bc7:1201")
    play(read(RULES / "60-ringback-modems.rules"), device)
    assert device.attributes["power/control"] == "on"
    assert device.environment["ID_MM_DEVICE_IGNORE"] == "1"


def test_a_stranger_is_left_alone() -> None:
    assert names("046d:c31c") == {}
    keyboard = modem("046d:c31c")
    play(read(RULES / "60-ringback-modems.rules"), keyboard)
    assert keyboard.attributes["power/control"] == "auto"
    assert not any(name.startswith("RINGBACK") for name in keyboard.environment)


def test_the_page_finds_what_the_rules_name(tmp_path: Path) -> None:
    for link in names("2c7c:0125").values():
        (tmp_path / link).parent.mkdir(exist_ok=True)
        (tmp_path / link).touch()
    assert modems(tmp_path / "ringback", set()) == [{
        "name": "usb-1.4", "at": str(tmp_path / "ringback/usb-1.4-at"),
        "audio": str(tmp_path / "ringback/usb-1.4-audio")}]


@pytest.mark.parametrize(("port", "card"), [("1.4", "usb_1_4"), ("1.2.3", "usb_1_2_3"), ("2", "usb_2")])
def test_a_sound_card_is_named_by_its_port(port: str, card: str) -> None:
    device = Device("sound", "card1", {"id": "Android"}, {}, Device("usb", f"1-{port}", {"devpath": port}))
    play(read(RULES / "61-ringback-sound.rules"), device)
    assert device.attributes["id"] == card
    assert len(card) <= 15  # ALSA's longest
    assert converted(f"hw:{card}") == f"plughw:{card}"
    board = Device("sound", "card0", {"id": "Headphones"}, {}, Device("platform", "bcm2835"))
    play(read(RULES / "61-ringback-sound.rules"), board)
    assert board.attributes["id"] == "Headphones"


def test_lamps_and_button_are_for_a_group() -> None:
    chip = Device("gpio", "gpiochip4")
    play(read(RULES / "62-ringback-gpio.rules"), chip)
    assert (chip.group, chip.mode) == ("gpio", "0660")


@pytest.mark.parametrize("text", ['KERNEL="a', 'KERNEL=="a" GROUP="b"', 'NONSENSE=="a"', 'GOTO="nowhere"',
                                  'LABEL="up"\nGOTO="up"', 'KERNEL+="a"'])
def test_the_lint_would_complain(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.rules").write_text(text + "\n")
    with pytest.raises(AssertionError):
        read(tmp_path / "bad.rules")


def test_assignments_are_not_taken_for_questions() -> None:
    assert not Part("ENV", "A", "=", "b").asks


@pytest.mark.parametrize("path", sorted(RULES.glob("*.rules")), ids=lambda path: path.name)
def test_udev_itself_takes_them(path: Path) -> None:
    udevadm = shutil.which("udevadm")
    if not udevadm or "verify" not in subprocess.run([udevadm, "--help"], capture_output=True, text=True,
                                                     check=False).stdout:
        read(path)
        pytest.skip("udevadm verify comes with systemd 254; read by our own parser only")
    done = subprocess.run([udevadm, "verify", "--resolve-names=never", str(path)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
