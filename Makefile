# Run `make` for the list of targets. Every path here is relative and every tool is called through the
# environment's own Python, so that a clone works wherever it lies, spaces in its path included.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Another Python than the first of python3, python3.13, python3.12, python3.11 that is 3.11 or later.
PYTHON ?=
# Only `make lock` needs it.
UV ?= uv

PY := .venv/bin/python
RUN := $(PY) -m

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: site
site: environment ## Everything from nothing: environment, checks, HTML in _build/html
	$(RUN) carta check
	$(RUN) carta build html

.PHONY: test
# A file stays with one process: its tests may build upon one another. tests/conftest.py says which begin first.
test: environment ## The whole test suite
	$(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: check
check: environment ## The checks of evidence, bibliography and prose alone
	$(RUN) carta check

.PHONY: serve
serve: environment ## Live preview in the browser
	$(RUN) carta serve

.PHONY: lint
lint: environment ## Style, types and the rule of what may import what
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(PY) .venv/bin/lint-imports --no-cache --no-logo

.PHONY: format
format: environment ## Put the code into the house style
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: environment
environment: ## Only the environment: .venv as requirements.lock says
	@PYTHON='$(PYTHON)' sh tools/environment.sh

.PHONY: lock
lock: ## After a change of dependencies in pyproject.toml: a new requirements.lock (needs uv)
	@command -v '$(UV)' >/dev/null 2>&1 || { \
	  echo "carta: uv makes the lock and was not found. Install it (pip install uv) or name it: make lock UV=/path/to/uv" >&2; exit 1; }
	'$(UV)' pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## Remove what was built; the environment stays
	rm -rf _build
