"""Languages: gettext catalogues read from .po files. A new file in this folder is a new language."""

from __future__ import annotations

import gettext
import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.languages.patterns import Patterns

FOLDER = Path(__file__).parent


def read_po(text: str) -> dict[str, str]:
    """msgid -> msgstr of a .po file without plural forms; what is not translated is left out."""
    entries: list[tuple[list[str], list[str]]] = []
    pieces: list[str] = []
    for line in text.splitlines():
        word, quote, rest = line.partition('"')
        if word.strip() == "msgid":
            pieces = []
            entries.append((pieces, []))
        elif word.strip() == "msgstr" and entries:
            pieces = entries[-1][1]
        elif word.strip():
            continue  # a comment
        if quote:
            pieces.append(json.loads(quote + rest.rstrip()))
    return {"".join(key): "".join(value) for key, value in entries if any(value)}


def compiled(catalogue: Mapping[str, str]) -> bytes:
    """The catalogue as gettext's own binary form (.mo); GNU gettext manual § 10.3."""
    keys = sorted(catalogue)
    ids, texts, rows = b"", b"", []
    for key in keys:
        one, other = key.encode(), catalogue[key].encode()
        rows.append((len(ids), len(one), len(texts), len(other)))
        ids, texts = ids + one + b"\0", texts + other + b"\0"
    first = 7 * 4
    start = first + 16 * len(keys)
    originals = b"".join(struct.pack("<II", length, start + at) for at, length, _, _ in rows)
    translated = b"".join(struct.pack("<II", length, start + len(ids) + at) for _, _, at, length in rows)
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), first, first + 8 * len(keys), 0, 0)
    return head + originals + translated + ids + texts


@dataclass(frozen=True)
class Language:
    """`code` as in the file's name; `name` as its speakers call it."""

    code: str
    name: str
    catalogue: gettext.NullTranslations
    patterns: Patterns

    def __call__(self, text: str) -> str:
        """A text of the page, or a sentence of the gateway with whatever values it has; as it is where there is no
        translation."""
        return self.patterns(text) if text else ""


class Languages:
    """English, and whatever lies in the folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.known = {"en": Language("en", "English", gettext.NullTranslations(), Patterns({}, str))}
        for path in sorted(folder.glob("*.po")):
            found = read_po(path.read_text("utf-8"))
            catalogue = gettext.GNUTranslations(io.BytesIO(compiled(found)))
            self.known[path.stem] = Language(path.stem, found.get("English", path.stem), catalogue,
                                             Patterns(found, catalogue.gettext))

    def of(self, code: str) -> Language:
        """English where there is no such language."""
        return self.known.get(code, self.known["en"])

    def choose(self, wish: str, accepted: str, site: str) -> Language:
        """By what was chosen on the page, then what the browser asks for (RFC 9110 § 12.5.4), then the site's."""
        weighed: list[tuple[float, int, str]] = []
        for at, part in enumerate(accepted[:200].split(",")):
            code, _, weight = part.partition(";q=")
            try:
                weighed.append((-float(weight or 1), at, code.strip().lower().partition("-")[0]))
            except ValueError:
                continue
        for code in (wish, *(code for _, _, code in sorted(weighed)), site):
            if code in self.known:
                return self.known[code]
        return self.known["en"]
