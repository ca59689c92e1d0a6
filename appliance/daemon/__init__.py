"""What a process of ours has to do with its supervisor: readiness, watchdog, sockets of other units."""
