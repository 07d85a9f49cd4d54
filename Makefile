# Everything is set up inside .venv, from requirements.lock; nothing else on the machine is changed.
# The folder's own path must not hold a space: make cannot name such files.

PYTHON ?= python3
OUT ?= reports

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
VENV_READY := $(VENV)/.stamp-venv
CORE := $(VENV)/.stamp-core
DEV := $(VENV)/.stamp-dev
BROWSER := $(VENV)/.stamp-browser
PLOOMBER := .cache/ploomber/.stamp

# A PYTHON that was named is taken or refused; without one, the first that fits is taken.
CANDIDATES := $(if $(filter-out file default,$(origin PYTHON)),$(PYTHON),$(PYTHON) python3.13 python3.12 python3.11)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report test test-browser test-system bench lab lint lock dictionary clean bytecode

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

report: bytecode ## check the data, run the notebooks, write reports/index.html (another folder: OUT=...)
	$(BIN)/pingan check
	$(BIN)/pingan report --language en --language zh --out $(OUT)

test: $(DEV) bytecode ## run the tests
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist worksteal

test-browser: $(BROWSER) bytecode ## test the pages and JupyterLab in a real browser (needs Chromium)
	$(BIN)/python -m pytest -n 2 --dist loadscope tests/browser

test-system: $(DEV) bytecode ## compare the engines over all notebooks, fork and kill processes, start a Dask cluster
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/system

bench: $(DEV) $(PLOOMBER) bytecode ## measure sweeps against the shell loop, and large corpora (half an hour)
	$(BIN)/python benchmarks/sweeps.py --plot benchmarks/sweeps.svg
	$(BIN)/python benchmarks/corpus.py
	$(BIN)/python benchmarks/cities.py

lab: bytecode ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

lint: $(DEV) ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What a machine's configuration could add to the lock (an index, a local path) is kept out: no configuration
# file, an empty home, and only the variables that a network may need. Pins that still fit are kept; to renew
# them all, delete requirements.lock first.
lock: $(VENV_READY) ## pin every package, with hashes, in requirements.lock
	@test -x $(UV) || { echo "make lock needs uv, which could not be installed in $(VENV)" >&2; exit 1; }
	home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
	pin() { env -i PATH="$$PATH" HOME="$$home" UV_SYSTEM_CERTS=1 \
	  $(foreach name,SSL_CERT_FILE HTTPS_PROXY https_proxy,$(if $($(name)),$(name)="$($(name))")) \
	  $(UV) pip compile --quiet --config-file uv.toml --universal --generate-hashes --no-emit-index-url \
	  --python-version 3.11 --custom-compile-command "make lock" "$$@"; } && \
	pin --all-extras pyproject.toml --output-file requirements.lock && \
	pin --no-deps benchmarks/requirements.in --output-file benchmarks/requirements.lock

dictionary: bytecode ## write data/README.md from the descriptor and the codebook
	$(BIN)/python -m pingan_lib.schema

clean: ## remove what make made: .venv, reports and caches
	rm -rf $(VENV) reports build dist .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

bytecode: $(CORE)
	@$(BIN)/python -m compileall -q pingan_lib

$(VENV_READY):
	@for candidate in $(CANDIDATES); do \
	  if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then \
	    echo "Setting up $(VENV) with $$("$$candidate" --version)"; \
	    "$$candidate" -m venv $(VENV) || exit 1; \
	    break; \
	  fi; \
	done; \
	test -x $(BIN)/pip || { \
	  echo "This needs Python 3.11, 3.12 or 3.13 with venv and pip; tried: $(CANDIDATES)." >&2; \
	  echo "Name another one: make $(or $(MAKECMDGOALS),report) PYTHON=/path/to/python3.12" >&2; \
	  exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1' || \
	  echo "uv could not be had: pip will do its work, more slowly."
	@touch $@

comma := ,
# uv installs what is needed, and takes versions and hashes from the lock. Where uv is missing, or cannot reach
# what pip can, pip does it: it accepts hashes only for a whole file, so it installs the whole lock, and without
# looking for dependencies, for the lock is complete and pip mistakes an extra of a pinned package for an unpinned one.
# Bytecode is written at once because some machines forbid Python to write it later, and every start would pay;
# not that of the packages' own tests. A file that is meant for another Python may fail to compile.
# $(1): what to install, as pip names it
define install
	@if test -x $(UV) && $(UV) pip install --quiet --python $(BIN)/python \
	    --constraints requirements.lock --build-constraints requirements.lock --editable '$(1)'; then :; \
	else \
	  echo "Installing with pip" && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib || true
	@touch $@
endef

$(CORE): $(VENV_READY) pyproject.toml requirements.lock
	$(call install,.)

$(DEV): $(CORE)
	$(call install,.[dev$(comma)cluster])

# Apart from the environment: papermill would load its engines at each start, in every way that is measured.
$(PLOOMBER): $(CORE) benchmarks/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade \
	  --target $(dir $@) -r benchmarks/requirements.lock
	@$(BIN)/python -m compileall -qq $(dir $@)
	@touch $@

$(BROWSER): $(DEV)
	$(call install,.[dev$(comma)cluster$(comma)browser])
