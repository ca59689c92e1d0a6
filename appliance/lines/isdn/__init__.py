"""ISDN lines: libpri for the signalling in a process of its own, and the line that tells it what to do."""
