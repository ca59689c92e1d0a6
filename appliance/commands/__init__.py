"""The `ringback` command: the same questions by the gateway's socket or from the data directory."""
