# mintune: `make demo` and `make test` are all a fresh machine needs; every target sets up what it lacks.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# The suite runs in two processes; one thread each keeps them from fighting over the cores.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest -n 2

.PHONY: setup demo test test-fast lint types docs bench clean

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

demo: setup
	$(BIN)/mintune demo --run runs/demo

test: setup lint types
	$(PYTEST)

test-fast: setup
	$(PYTEST) -m "not slow and not browser"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

docs: setup
	$(BIN)/python docs/generate.py

bench: setup
	@echo "One folder a question under benchmarks/; each README names its command:"
	@grep -h -A 1 '^    make\|^    .venv' benchmarks/*/README.md || true

clean:
	rm -rf .venv build runs .pytest_cache .mypy_cache .ruff_cache
