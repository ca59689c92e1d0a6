"""New numbers that subscribers ask for: an admin accepts or refuses them, and takes it back."""

from __future__ import annotations

from typing import Any

from web.door import Refused
from web.page import Access, Page
from web.visit import Visit

DONE = ("accept", "refuse", "undo")


def decide(visit: Visit) -> Any:
    """The button's name says what to do, its value with which wish."""
    back = "/" if visit.text("back", 20) == "/" else "/accounts"
    how = next((each for each in DONE if visit.text(each, 20)), "")
    try:
        answer = visit.change("registration_decide", id=visit.whole(how or "accept", 0, 0, 2**53), how=how)
    except Refused as no:
        return visit.go(back, visit.say(str(no)))
    said = {"accepted": visit.say("%s belongs to %s now."), "refused": visit.say("%s is refused to %s."),
            "asked": visit.say("%s for %s waits for a decision again.")}[answer["state"]]
    return visit.go(back, said % (answer["number"], answer["account"]))


PAGES = (Page("POST", "/accounts/numbers", Access.ADMIN, decide),)
