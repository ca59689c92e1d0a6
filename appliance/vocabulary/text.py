"""Texts from outside, made fit to be kept."""

from __future__ import annotations


def mended(text: str) -> str:
    """An emoji may come as two halves of a surrogate pair, which no file can hold: joined; a half alone becomes a mark.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
