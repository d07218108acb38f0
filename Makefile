# Each target installs what it needs the first time, and nothing more: see tools/bootstrap.
# PYTHON=python3.13 chooses an interpreter, ARGS='-k guid' goes to pytest or to the program that is run.

PYTHON ?=
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
BOOTSTRAP = PYTHON='$(PYTHON)' tools/bootstrap
# Nothing that is run here reaches the firmware or the clock of this machine.
GUARD = EFIRT_DISABLE=live PYTHONPATH='$(CURDIR)/tests/guard'
PYTEST = $(PY) -m pytest -n auto --dist loadgroup
SOURCES = $(wildcard src lab tests benchmarks examples tools)

.DEFAULT_GOAL := help
.PHONY: help run test check lab bench soak fuzz pyz clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: ## the first steps, as an example that runs
	@$(BOOTSTRAP) run
	@$(GUARD) $(PY) examples/first_steps.py $(ARGS)

test: check ## the checks, then every test, the lab's machines included
	@$(BOOTSTRAP) test
	$(PYTEST) $(ARGS)

check: ## format, lint, types, import contracts, spelling
	@$(BOOTSTRAP) check
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy $(SOURCES)
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/typos

lab: ## boot real machines and test in them
	@$(BOOTSTRAP) test
	$(PY) -m lab list
	$(PYTEST) tests/real $(ARGS)

bench: ## how long things take
	@$(BOOTSTRAP) run
	@$(GUARD) $(PY) -m benchmarks $(ARGS)

soak: ## the tests that take minutes, with many more examples
	@$(BOOTSTRAP) test
	@rm -f build/soak*
	EFIRT_HYPOTHESIS=soak $(PYTEST) -m soak $(ARGS); status=$$?; cat build/soak.txt 2>/dev/null; exit $$status

fuzz: ## random input for the readers and the model; ARGS='firmware lists 600' says which, and for how many seconds each
	@$(BOOTSTRAP) fuzz
	@$(GUARD) $(PY) fuzz $(ARGS)

pyz: ## dist/efirt.pyz, one file that needs Python only
	@$(BOOTSTRAP) run
	@$(PY) tools/make_pyz.py dist/efirt.pyz

clean: ## remove what was made here
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find src lab tests benchmarks examples tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
