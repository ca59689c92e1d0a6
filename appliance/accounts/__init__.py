"""Accounts: who may use the box, PIN and lock-out, limits. Pure."""
