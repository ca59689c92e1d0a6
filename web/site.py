"""Every page of the site, subject by subject. A new file in web/pages/ gets its line here."""

from __future__ import annotations

from web.page import Page
from web.pages import (
    accounts,
    alerts,
    api,
    app,
    backup,
    bundles,
    calls,
    entrance,
    files,
    first,
    home,
    lines,
    me,
    me_login,
    me_settings,
    messages,
    metrics,
    prices,
    registrations,
    settings,
    software,
    tokens,
)

SITE: tuple[Page, ...] = (
    *accounts.PAGES,
    *alerts.PAGES,
    *api.PAGES,
    *app.PAGES,
    *backup.PAGES,
    *bundles.PAGES,
    *calls.PAGES,
    *entrance.PAGES,
    *files.PAGES,
    *first.PAGES,
    *home.PAGES,
    *lines.PAGES,
    *me.PAGES,
    *me_login.PAGES,
    *me_settings.PAGES,
    *messages.PAGES,
    *metrics.PAGES,
    *prices.PAGES,
    *registrations.PAGES,
    *settings.PAGES,
    *software.PAGES,
    *tokens.PAGES,
)
