"""Every page of the site, subject by subject. A new file in web/pages/ gets its line here."""

from __future__ import annotations

from web.page import Page
from web.pages import (
    accounts,
    alerts,
    api,
    backup,
    calls,
    entrance,
    files,
    first,
    home,
    lines,
    me,
    messages,
    metrics,
    prices,
    settings,
    tokens,
)

SITE: tuple[Page, ...] = (
    *accounts.PAGES,
    *alerts.PAGES,
    *api.PAGES,
    *backup.PAGES,
    *calls.PAGES,
    *entrance.PAGES,
    *files.PAGES,
    *first.PAGES,
    *home.PAGES,
    *lines.PAGES,
    *me.PAGES,
    *messages.PAGES,
    *metrics.PAGES,
    *prices.PAGES,
    *settings.PAGES,
    *tokens.PAGES,
)
