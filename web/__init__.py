"""The page: a process of its own, as its own user. It has no device and no store, only the gateway's socket."""
