# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All commands of the project; "make help" lists them. They need git, make and a Python from 3.11 on, and make the rest
# themselves: a virtual environment in .venv, everything else in .cache. Paths are relative on purpose, so that the clone
# may lie anywhere, under any name.

SHELL    := /bin/sh
PYTHON   := .venv/bin/python
PORT     ?= 0
PARTS    ?=
VERSION  ?=

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections

.DEFAULT_GOAL := help
.PHONY: help setup setup-demo demo test lint sanity units integration molecule bench simulator docs build changelog schema lock clean

help: ## list the commands
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## make the virtual environment for everything (the other commands do it themselves)
	@tools/setup test

setup-demo:
	@tools/setup demo

demo: setup-demo ## onboard two clients of a simulated PBX, refuse what widens rights, survive a bad day, see the drift
	@$(PYTHON) tests/demo/run.py

test: setup ## run all tests; PARTS="unit lint" runs only these, PARTS=list names them
	@$(PYTHON) tests/run $(PARTS)

lint: setup ## licences, YAML, roles and playbooks, changelog, types
	@$(PYTHON) tests/run lint

sanity: setup ## ansible-test sanity on every supported ansible-core
	@$(PYTHON) tests/run sanity

units: setup ## the unit tests, also by ansible-test on every Python
	@$(PYTHON) tests/run unit units

integration: setup ## ansible-test integration against the simulator
	@$(PYTHON) tests/run integration

molecule: setup ## the molecule scenarios of role and playbooks
	@$(PYTHON) tests/run molecule

bench: setup-demo ## measure speed: time per item, per host, requests per second
	@$(PYTHON) tests/bench/run.py

simulator: setup-demo ## serve the simulated PBX until interrupted; PORT=8099 for a fixed port
	@$(PYTHON) tools/serve.py --port $(PORT)

docs: setup ## check the documentation and build its pages into .cache/docs
	@$(PYTHON) tests/run docs

build: setup ## build the artefact into .cache/dist and let the Galaxy importer look at it
	@$(PYTHON) tests/run build

changelog: setup ## write the changelog of the version in galaxy.yml from the fragments and the plugins that are there
	@PATH="$(CURDIR)/.venv/bin:$$PATH" antsibull-changelog release --reload-plugins --refresh-fragments \
		--update-existing

schema: setup ## write the schemas of client files and of reports, from what checks them
	@$(PYTHON) tools/schema.py

lock: ## resolve the development requirements anew into constraints*.txt
	@"$$(tools/find-python)" tools/lock.py

clean: ## remove everything that the commands made
	rm -rf .cache .venv .ansible tests/output
