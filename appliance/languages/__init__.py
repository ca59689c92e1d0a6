"""Languages: whatever is told to people, translated by gettext catalogues. A .po file here is a language."""
