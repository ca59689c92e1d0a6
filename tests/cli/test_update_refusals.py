"""Why an update is not installed: RAUC's reasons as its program printed them, in sentences with a remedy."""

from __future__ import annotations

import pytest

from appliance.commands.refusals import in_plain_words


@pytest.mark.parametrize(("said", "told"), [
    ("signature verification failed: Verify error: self-signed certificate", "this file is not signed by whoever made"),
    ("Signature size (3544945737193946368) exceeds bundle size", "did not arrive whole; download it again"),
    ("Compatible mismatch: Expected 'ringback-pi4' but bundle manifest has 'ringback-pi5'",
     "this update is for ringback-pi5, and this box is ringback-pi4; take the file whose name begins with ringback-p"),
    ("No space left on device", "RAUC refuses this update: No space left on device"),
])
def test_a_refusal_names_the_reason_and_what_to_do(said: str, told: str) -> None:
    assert told in in_plain_words(said)
