# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All commands of the project; "make help" lists them. They need git, make and a Python from 3.11 on, and make the rest
# themselves: a virtual environment in .venv, everything else in .cache. Paths are relative on purpose, so that the clone
# may lie anywhere, under any name.

SHELL    := /bin/sh
PYTHON   := .venv/bin/python
PORT     ?= 0
SEED     ?=
ARGS     ?=

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections

# Runs a tier and closes it with one line "N passed, N failed"; $(1): the session, $(2): seconds that it may take.
# The clock runs from before the set-up.
tier = start=$$(date +%s); rm -rf .cache/reports; mkdir -p .cache/reports; $(MAKE) --no-print-directory setup && \
	status=0 && { .venv/bin/nox --session $(1) -- $(ARGS) || status=$$?; } && \
	$(PYTHON) tests/support/closing.py $$status $$(($$(date +%s) - start)) $(2)

.DEFAULT_GOAL := help
.PHONY: help setup setup-demo demo format lint test test-quick test-all mutants bench simulator docs changelog schema lock clean

help: ## list the commands
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## make the virtual environment for everything (the other commands do it themselves)
	@tools/setup test

setup-demo:
	@tools/setup demo

demo: setup-demo ## onboard two clients of a simulated PBX, refuse what widens rights, survive a bad day, see the drift
	@$(PYTHON) tests/demo/run.py

format: setup ## format the Python files, and apply safe fixes
	@.venv/bin/nox --session format

lint: setup ## check formatting, code style, YAML and wording
	@.venv/bin/nox --session lint

test: ## run the tests; ARGS="tests/unit -k masks" runs only these
	@$(call tier,test,1800)

test-quick: ## run the unit tests, types, and lint
	@$(call tier,test-quick)

test-all: ## run everything on every ansible-core and Python, with whole matrices: before a release
	@$(call tier,test-all)

mutants: ## seed the known faults one by one and see that the tests find each; ARGS="--only ID"
	@tools/setup test
	@$(PYTHON) tests/mutants/run.py $(ARGS)

bench: setup-demo ## measure speed: time per item, per host, requests per second
	@$(PYTHON) tests/bench/run.py

simulator: setup-demo ## serve the simulated PBX until interrupted; PORT=8099 for a fixed port, SEED=file.yml for other clients
	@$(PYTHON) tools/serve.py --port $(PORT) $(if $(SEED),--seed "$(SEED)")

docs: setup ## build the pages of the documentation, and print where they are
	@$(PYTHON) tools/docs.py

changelog: setup ## write the changelog of the version in galaxy.yml from the fragments and the plugins that are there
	@PATH="$(CURDIR)/.venv/bin:$$PATH" antsibull-changelog release --reload-plugins --refresh-fragments \
		--update-existing

schema: setup ## write the schemas of client files and of reports, from what checks them
	@$(PYTHON) tools/schema.py

lock: setup ## resolve the development requirements into constraints.txt; ARGS=--upgrade for the newest versions
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-emit-index-url \
		--unsafe-package ansible-core --custom-compile-command "make lock" --output-file constraints.txt \
		requirements-test.txt $(ARGS)

clean: ## remove everything that the commands made
	rm -rf .cache .venv .ansible tests/output
