"""Why an update is not installed: RAUC's reasons as its program printed them, in sentences with a remedy."""

from __future__ import annotations

import pytest

from appliance.commands.updating import refusal


@pytest.mark.parametrize("said", [
    "signature verification failed: Verify error: self-signed certificate",
    "Signature size (3544945737193946368) exceeds bundle size",
])
def test_a_foreign_or_spoilt_signature(said: str) -> None:
    told = refusal("x.raucb", said)
    assert told.startswith("x.raucb has no signature that this box trusts")
    assert "Fetch it once more" in told


def test_an_update_of_another_model() -> None:
    said = "Compatible mismatch: Expected 'ringback-pi4' but bundle manifest has 'ringback-pi5'"
    assert refusal("x.raucb", said) == (
        "x.raucb is for another model (ringback-pi5); this box takes updates for ringback-pi4")


def test_any_other_reason_is_told_as_it_is() -> None:
    assert refusal("x.raucb", "No space left on device").endswith("not installed: No space left on device")
    assert "journalctl -u rauc" in refusal("x.raucb", "")
