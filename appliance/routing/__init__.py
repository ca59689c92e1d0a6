"""Routing: dial plan, barring, tariffs and the cheapest line. Pure."""
