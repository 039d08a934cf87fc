# Every target makes the virtual environment it needs; a stamp remembers what it was made from.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test unit kafka bench chaos histories messages mutants check format clean

help:
	@echo 'make demo    a shop living on this machine, nothing to install besides'
	@echo 'make test    all tests; those on a real Kafka need Java and Maven'
	@echo 'make bench   how fast, beside plain Faust and Quix Streams, on a real Kafka'
	@echo 'make messages  every message, by the tools that mail people trust'
	@echo 'make chaos   200 faults, three workers, three brokers, and a table of what came of it'
	@echo 'make histories  100,000 random histories, held to what must never be'
	@echo 'make mutants  200 small faults put into the domain, and how many the tests notice'
	@echo 'make check   lint, format, types, imports'
	@echo 'make format  write what check would ask for'
	@echo 'make clean   forget the environment and everything built'

$(BIN)/python:
	@for python in python3 python3.12 python3.11 python3.13; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec $$python -m venv $(VENV); \
	  fi; \
	done; echo 'Orderherald needs Python 3.11 or newer, with its venv module.' >&2; exit 1

$(VENV)/.%: pyproject.toml | $(BIN)/python
	@echo 'Preparing $(VENV) for $* …'
	@$(PIP) install --editable '.[$*]'
	@touch $@

demo: $(VENV)/.demo
	@$(BIN)/orderherald demo

# Brokers share these few cores: tests on a real Kafka run one after the other, all else side by side.
test: unit kafka

unit: $(VENV)/.dev
	$(BIN)/pytest -m 'not kafka' -n 2 --dist worksteal

kafka: $(VENV)/.dev
	$(BIN)/pytest -m kafka

bench: $(VENV)/.bench
	$(BIN)/python -m tests.bench

# Needs Chromium, Java, Node.js, SpamAssassin and hunspell; says which of them it misses.
messages: $(VENV)/.dev
	$(BIN)/python -m tests.messages

CHAOS_SECONDS := 1200
FAULTS := 200

chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos --seconds $(CHAOS_SECONDS) --faults $(FAULTS)

HISTORIES := 100000

histories: $(VENV)/.dev
	HISTORIES=$(HISTORIES) $(BIN)/pytest tests/acceptance/test_random.py

mutants: $(VENV)/.mutants
	$(BIN)/python -m tests.mutants

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) .cache build dist out .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
