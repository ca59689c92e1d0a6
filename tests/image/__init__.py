"""The card image, booted: qemu is the Pi, this harness is its firmware, and the lab's modems hang on its USB."""
