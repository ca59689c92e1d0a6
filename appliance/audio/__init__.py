"""Audio: frames of 20 ms at 8 kHz, s16le mono, 320 octets. `client.py` is the seam to the audio process."""
