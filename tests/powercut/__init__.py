"""The power-cut proof: what the stores acknowledged, against a disk that loses everything it was not told to flush."""
