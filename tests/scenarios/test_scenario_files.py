"""Every scenario file, as written, with every modem family, and with modems that are nasty by seed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.lab.nasty import Nastiness
from appliance.lab.persona import PERSONAS
from appliance.rehearsal.player import play_script
from appliance.rehearsal.script import Script, ScriptError, read_script
from appliance.rehearsal.steps import STEPS

FILES = sorted((Path(__file__).parent / "files").glob("*.scenario"))
QUICK = ("huawei", "plain")  # beside the quectel of the files as written
SLOW = ("sim7600", "a76xx", "sim800", "telit", "ublox", "stubborn")  # `make test-slow`
NASTY = Nastiness(fragments=0.5, noise=0.5, extra_cr=True, late_clip_s=0.3, clip="national", stale_pcm=333)


def read(path: Path) -> Script:
    return read_script(path.read_text("utf-8"), path.name)


def fixed(path: Path) -> bool:
    """The file says itself which modems it needs."""
    return "dialects" in path.read_text("utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_goes_as_written(path: Path, tmp_path: Path) -> None:
    outcome = play_script(read(path), tmp_path)
    assert not outcome.failure, f"{outcome.failure}\n{outcome.story}"


@pytest.mark.parametrize("persona", SLOW if os.environ.get("SLOW_FAMILIES") else QUICK)
@pytest.mark.parametrize("path", [path for path in FILES if not fixed(path)], ids=lambda p: p.stem)
def test_goes_so_with_every_family(path: Path, persona: str, tmp_path: Path) -> None:
    script = read(path)
    outcome = play_script(replace(script, cast=replace(script.cast, personas=(PERSONAS[persona],))), tmp_path)
    assert not outcome.failure, f"{outcome.failure}\n{outcome.story}"


@pytest.mark.parametrize("seed", range(1, 3))
@pytest.mark.parametrize("path", [path for path in FILES if "nasty =" not in path.read_text()], ids=lambda p: p.stem)
def test_goes_so_with_nasty_modems(path: Path, seed: int, tmp_path: Path) -> None:
    script = read(path)
    outcome = play_script(replace(script, cast=replace(script.cast, nasty=NASTY, seed=seed)), tmp_path)
    assert not outcome.failure, f"{outcome.failure}\n{outcome.story}"


@pytest.mark.parametrize(("text", "complaint"), [
    ("---\nAnna dances\n", "t:2: Anna dances: these words are not understood"),
    ("---\nAnna key 4711#\n", "did you mean: Anna keys 4711#"),
    ("---\nZoe hangs up\n", "t:2: Zoe hangs up: nobody is called Zoe; there are Anna"),
    ("---\nAnna calls gsm9\n", "there is no line gsm9; there are gsm1"),
    ("---\n\n# a comment\nthe bill has 1 leg\n", "t:4: the bill has 1 leg: the bill has 0"),
    ("---\nAnna calls gsm1\nAnna calls gsm1\n", "Anna is on the phone; hang up first"),
    ("---\nAnna hears Bert\n", "Bert has said nothing"),
    ("---\nBert's phone shows gsm1\n", "shows no number, not +4915112345601"),
    ("---\nthe box notes pigs fly\n", "did not say 'pigs fly'"),
    ("---\nAnna misses a call to gsm1\nAnna's phone stays quiet for 30 s\n", "Anna's phone is"),
])
def test_a_scenario_that_goes_otherwise_says_where_and_why(text: str, complaint: str, tmp_path: Path) -> None:
    assert complaint in play_script(read_script(text, "t"), tmp_path).failure


@pytest.mark.parametrize(("head", "complaint"), [
    ("[site]\ncontry = 'DE'", 'did you mean "country"?'),
    ("[lab]\nmodems = 3", "[lab] does not know modems; it knows dialects"),
    ("[lab]\ndialects = ['nokia']", "no 'nokia'; there are"),
    ("[lab]\nnasty = {rude = 1}", "no rude; there are"),
    ("[[line]]\nname = 'gsm1'\ntariff = 'x.csv'", "[lab.tariffs] has no x"),
    ("[site", "this is not TOML"),
])
def test_a_head_that_cannot_be_read_says_why(head: str, complaint: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read_script(head + "\n---\n", "t")
    assert complaint in str(caught.value)


def test_every_step_has_an_example_that_it_understands() -> None:
    for step in STEPS:
        assert step.pattern.fullmatch(step.example), step.example
        first = next(other for other in STEPS if other.pattern.fullmatch(step.example))
        assert first is step, f"{step.example!r} is taken by {first.example!r}"
