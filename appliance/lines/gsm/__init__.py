"""GSM lines: one modem, one SIM, one voice channel. 3GPP TS 27.007 with dialects as data."""
