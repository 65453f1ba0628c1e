# `make` alone lists what there is. Everything happens in .venv; nothing else on the machine changes.
PYTHON ?= python3
BIN := .venv/bin
# What pytest is to run: make test TESTS=tests/unit
TESTS ?=

.DEFAULT_GOAL := help
.PHONY: help run binary binary-aarch64 binary-reproducible binary-sbom test lint types check fmt docs bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run ## wait for a server that opens its port late, then talk to it
	@BIN=$(BIN) sh examples/run.sh

binary: .venv/run ## build dist/untilup-linux-x86_64, one static executable
	binary/build snapshot

binary-aarch64: .venv/run ## build dist/untilup-linux-aarch64, for 64-bit Arm
	binary/build --for aarch64 snapshot

binary-reproducible: .venv/run ## build it twice, CPython too, and compare the two: minutes
	binary/reproducible

binary-sbom: .venv/test binary ## list what is in dist/untilup-linux-x86_64, as CycloneDX
	binary/build sbom

test: .venv/test ## run the whole suite, with branch coverage
	$(BIN)/python -m pytest $(if $(TESTS),$(TESTS),--cov --cov-report=term)

lint: .venv/dev ## check style and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/dev ## check types, strictly
	$(BIN)/mypy

check: lint types test ## what CI runs

fmt: .venv/dev ## format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/test ## make the README's tables anew, from the code
	$(BIN)/python tools/readme_tables.py

bench: .venv/test ## measure starts and waits, as ratios
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/extra_wait.py
	$(BIN)/python benchmarks/resources.py
	$(BIN)/python benchmarks/peers.py

wheelhouse: .venv/run ## download what `docker build` needs where it has no network
	rm -rf $@ $@.partial
	$(BIN)/python tools/wheelhouse.py $@.partial
	mv $@.partial $@

clean: ## remove what was made here
	rm -rf .venv build dist wheelhouse* .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Three stages of one environment, each a file that says it is complete. pip knows dependency
# groups since 25.1; Debian's is older, so the first stage brings its own.
.venv/run: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check pip==26.3
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/test: .venv/run
	$(BIN)/pip install --quiet --group test
	@touch $@

.venv/dev: .venv/test
	$(BIN)/pip install --quiet --group dev
	@touch $@
