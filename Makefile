# make            set up, then run the default study up to results/main_table.csv
# make test       set up, then every check: style, types, workflow, tests
# make test-all   the same, with whole studies that other tests reach in parts
# make test-cluster  a tiny study on a Slurm of two nodes that the tests start (root, Debian's slurm packages)
# make docs       the documentation as a site: build/docs/index.html
# make format     rewrite Python and Snakemake files in the project's style
# make clean      remove the virtual environment and caches; keeps data and results
# make help       this list
#
# CORES=2         cores for the study (default: all)
# PYTHON=…        a Python 3.11 (default: the first found on PATH)

.DEFAULT_GOAL := results
.PHONY: results test test-all test-workflow test-rest test-cluster docs format clean help system
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
SELECTED ?= not slow
PYTHON ?= $(shell for p in python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTHON := $(PYTHON)
PINS := pyproject.toml envs/constraints.txt
PIP := $(BIN)/python -m pip install --quiet --progress-bar off --disable-pip-version-check --constraint envs/constraints.txt
# Recipes and the workflow's own shell commands use the virtual environment's programs.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Every job is a process; compiling the modules anew in each of them doubles the time of a small study.
unexport PYTHONDONTWRITEBYTECODE

results: system $(BIN)/.installed
	snakemake --cores $(CORES) all results/main_table.csv

test test-all: export OMP_NUM_THREADS := 1
test-all: export SELECTED :=
test test-all: system $(BIN)/.installed-dev
	@python scripts/check_system.py --chromium >/dev/null
	ruff check
	ruff format --check
	snakefmt --check Snakefile rules
	mypy
	snakemake --lint
	@$(MAKE) --no-print-directory --jobs 2 --keep-going test-workflow test-rest

# Side by side, about as long as each other: the tests that run Snakemake, which share a finished study, with those of
# engines and trainings; and all others.
FIRST := tests/workflow tests/simulators tests/pretraining

test-workflow:
	pytest -m "$(SELECTED)" $(FIRST)

test-rest:
	@SPACENUM_CHROMIUM="$$(python scripts/check_system.py --chromium)" \
	  pytest -m "$(SELECTED)" $(FIRST:%=--ignore %) --ignore tests/cluster

# A step of its own: it starts daemons, and takes minutes.
test-cluster: export OMP_NUM_THREADS := 1
test-cluster: system $(BIN)/.installed-dev
	@$(BIN)/python -m pip install --quiet --progress-bar off --disable-pip-version-check --no-deps \
	  snakemake-executor-plugin-slurm==2.8.0 snakemake-executor-plugin-slurm-jobstep==0.6.1
	pytest --durations=0 tests/cluster

docs: export NO_MKDOCS_2_WARNING := 1
docs: $(BIN)/.installed-docs
	$(BIN)/python -m mkdocs build --quiet
	@echo "spacenum: open build/docs/index.html; its search needs a server: python3 -m http.server --directory build/docs"

format: $(BIN)/.installed-dev
	ruff check --fix
	ruff format
	snakefmt Snakefile rules

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "spacenum: data and results were kept; to remove them too, run: rm -rf data results studies logs .snakemake"

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

# What pip can't install: Python 3.11 itself and the libraries that Blender links.
system:
	@test -n "$(PYTHON)" || { echo "spacenum: no Python 3.11 found (Blender's wheels exist for 3.11 only); install it, e.g." \
	  "'sudo apt-get install python3.11-venv' or 'sudo dnf install python3.11', or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" scripts/check_system.py

$(BIN)/python: | system
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "spacenum: $(PYTHON) can't make virtual environments;" \
	  "install its venv module, e.g. 'sudo apt-get install python3.11-venv'" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(BIN)/.installed: $(PINS) | $(BIN)/python
	@echo "spacenum: installing into $(VENV); the first time this downloads Blender and PyTorch, about 800 MB, or several GB if PyTorch brings CUDA along (README) …"
	@$(PIP) --editable '.[workflow,blender,transformers]'
	@touch $@

$(BIN)/.installed-docs: $(PINS) | $(BIN)/python
	@$(PIP) --editable '.[docs]'
	@touch $@

$(BIN)/.installed-dev: $(PINS) | $(BIN)/python
	@echo "spacenum: installing with the tests' tools into $(VENV); the first time this downloads about 900 MB, or several GB if PyTorch brings CUDA along (README) …"
	@$(PIP) --editable '.[workflow,blender,ai2thor,usd,serving,transformers,external,smollm2,dev]'
	@touch $@ $(BIN)/.installed $(BIN)/.installed-docs
