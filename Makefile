# `make` alone lists what there is. Everything happens in .venv; nothing else on the machine changes.
PYTHON ?= python3
BIN := .venv/bin
# make test TESTS=tests/unit/waiting/test_backoff.py runs these alone.
override TESTS := $(or $(strip $(TESTS)),tests/unit tests/integration)
# Most tests wait more than they compute. The tests of one unit file end before workers have started.
override WORKERS := $(or $(strip $(WORKERS)),$(if $(findstring .py,$(filter tests/unit/%,$(TESTS))),0,$(shell expr 2 \* $$(nproc || echo 1))))
PYTEST_OPTIONS = -m pytest -q -n $(WORKERS) --dist loadgroup
# Coverage measures the tests themselves, and the processes of the wheel that they start. Without a cache of
# bytecode, which the caller's environment may switch off, each worker would compile all that it imports.
ENVIRON = $(if $(filter 1,$(COVERAGE)),mkdir -p .coverage-traces && UNTILUP_TEST_COVERAGE=1) PYTHONDONTWRITEBYTECODE=
PYTEST = $(ENVIRON) $(BIN)/python $(if $(filter 1,$(COVERAGE)),-m coverage run) $(PYTEST_OPTIONS)
# $(call install,WHAT): pip's output goes to a log, and only its last line is shown, if pip fails.
install = [ -w .venv ] || { echo '$(CURDIR)/.venv is not writable by this user.' >&2; exit 1; }; \
	echo 'pip install $(1)'; $(BIN)/pip install --quiet --disable-pip-version-check $(1) >.venv/pip.log 2>&1 || \
	{ echo "pip cannot install $(1); it must reach PyPI once: $$(tail -n 1 .venv/pip.log)" \
	'(the rest is in .venv/pip.log)' >&2; exit 1; }

# $(call into_image,ARCHITECTURE): the executable where the Dockerfile takes it from, as a hard link. A
# downloaded file may not be executable.
into_image = mkdir -p build/from-make-binary/$(1) && chmod +x dist/untilup-linux-$(1) && \
	ln -fL dist/untilup-linux-$(1) build/from-make-binary/$(1)/untilup
# The name of the image of `make image`.
IMAGE := untilup

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-rest test-dependencies test-release coverage images check lint types fmt docs sessions \
	bench binary image binary-aarch64 binary-reproducible binary-sbom dist wheelhouse clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run ## wait for a server that opens its port late, then talk to it
	@BIN=$(BIN) sh examples/run.sh

test: .venv/test$(if $(filter 1,$(COVERAGE)),-all) ## unit and integration tests of the wheel: two minutes, needs nothing else
	@$(if $(filter 1,$(COVERAGE)),rm -rf .coverage*)
	@$(PYTEST) $(TESTS)

test-all: .venv/test-all ## everything that CI runs: all suites, wheel and executable, coverage
	@$(MAKE) --jobs --output-sync=target COVERAGE=1 binary images test
	@$(MAKE) COVERAGE=1 test-rest coverage test-dependencies

test-release: .venv/release dist binary-reproducible ## what a release needs besides: an hour or more
	UNTILUP_TEST_PROFILE=explore $(PYTEST) --timeout 3600 -m hypothesis tests
	UNTILUP_TEST_STARTS=10000 UNTILUP_TEST_HANDOVERS=100 UNTILUP_TEST_SERVER_STARTS=20 \
	UNTILUP_REQUIRE_BINARY=1 UNTILUP_REQUIRE_DOCKER=1 UNTILUP_REQUIRE_AARCH64=1 UNTILUP_REQUIRE_DIST=1 \
	$(PYTEST) -m 'release or repeated' --distribution=both tests

# The parts of test-all.
# Unlike those of `make test`, these tests call no functions of untilup, and are not measured themselves.
test-rest: .venv/test-all
	@$(ENVIRON) $(BIN)/python $(PYTEST_OPTIONS) --rest --distribution=both tests

