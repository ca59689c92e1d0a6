"""Every page of the site, subject by subject. A new file in web/pages/ gets its line here."""

from __future__ import annotations

from web.page import Page
from web.pages import entrance, files, home

SITE: tuple[Page, ...] = (
    *entrance.PAGES,
    *files.PAGES,
    *home.PAGES,
)
