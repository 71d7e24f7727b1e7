# Playhead. `make run` needs Python 3.11+, Node 20+ and make; it brings the rest.
PYTHON ?= python3

.PHONY: run setup
run: python ## everything on this machine, at http://localhost:8000 (PORT, DEMO_PORT, DATA_DIR)
	@exec $(PYTHON) -m scripts.run

setup: python ## packages and builds, with the tools of the tests
	@$(PYTHON) -m scripts.setup --dev

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "playhead: $(PYTHON) is not on the PATH; Python 3.11 or newer is needed. Get it from https://www.python.org"; exit 1; }
