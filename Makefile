# `make` alone says what there is. Everything is installed into .venv and kept in .omatoimi.

PYTHON ?= python3
PY := .venv/bin/python
PACKAGES := contracts/omatoimi_contracts services/chassis/chassis services/booking/booking services/notices/notices \
	services/decisions/decisions services/analytics/analytics services/people/people services/web/web \
	deploy/platform/omatoimi_platform deploy/example/omatoimi_example deploy/cli/omatoimi
SCRIPTS := conftest.py $(wildcard contracts/*.py deploy/*.py deploy/*/*.py)
TESTS := $(wildcard contracts/tests services/*/tests deploy/*/tests tests)
DOMAINS := $(wildcard services/*/tests/domain services/*/tests/test_domain.py)
LOCKED := requirements requirements-dev tests/load/requirements
COMPILE := .venv/bin/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help python venv dev run test test-fast test-containers chaos mutants bench check format lock lock-is-current clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

venv: python ## install what runs, as requirements.lock pins it, if that changed
	@$(PYTHON) deploy/install.py

dev: python ## install what tests and checks need too, as requirements-dev.lock pins it
	@$(PYTHON) deploy/install.py dev

python:
	@command -v $(PYTHON) >/dev/null || { echo "omatoimi: there is no $(PYTHON): install Python 3.11 or later."; exit 1; }

run: venv ## start the whole system; Ctrl-C stops it
	@$(PY) -m omatoimi.cli run

# Each has servers and installations of its own, which keep a core busy: so one worker a core.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$(( n < 8 ? n : 8 )))

test: dev ## run the whole suite on real Apache Kafka and PostgreSQL, shared over workers (WORKERS=, ARGS= goes to pytest)
ifdef ARGS
	@$(PY) -m pytest $(ARGS)
else
	@$(PY) -m pytest -q -n $(WORKERS) --durations=40 --durations-min=20
endif

test-fast: dev ## run what needs no servers, the domains and the contracts, with few examples of each property
	@$(PY) -m pytest -q -n 2 --hypothesis-profile=quick contracts $(DOMAINS) tests/test_limits.py

# What differs there: servers that end, pause and come back.
ON_CONTAINERS := $(patsubst %,services/chassis/tests/test_%.py,broker outages relay worker_killed) \
	deploy/platform/tests/test_fixtures.py tests/containers

test-containers: dev ## end servers under a service, and go a small whole way, on containers (ARGS=services/chassis: all)
	@OMATOIMI_TEST_PLATFORM=containers $(PY) -m pytest $(or $(ARGS),$(ON_CONTAINERS))

bench: dev .venv-bench/made-from ## measure beside peers, and write docs/benchmarks.md (ARGS="--help" tells what else)
	@$(PY) -m tests.load $(ARGS)

.venv-bench/made-from: tests/load/requirements.lock
	@$(PYTHON) -m venv --clear .venv-bench
	@.venv/bin/uv pip install --quiet --system-certs --python .venv-bench --no-deps --require-hashes -r $<
	@cp $< $@

chaos: dev ## two minutes of faults under many clients (OMATOIMI_CHAOS_SECONDS=, OMATOIMI_CHAOS_SEED=)
	@$(PY) -m pytest -q -s --show-capture=no tests/chaos/promises.py $(ARGS)

mutants: dev ## take each guarantee out on a copy, and see its test fail (ARGS=--five, or words of the rows)
	@$(PY) -m tests.mutants $(ARGS)

check: dev lock-is-current ## what must hold before a change goes in, tests apart
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy $(PACKAGES) $(SCRIPTS)
	@for tests in $(TESTS); do $(PY) -m mypy $$tests || exit 1; done
	@.venv/bin/lint-imports
	@$(PY) contracts/generate.py --check
	@$(PY) contracts/compatibility.py
	@$(PY) -m tests.migrations
	@$(PY) -m omatoimi.access --check

format: dev ## format the code and mend what can be mended
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

lock: dev ## pin anew what each requirements file names
	@for name in $(LOCKED); do $(COMPILE) $$name.in -o $$name.lock || exit 1; done

lock-is-current: dev ## fail when a lock does not follow from its .in file
	@for name in $(LOCKED); do \
		cp $$name.lock .venv/checked.lock; \
		$(COMPILE) $$name.in -o .venv/checked.lock || \
			{ echo "omatoimi: the lock could not be checked; is the package index reachable?"; exit 1; }; \
		diff $$name.lock .venv/checked.lock || \
			{ echo "omatoimi: $$name.lock does not follow from $$name.in: run make lock."; exit 1; }; \
	done

clean: ## remove .venv and caches (the data: omatoimi reset)
	@rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
