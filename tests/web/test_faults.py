"""What is wrong with a form stands beside the field, and at the top with a way to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.box import Box, running
from web.sitefile import by_field


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        admin = found.admin()
        admin.post("/lines", name="gsm1", kind="gsm", at="/dev/none-at", audio="", number="", sim_pin="")
        admin.post("/accounts", name="Anna", numbers="0151 55500001", verify="key", max_call_s="3600", enabled="on")
        yield found


@pytest.mark.parametrize(("path", "field", "typed", "said"), [
    ("/settings", "ring_s", "5000", "out of range"), ("/settings", "country", "XX", "is unknown"),
    ("/settings", "caller_per_hour", "0", "out of range"), ("/settings", "names", "no name", "write host names"),
    ("/settings", "deny", "+49", "is not a prefix"),
    ("/settings/alerts", "mail_port", "0", "out of range"),
    ("/settings/alerts", "mail_to", "nobody", "write addresses"),
    ("/lines/gsm1", "gain_in", "99", "out of range"), ("/lines/gsm1", "at", "ttyUSB0", "write a device path"),
    ("/lines/gsm1", "number", "12", "is not a telephone number"),
    ("/accounts/of/Anna", "max_call_s", "1", "out of range"),
    ("/accounts/of/Anna", "numbers", "12", "is not a telephone"),
    ("/accounts/of/Anna", "spend_per_day", "-1", "is negative")])
def test_it_stands_beside_its_field(box: Box, path: str, field: str, typed: str, said: str) -> None:
    form: dict[str, Any] = {field: typed}
    page = box.admin().post(path, **form).body
    beside = re.search(rf'<(?:input|select|textarea) id="{field}" [^>]*aria-invalid="true"'
                       rf'.*?<p class="note bad small" role="alert" id="{field}-fault">([^<]*)</p>', page, re.DOTALL)
    assert beside
    assert said in beside[1]
    assert f'<li><a href="#{field}">' in page


def test_a_complaint_about_another_thing_stands_at_the_top_only() -> None:
    said = ['line "gsm1": at "x" cannot be used', 'line "gsm2": at "y" cannot be used', "nothing fits: at all",
            "ring_s 5000 is out of range", "there is no line"]
    assert by_field(said, ("at", "ring_s"), 'line "gsm1": ') == {"at": [said[0]], "ring_s": [said[3]]}
