# Needs Python 3.11 or newer and nothing else: Node.js comes from a Python package, the CDK CLI with it.
# Everything that is installed goes below .venv and node_modules.

.DEFAULT_GOAL := help
# With -j the output of two targets would mix, and both would be slower.
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LOWEST := $(VENV)/lowest
PACKAGES := $(VENV)/.packages-installed
CLI := node_modules/.cdk-installed
SDK := benchmarks/node_modules/.sdk-installed
BROWSER := node_modules/.browser-installed
# Node.js of the virtual environment, also for what starts `node` by itself.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python
SOURCES := constructs lambda local tests examples benchmarks $(wildcard app.py)

.PHONY: help deploy-local test test-lowest check bench docs clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deploy-local: $(CLI) ## deploy the example app to AWS on this machine and show its recommendations
	@$(BIN)/personalize-local run --job-seconds 5 -- python examples/deploy_local.py

test: $(BROWSER) ## run all tests
	$(BIN)/pytest

test-lowest: $(CLI) ## run the tests of the library with the lowest versions that it allows
	$(BIN)/python -m venv --clear $(LOWEST)
	$(BIN)/python tests/packaging/lowest_versions.py > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -c $(LOWEST)/constraints.txt \
	  -e '.[cli,local]' pytest hypothesis cfn-lint griffelib
	PYTHONPATH=tests/packaging $(LOWEST)/bin/python -m pytest -p older_cdk -p no:cacheprovider \
	  tests/unit tests/api tests/runtime tests/local tests/synth tests/cli

check: $(PACKAGES) ## run the linter, the formatter's check and the type checker
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

bench: $(CLI) $(SDK) ## measure everything against its floor and write docs/benchmarks.md
	PYTHONPATH=lambda $(BIN)/python -m benchmarks

docs: $(PACKAGES) ## build the documentation into site/, with warnings as errors
	@# What mkdocs-material prints about MkDocs itself is no warning of the build.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean: ## remove everything that was installed or made
	rm -rf $(VENV) node_modules benchmarks/node_modules cdk.out dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for python in $(PYTHON); do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    exec "$$python" -m venv $(VENV); \
	  fi; \
	done; \
	echo "No Python 3.11 or newer with its modules venv and ensurepip among: $(PYTHON)." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1

$(PACKAGES): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing the Python packages of requirements.txt"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(CLI): package.json .npmrc | $(PACKAGES)
	@echo "Installing the CDK CLI of package.json"
	@$(BIN)/npm install --omit=dev --no-progress --loglevel=error
	@touch $@

$(BROWSER): $(CLI)
	@echo "Installing the browser of package.json, for the tests of the documentation"
	@$(BIN)/npm install --no-progress --loglevel=error
	@touch $@

$(SDK): benchmarks/package.json $(CLI)
	@echo "Installing the AWS SDK of benchmarks/package.json, for the framework of a Provider"
	@$(BIN)/npm install --prefix benchmarks --no-package-lock --no-audit --no-progress --loglevel=error
	@touch $@
