"""Settings: what an admin decides, as dataclasses; the site file (TOML) and its complaints. Pure."""
