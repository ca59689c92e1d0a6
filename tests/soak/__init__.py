"""Ten thousand calls over eight modems with seeded nastiness, on time that jumps: python -m tests.soak."""
