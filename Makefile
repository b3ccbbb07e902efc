# What a newcomer runs. `make help` lists it; each target sets up what it needs.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.stamp
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

.PHONY: help setup run test browser screenshots bench profile chaos fuzz deploy-check lint translations lock
.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

setup: $(STAMP) ## Make the virtual environment with all pinned packages

run: $(STAMP) ## Serve the bridge and a sandbox Qomon here, and send one sample through both
	@exec bin/run

test: $(STAMP) browser ## Run every test, two at a time, those in a browser too
	@$(VENV)/bin/pytest -n 2 --dist worksteal

browser: ## Install Debian's Chromium, which the tests of the pages open
	@command -v chromium > /dev/null || bin/install-browser

screenshots: $(STAMP) browser ## Draw the pages, filled by a sandbox, into docs/img
	@$(VENV)/bin/python -m tests.browser.screenshots

bench: $(STAMP) ## Measure how fast it is, beside floors of the same run (9 minutes; BENCH_FULL=1: 40)
	@$(VENV)/bin/python -m bench

profile: $(STAMP) ## Show which part of an event takes how much of the processor, and draw data/flames.svg
	@$(VENV)/bin/python -m bench.parts && $(VENV)/bin/python -m bench.profile

chaos: $(STAMP) ## Kill and disturb it under load, then look for harm (2 to 4 minutes; STORE=postgres SEED=7 KILLS=100)
	@$(VENV)/bin/python -m chaos $(if $(SEED),--seed $(SEED)) $(if $(KILLS),--kills $(KILLS)) $(if $(STORE),--store $(STORE))

fuzz: $(STAMP) ## Call every address with what is odd: no answer is 5xx, no exception is logged (3 minutes; REQUESTS=1000 SEED=7)
	@$(VENV)/bin/python -m chaos.fuzz --requests $(or $(REQUESTS),10000) --seed $(or $(SEED),1)

deploy-check: $(STAMP) ## Deploy it to a platform made of this machine, and do there what platforms do (2 to 5 minutes)
	@$(VENV)/bin/python -m tests.deploy

lint: $(STAMP) ## Check style, layout of the code, types, and known holes of the packages
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/python bin/audit

translations: $(STAMP) ## Bring bridge/translations up to the sentences of the code; what is new there is to be translated
	@new=$$(mktemp) && trap 'rm -f "$$new"' EXIT \
	&& $(VENV)/bin/pybabel -q extract -F bridge/translations/babel.cfg -k lazy_gettext -k lazy_ngettext:1,2 --no-location --sort-output --no-wrap -o "$$new" bridge schemas \
	&& $(VENV)/bin/pybabel -q update --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date --no-wrap \
	-i "$$new" -d bridge/translations \
	&& $(VENV)/bin/pybabel -q compile -d bridge/translations

lock: ## Pin the packages anew, from requirements.in and tests/requirements.in
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT \
	&& $(PYTHON) -m venv "$$new" && "$$new/bin/pip" install --quiet --disable-pip-version-check uv \
	&& PATH="$$new/bin:$$PATH" && $(COMPILE) requirements.in -o requirements.txt \
	&& cd tests && $(COMPILE) requirements.in -o requirements.txt

$(STAMP): requirements.txt tests/requirements.txt
	@command -v $(PYTHON) > /dev/null \
	|| { echo "$(PYTHON) is missing. On Debian: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
	|| { echo "Python's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) (once)..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes \
	-r requirements.txt -r tests/requirements.txt
	@touch $@
