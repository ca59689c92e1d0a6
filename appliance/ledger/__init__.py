"""Ledger: one record per leg, rating, statement and mending. Pure."""
