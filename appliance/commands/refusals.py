"""Why there is no update, in words for people: the same on the console and on the page."""

from __future__ import annotations

import re

BY_APT = "this box was not made from Ringback's card image; it is updated with: apt install ./ringback_VERSION_all.deb"
MISMATCH = re.compile(r"compatible mismatch.*?expected '([^']+)' but bundle manifest has '([^']+)'", re.IGNORECASE)


def other_model(model: str, ours: str) -> str:
    return f"this update is for {model}, and this box is {ours}; take the file whose name begins with {ours}"


def in_plain_words(why: str) -> str:
    """RAUC's reason for a refusal, as a sentence with what to do."""
    if "signature" in why and "verif" in why:
        return ("this file is not signed by whoever made this box's software, so it is refused; take the update from "
                "where the card image came from")
    if "Invalid bundle format" in why or "identifier" in why or "Signature size" in why:
        return "this file is no update, or did not arrive whole; download it again, and send it once more"
    if found := MISMATCH.search(why):
        return other_model(found[2], found[1])
    return f"RAUC refuses this update: {why}"
