# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All commands of the project; "make help" lists them. They need git, make and Python 3.11 or later, and create the rest:
# a virtual environment in .venv, everything else in .cache. Paths are relative, so that the clone can be anywhere, under
# any name.

SHELL    := /bin/sh
PYTHON   := .venv/bin/python
PORT     ?= 0
SEED     ?=
ARGS     ?=

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections

# Runs a nox session and ends with one line "N passed, N failed"; $(1): the session, $(2): its time limit in seconds, which
# includes the set-up.
tier = start=$$(date +%s); rm -rf .cache/reports; mkdir -p .cache/reports; $(MAKE) --no-print-directory setup && \
	status=0 && { .venv/bin/nox --session $(1) -- $(ARGS) || status=$$?; } && \
	$(PYTHON) tests/support/closing.py $$status $$(($$(date +%s) - start)) $(2)

.DEFAULT_GOAL := help
.PHONY: help setup setup-demo demo format lint test test-quick test-all mutants bench simulator docs changelog schema lock clean

help: ## list the commands
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## create the virtual environment for everything (the other commands call this)
	@tools/setup test

setup-demo:
	@tools/setup demo

demo: setup-demo ## onboard two clients of a simulated PBX, block a widening, survive a failure, show the drift
	@$(PYTHON) tests/demo/run.py

format: setup ## format the Python files, and apply safe fixes
	@.venv/bin/nox --session format

lint: setup ## check formatting, code style, YAML and wording
	@.venv/bin/nox --session lint

test: ## run the tests; ARGS="tests/unit -k masks" runs only these
	@$(call tier,test,1800)

test-quick: ## run the unit tests, types, and lint
	@$(call tier,test-quick)

test-all: ## run everything on every ansible-core and Python, with full matrices: before a release
	@$(call tier,test-all)

mutants: ## seed the known faults one by one and check that the tests find each; ARGS="--only ID"
	@tools/setup test
	@$(PYTHON) tests/mutants/run.py $(ARGS)

bench: setup-demo ## measure speed: time per item, per host, requests per second
	@$(PYTHON) tests/bench/run.py

simulator: setup-demo ## serve the simulated PBX until interrupted; PORT=8099 for a fixed port, SEED=file.yml for other clients
	@$(PYTHON) tools/serve.py --port $(PORT) $(if $(SEED),--seed "$(SEED)")

docs: setup ## build the documentation pages, and print where they are
	@$(PYTHON) tools/docs.py

changelog: setup ## write the changelog of the version in galaxy.yml from the fragments and the plugins
	@PATH="$(CURDIR)/.venv/bin:$$PATH" antsibull-changelog release --reload-plugins \
		--refresh-plugins=prevent-removal --refresh-fragments --update-existing

schema: setup ## write the schemas of client files and of reports, from the code that checks them
	@$(PYTHON) tools/schema.py

lock: setup ## resolve the development requirements into constraints.txt; ARGS=--upgrade for the newest versions
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-emit-index-url \
		--unsafe-package ansible-core --custom-compile-command "make lock" --output-file constraints.txt \
		requirements-test.txt $(ARGS)

clean: ## remove everything that the commands created
	rm -rf .cache .venv .ansible tests/output
