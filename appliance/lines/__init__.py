"""Lines: one way into a network each. `line.py` is the seam; one folder per kind."""
