# Playhead. `make run` needs Python 3.11+, Node 20+ and make; it brings the rest.
PYTHON ?= python3

.PHONY: run setup
run: python ## everything on this machine, at http://localhost:8000 (PORT, DEMO_PORT, DATA_DIR)
	@exec $(PYTHON) -m scripts.run

setup: python ## packages and builds, with the tools of the tests
	@$(PYTHON) -m scripts.setup --dev

.PHONY: test lint bench soak fuzz simulate
test: python ## everything that judges this checkout; ONLY=lint,unit,production,faults,journeys picks parts
	@exec $(PYTHON) -m scripts.test --only "$(ONLY)"

lint: python ## only what reads the code
	@exec $(PYTHON) -m scripts.test --only lint

bench: python ## one figure: NAME=road runs bench/road.* with all that it needs
	@exec $(PYTHON) -m scripts.bench "$(NAME)"

soak: python ## faults, one after the other, for MINUTES (30) or ROUNDS; SEED and FAULTS choose them
	@exec $(PYTHON) -m scripts.soak

fuzz: python ## a million inputs for each reader of hostile bytes; TARGET, RUNS, SEED, KEEP
	@exec $(PYTHON) -m scripts.fuzz

simulate: python ## the promise on virtual time: SCHEDULES (100000), FIRST, JOBS; SEED=n shows one
	@exec $(PYTHON) -m scripts.simulate

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "playhead: $(PYTHON) is not on the PATH; Python 3.11 or newer is needed. Get it from https://www.python.org"; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "playhead: $$($(PYTHON) --version 2>&1) is too old; 3.11 or newer is needed. Another one: make run PYTHON=python3.12"; exit 1; }
