"""Store: documents (TinyDB: what an admin edits) and the journal (SQLite: what happened, and money)."""
