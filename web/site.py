"""Every page of the site, subject by subject. A new file in web/pages/ gets its line here."""

from __future__ import annotations

from web.page import Page
from web.pages import entrance, files, first, home, settings

SITE: tuple[Page, ...] = (
    *entrance.PAGES,
    *files.PAGES,
    *first.PAGES,
    *home.PAGES,
    *settings.PAGES,
)
