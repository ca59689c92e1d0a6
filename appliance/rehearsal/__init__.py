"""Rehearsal: a whole box against a lab in memory, on time that jumps, played from scenario files."""
