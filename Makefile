# Needs Python 3.11 or newer and nothing else: Node.js comes from a Python package, the CDK CLI with it.
# Everything that is installed goes below .venv and node_modules.

.DEFAULT_GOAL := help
# With -j the output of two targets would mix, and both would be slower.
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LOWEST := $(VENV)/lowest
LOCAL := $(VENV)/.local-installed
PACKAGES := $(VENV)/.packages-installed
CLI := node_modules/.cdk-installed
AUDIT := $(VENV)/.audit-installed
SDK := benchmarks/node_modules/.sdk-installed
BROWSER := node_modules/.browser-installed
# uv leaves it to the first import to compile a package; without this, each process would do it again.
unexport PYTHONDONTWRITEBYTECODE
# A company's proxy has its certificate in the system's store.
export UV_SYSTEM_CERTS ?= true
export NODE_USE_SYSTEM_CA ?= 1
# Node.js of the virtual environment, also for what starts `node` by itself.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python
# What needs neither the CDK nor a local AWS, and what needs the CDK alone.
QUICK := $(addprefix tests/,records request states runtime cli) \
  $(addprefix tests/local/,api catalog jobs host $(notdir $(wildcard tests/local/test_*.py)))
SYNTH := $(addprefix tests/,api jobs storage functions workflow)
# A process for each core. What shares a deployed stack stays in one of them; tests/support/order.py says which.
PARALLEL := -n auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder
SOURCES := constructs lambda local tests examples benchmarks $(wildcard app.py)

.PHONY: help deploy-local test test-quick coverage test-lowest test-versions check audit bench docs dist requirements clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deploy-local: $(CLI) ## deploy the example app to AWS on this machine and show its recommendations
	@$(BIN)/python examples/deploy_local.py

test: $(PACKAGES) $(BROWSER) ## run all tests
	$(BIN)/pytest $(PARALLEL)

test-quick: $(PACKAGES) ## run the tests that need neither the CDK nor a local AWS
	$(BIN)/pytest $(PARALLEL) $(QUICK)

coverage: $(PACKAGES) $(BROWSER) ## run all tests and show which lines and branches they leave out
	$(BIN)/pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered

test-lowest: $(CLI) ## run the tests of the library with the lowest versions that it allows
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	@# click and typeguard: what versions of typer and jsii as old as the lowest ones use without a warning.
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
	  -e '.[cli,local]' --group test click==8.2.1 typeguard==2.13.3
	PYTHONPATH=tests/packaging $(LOWEST)/bin/python -m pytest $(PARALLEL) -p older_cdk -p no:cacheprovider \
	  $(QUICK) $(SYNTH)

test-versions: $(PACKAGES) ## run the quick tests on each Python from 3.11 on that this machine has
	$(BIN)/python -m tests.packaging.each_python $(PARALLEL) $(QUICK)

check: $(PACKAGES) ## run the linter, the formatter's check, the check of imports and the type checker
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	PYTHONPATH=constructs:lambda:local $(BIN)/lint-imports --no-cache
	$(BIN)/mypy

audit: $(PACKAGES) $(AUDIT) ## have cdk-nag, cfn-lint, checkov and parliament look at the templates
	$(BIN)/pytest -q tests/security/test_security_scanners.py
	$(BIN)/python -m tests.security.audit --checkov $(VENV)/checkov/bin/checkov \
	  --parliament $(VENV)/parliament/bin/python

bench: $(PACKAGES) $(CLI) $(SDK) ## measure everything against its floor and write docs/benchmarks.md
	PYTHONPATH=lambda $(BIN)/python -m benchmarks

docs: $(PACKAGES) ## build the documentation into site/, with warnings as errors
	@# What mkdocs-material prints about MkDocs itself is no warning of the build.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

dist: $(PACKAGES) ## build sdist and wheel into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation

requirements: | $(BIN)/uv ## add to requirements.txt what pyproject.toml needs, and take out the rest
	@# Of one version for each Python from 3.11.0 on. Versions in the file stay as long as they fit.
	echo '-e .[cli,local]' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	  --no-annotate --custom-compile-command 'make requirements' --group dev --output-file requirements.txt -

clean: ## remove everything that was installed or made
	rm -rf $(VENV) node_modules benchmarks/node_modules cdk.out dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
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

$(BIN)/uv: | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)"

define install
@$(BIN)/uv pip install --quiet --python $(BIN)/python $(1) || { \
  echo "uv could not: trying pip, which has settings of its own and takes minutes" >&2; \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); \
}
endef

# Half of all: what the example app and AWS on this machine need.
$(LOCAL): requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Installing the Python packages of AWS on this machine, as in requirements.txt"
	@grep -v '^-e' requirements.txt > $(VENV)/constraints.txt
	$(call install,-c $(VENV)/constraints.txt -e '.[local]')
	@touch $@

$(PACKAGES): requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Installing the Python packages of requirements.txt"
	$(call install,-r requirements.txt)
	@touch $@

$(CLI): package.json .npmrc | $(LOCAL)
	@echo "Installing the CDK CLI of package.json"
	@$(BIN)/npm install --omit=dev --no-progress --loglevel=error
	@touch $@

$(BROWSER): $(CLI)
	@echo "Installing the browser of package.json, for the tests of the documentation"
	@$(BIN)/npm install --no-progress --loglevel=error
	@touch $@

$(AUDIT): | $(BIN)/uv
	@echo "Installing checkov and parliament, each by itself"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/checkov
	@$(BIN)/uv pip install --quiet --python $(VENV)/checkov/bin/python checkov==3.3.30
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/parliament
	@# It asks setuptools for what later versions do not have.
	@$(BIN)/uv pip install --quiet --python $(VENV)/parliament/bin/python parliament==1.6.4 'setuptools<81'
	@touch $@

$(SDK): benchmarks/package.json $(CLI)
	@echo "Installing the AWS SDK of benchmarks/package.json, for the framework of a Provider"
	@$(BIN)/npm install --prefix benchmarks --no-package-lock --no-audit --no-progress --loglevel=error
	@touch $@
