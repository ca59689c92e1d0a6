# Ringback. `make demo` plays a whole callback; `make test` runs the suite. Both set up what is missing.

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python

.PHONY: setup demo run test test-slow test-powercut test-isdn-kernel test-isdn-hfcsusb test-isdn-dkms misdn-deb test-image deb image image-lock check bench clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml tools/setup.sh
	@sh tools/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: setup
	@$(RUN) -m appliance demo

run: setup
	@$(RUN) -m appliance run --lab

test: setup
	@$(RUN) -m pytest
	@sh tools/test_newest.sh "$(VENV)"

SOAK_CALLS ?= 10000

test-slow: setup
	@SLOW_FAMILIES=1 $(RUN) -m pytest tests/scenarios -k every_family
	@$(RUN) -m tests.soak --calls $(SOAK_CALLS)
	@SLOW_UNITS=1 $(RUN) -m pytest tests/units/test_under_systemd.py tests/units/test_installed.py -n 0 -rs
	@$(MAKE) --no-print-directory test-powercut
	@$(MAKE) --no-print-directory test-isdn-kernel
	@sh tools/test_image.sh --if-cheap

# Two guests: a link of l1oip sleeps 65 s after it was loaded, and only a frame from the far end wakes it.
test-isdn-kernel: setup
	@$(RUN) -m tests.kernel isdn --only "not thirty"
	@$(RUN) -m tests.kernel isdn --only thirty

test-isdn-hfcsusb: setup
	@$(RUN) -m tests.kernel hfcsusb

test-isdn-dkms: setup
	@$(RUN) -m tests.kernel dkms

misdn-deb: setup
	@$(RUN) -m tests.kernel.crossbuild

# FLAVOUR=pi4 (Pi 3, 4, CM4, Zero 2 W) or pi5. As root; see image-build/README.md.
FLAVOUR ?= pi4

deb: setup
	@image-build/deb

image: setup
	@FLAVOUR=$(FLAVOUR) image-build/build
	@FLAVOUR=$(FLAVOUR) image-build/archive
	@FLAVOUR=$(FLAVOUR) sh tools/boot_time.sh

image-lock:
	@image-build/lock

test-image: setup
	@FLAVOUR=$(FLAVOUR) sh tools/test_image.sh $(CHAPTERS)

POWER_CUTS ?= 200

test-powercut: setup
	@sh tools/install.sh python3-fusepy
	@$(RUN) -m tests.powercut --cuts $(POWER_CUTS)

check: setup
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(RUN) -m pytest tests/house

bench: setup
	@$(RUN) -m tests.bench

clean:
	rm -rf $(VENV) .venv-3.13 demo-out .mypy_cache .ruff_cache .pytest_cache