test-dependencies: .venv/test
	@$(BIN)/python tools/dependency_tests.py

coverage: .venv/test-all
	@$(BIN)/python -m tests.support.traces .coverage-traces .coverage.processes
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

images: .venv/test-all
	@PYTHONPATH=tools $(BIN)/python -m tests.support.images || echo 'The container tests will say which images are missing.'

check: lint types ## check style, layers and types

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github/workflows

types: .venv/dev
	$(BIN)/mypy

fmt: .venv/dev ## format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/test ## write the tables and examples of README.md and docs/, from the code
	$(BIN)/python tools/readme_tables.py

# The tests that compare the sessions write them instead: with a Docker engine, all of them.
sessions: .venv/test-all ## write what the commands in README.md and docs/ print now
	UNTILUP_TEST_WRITE_SESSIONS=1 $(BIN)/python -m pytest -q tests/integration/test_documents.py \
		tests/container/test_docs.py tests/compose/test_docs.py

bench: .venv/test ## measure starts and waits, as ratios
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/detection_latency.py
	$(BIN)/python benchmarks/resources.py
	$(BIN)/python benchmarks/peers.py

binary: .venv/run ## build dist/untilup-linux-x86_64, one static executable
	binary/build snapshot
	@$(call into_image,x86_64)

# It is not built if it is there and newer than the source, for example if it comes from another machine.
dist/untilup-linux-x86_64: $(shell find src -name '*.py')
	@$(MAKE) binary

image: dist/untilup-linux-x86_64 ## make the image IMAGE (untilup) of it, without a network or another image
	@$(call into_image,x86_64)
	docker build --target prebuilt -t $(IMAGE) .

binary-aarch64: .venv/run ## build dist/untilup-linux-aarch64, for 64-bit Arm
	binary/build --for aarch64 snapshot
	@$(call into_image,aarch64)

binary-reproducible: .venv/run ## build it twice, CPython too, and compare the two: minutes
	binary/reproducible

binary-sbom: .venv/test-all binary ## list what is in dist/untilup-linux-x86_64, as CycloneDX
	binary/build sbom

dist: .venv/test-all ## make all that a release consists of in dist/: minutes
	@PYTHONPATH=tools:. $(BIN)/python -m release.make
	@ls -l dist

wheelhouse: .venv/run ## download what `docker build` needs if it has no network
	rm -rf $@ $@.partial
	$(BIN)/python tools/wheelhouse.py $@.partial
	mv $@.partial $@

clean: ## remove what was made here
	rm -rf .venv build dist wheelhouse* .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Stages of one environment, each a file that says it is complete. pip knows dependency groups
# since 25.1; Debian's is older, so the first stage brings its own. It names its checkout: in a copied
# or moved one, .venv would still run the untilup of the other.
MOVED := $(if $(wildcard .venv/run),$(if $(findstring <$(CURDIR)>,<$(file <.venv/run)>),,elsewhere))
.PHONY: elsewhere
elsewhere:
.venv/run: pyproject.toml $(MOVED)
	@[ -w . ] || { echo '$(CURDIR) is not writable by this user.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo '$(PYTHON) is not Python 3.11 or newer with venv: apt-get install python3-venv' >&2; exit 1; }
	@$(if $(MOVED),rm -rf .venv)
	@$(PYTHON) -m venv .venv
	@$(call install,pip==26.3)
	@$(call install,--editable .)
	@echo '$(CURDIR)' >$@

.venv/test: .venv/run
	@case '$(CURDIR)' in *' '*) echo 'The tests need a path without spaces, unlike $(CURDIR).' >&2; exit 1;; esac
	@$(call install,--group test)
	@touch $@

.venv/test-all: .venv/test
	@$(call install,--group test-all)
	@touch $@

.venv/release: .venv/test-all
	@$(call install,--group release)
	@touch $@

.venv/dev: .venv/test-all
	@$(call install,--group dev)
	@touch $@
