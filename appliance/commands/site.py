"""`ringback apply` and `ringback export`: the site file and the tariffs beside it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from appliance.api.wire import MAX_LINE, ApiError
from appliance.commands.backend import Backend
from appliance.commands.printing import as_json, printable
from appliance.settings.export import SITE_FILE
from appliance.settings.toml_file import tariff_names


def apply(options: Namespace, backend: Backend) -> int:
    path = Path(options.site)
    try:
        text = _read(path)
    except (OSError, ValueError) as error:
        raise ApiError(f"{path} cannot be read: {_why(error)}") from error
    tariffs, unreadable = _tariffs(text, path.parent)
    answer: dict[str, Any] = backend.ask(
        "apply", text=text, where=path.name, tariffs=tariffs, unreadable=unreadable, dry_run=options.dry_run,
        prune=options.prune)
    if options.json:
        print(as_json(answer))
    else:
        _report(answer, options.dry_run)
    return 1 if answer["complaints"] else 0


def _report(answer: dict[str, Any], dry_run: bool) -> None:
    for complaint in answer["complaints"]:
        print(printable(complaint), file=sys.stderr)
    if answer["complaints"]:
        print("nothing was changed", file=sys.stderr)
        return
    for line in (*answer["changes"], *answer["notes"]):
        print(printable(line))
    if not answer["changes"]:
        print("nothing to change")
    elif dry_run:
        print("a dry run: nothing was changed")


def _tariffs(text: str, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The tariff files that the site file names, and why some cannot be read."""
    found: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for name in tariff_names(text):
        try:
            found[name] = _read(folder / name)
        except (OSError, ValueError) as error:
            unreadable[name] = _why(error)
    return found, unreadable


def _read(path: Path) -> str:
    if path.is_file() and path.stat().st_size > MAX_LINE // 2:
        raise ValueError(f"it has more than {MAX_LINE // 2} octets")
    return path.read_text("utf-8")


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text; save it as UTF-8"
    return getattr(error, "strerror", None) or str(error)


def export(options: Namespace, backend: Backend) -> int:
    files: dict[str, str] = backend.ask("export")
    if options.json:
        print(as_json(files))
    elif options.folder is None:
        print(files[SITE_FILE], end="")
        if len(files) > 1:
            print(f"{len(files) - 1} tariff files belong to it; name a folder to have them written", file=sys.stderr)
    else:
        _write(Path(options.folder), files, options.force)
    return 0


def _write(folder: Path, files: dict[str, str], force: bool) -> None:
    """Private files: the site file holds the PINs of the SIMs."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [name for name in files if (folder / name).exists()]
        if there and not force:
            raise ApiError(f"{folder} already has {', '.join(there)}; name an empty folder, or add --force")
        for name, text in files.items():
            aside = folder / f".{name}.new"
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            aside.replace(folder / name)
    except OSError as error:
        raise ApiError(f"{folder} cannot be written: {error.strerror}") from error
    for name in files:
        print(folder / name)
