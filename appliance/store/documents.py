"""What an admin edits, as JSON documents in TinyDB: site, lines, accounts, visitors of the page.

Whole in memory, written atomically.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from appliance.store.atomic import AtomicStorage

Document = Mapping[str, Any]
TABLES = ("site", "line", "account", "visitor")


class Documents:
    """The documents of one data directory. Reads come from memory; one write replaces all tables at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = TinyDB(path, storage=AtomicStorage)
        storage = self._db.storage
        assert isinstance(storage, AtomicStorage)
        self._storage = storage
        self._content = {name: [dict(doc) for doc in self._db.table(name)] for name in TABLES}
        self.recovered = storage.recovered

    @property
    def site(self) -> Document:
        return self._content["site"][0] if self._content["site"] else {}

    @property
    def lines(self) -> Sequence[Document]:
        return self._content["line"]

    @property
    def accounts(self) -> Sequence[Document]:
        return self._content["account"]

    @property
    def visitors(self) -> Sequence[Document]:
        return self._content["visitor"]

    def replace_all(
        self, site: Document, lines: Sequence[Document], accounts: Sequence[Document],
        visitors: Sequence[Document] | None = None,
    ) -> None:
        """Writes everything in one atomic step: a cut leaves the old or the new, never a mixture. Without `visitors`
        those stay."""
        self._write({"site": [dict(site)], "line": [dict(d) for d in lines], "account": [dict(d) for d in accounts],
                     "visitor": [dict(d) for d in (self.visitors if visitors is None else visitors)]})

    def replace_visitors(self, visitors: Sequence[Document]) -> None:
        self._write({**self._content, "visitor": [dict(d) for d in visitors]})

    def _write(self, content: dict[str, list[dict[str, Any]]]) -> None:
        self._storage.write({
            name: {str(number): doc for number, doc in enumerate(docs, 1)} for name, docs in content.items()
        })
        self._db.clear_cache()
        self._content = content

    def close(self) -> None:
        self._db.close()
