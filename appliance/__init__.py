"""Ringback's gateway: from a missed call to two bridged, billed legs. GPL-2.0-or-later."""

__version__ = "0.1.0"
