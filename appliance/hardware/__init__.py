"""The box itself: lamps, button, power of modems, health. Nothing here is needed to start."""
