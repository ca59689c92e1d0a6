"""Switchboard: one loop that turns events into decisions and orders into deeds. Decides nothing itself."""
