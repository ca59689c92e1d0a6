"""The gateway's door: a Unix socket with one JSON object per line, and the client that the command and the web use."""
