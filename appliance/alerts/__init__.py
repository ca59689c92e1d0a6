"""Alerts: which troubles of the box are told to people, when, and in which words. Pure."""
