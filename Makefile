# Begin with 'make demo'. Each target makes its own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types docs check lock bench clean help

help:  ## shows the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY)  ## learns from sample notes, triages a sample day, writes the digest
	@$(BIN)/python -m triage demo --out demo

test: $(READY)  ## runs the tests, about four minutes on two cores
	$(BIN)/python -m pytest -q -n 2

lint: $(READY)  ## checks format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)  ## checks types (strict)
	$(BIN)/mypy

docs: $(READY)  ## builds the documentation as a site in build/docs, and the manual page build/triage.1
	$(BIN)/python -m mkdocs build --strict --quiet
	$(BIN)/python docs/man.py > build/triage.1

check: test lint types  ## runs test, lint and types, as CI does

lock: $(READY)  ## renews the lock files from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.lock

clean:  ## removes the environment and the demonstration
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The stamp is last, so that an interrupted install is done again.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("triage needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@echo "making $(VENV), about a minute the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
