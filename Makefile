# The front door. `make help` lists what is behind it.
PYTHON ?= python3
VENV := .venv/bin
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder  # tests/conftest.py has the longest first
SOURCES := app.py highlighter.py snippets workers deploying keeping cli/src migrations $(shell grep -l '^#!.*python' bin/*)
FAST := not browser and not drill and not fuzz

unexport PYTHONDONTWRITEBYTECODE  # or pytest rewrites the assertions of every module in every process of every run

.DEFAULT_GOAL := help
.PHONY: help run restart deploy-staging deploy-production doctor test test-quick fuzz lint audit format types bench check freeze lock setup setup-dev

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

run: setup ## start the whole site on http://127.0.0.1:8000 (PORT changes it)
	@exec $(VENV)/python bin/run

doctor: setup ## look at every part of the site, and say how to mend what is not well
	@$(VENV)/python -m snippets.doctor

restart: ## put what is here now in the place of what runs here, without a failed request
	@$(PYTHON) bin/restart

test: setup-dev ## run every test, the browser's and the drills too
	@$(VENV)/python bin/browser
	@$(VENV)/python -m pytest -m "$(FAST)" $(PARALLEL)
	@$(VENV)/python -m pytest -m "(browser or drill) and not alone" $(PARALLEL)
	@$(VENV)/python -m pytest -m alone

test-quick: setup-dev ## run the tests that need no browser, no drills and no PostgreSQL
	@$(VENV)/python -m pytest -m "$(FAST) and not postgresql" $(PARALLEL)

lint: setup-dev ## check style, imports, formatting and what is unsafe
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/bandit -q -c pyproject.toml -r $(SOURCES)

audit: setup-dev ## ask whether a pinned package is known to be vulnerable; says when nobody can be asked
	@$(VENV)/python bin/audit

format: setup-dev ## mend style and formatting
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

types: setup-dev ## check the types
	@$(VENV)/mypy

bench: setup-dev ## measure the site, then beside its peers, then as it grows (memory under load: `python -m bench.soak`)
	@$(VENV)/python bin/browser
	@$(VENV)/python -m bench
	@$(VENV)/python -m bench.peers
	@$(VENV)/python -m bench.growth

fuzz: setup-dev ## try the API with thousands of made-up requests
	@$(VENV)/python -m pytest -m fuzz

check: lint types test fuzz ## everything that must hold before a commit lands
	@$(PYTHON) bin/deploy passed

deploy-staging: ## have staging run the main branch, clean and green, under a new tag
	@$(PYTHON) bin/deploy staging

deploy-production: ## have production run a tag that staging has run (the newest, or TAG=…)
	@$(PYTHON) bin/deploy production $(TAG)

freeze: ## keep the code of this commit for the upgrade drill, once it is released
	@git archive HEAD app.py snippets workers templates static migrations pyproject.toml ':!workers/fonts' \
		| xz -9e > tests/released.tar.xz

lock: setup-dev ## pin the dependencies of pyproject.toml anew
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade pyproject.toml -o requirements.lock
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

setup:
	@$(PYTHON) bin/setup requirements.lock

setup-dev:
	@$(PYTHON) bin/setup requirements-dev.lock
