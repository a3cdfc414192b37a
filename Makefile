# Every target sets up what it needs. `make help` lists them.
#
#   make learn ARGS="--port 9000"        further arguments for the command
#   make test PYTHON=/opt/python3.12/bin/python3
#   make test BIN="$CONDA_PREFIX/bin"    use an environment that is there already; nothing is installed into it

SHELL := bash
MAKEFLAGS += --no-print-directory
# The tests start Python a hundred times: it may keep what it has compiled.
export PYTHONDONTWRITEBYTECODE :=
VENV ?= .venv
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && echo $$python && break; done)
SUITABLE = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# Two processes a core: browser tests wait for half of their time.
PYTEST = $(BIN)/python -m pytest --numprocesses=$$((2 * $$(getconf _NPROCESSORS_ONLN))) --maxprocesses=8 --dist=loadscope

ifeq ($(origin BIN),command line)
RUN :=
TEST :=
else
BIN := $(VENV)/bin
RUN := $(VENV)/.run-stamp
TEST := $(VENV)/.test-stamp
endif

# The companions show their figures, so they keep their outputs; every other notebook keeps none.
NOTEBOOKS = $(shell find notebooks -name '*.ipynb' -not -path '*/.*')
COMPANIONS = $(wildcard notebooks/0[2-9]*.ipynb)
STRIPPED = $(filter-out $(COMPANIONS), $(NOTEBOOKS))

.DEFAULT_GOAL := help
.PHONY: help learn teach test test-fast test-deploy test-formats notebooks lint bench lock clean
.PHONY: browser postgres nginx office

help:  ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 19

learn: $(RUN)  ## serve the self-study to learners
	@exec $(BIN)/coprod learn $(ARGS)

teach: $(RUN)  ## open JupyterLab, and the learners' page beside it
	@exec $(BIN)/coprod teach $(ARGS)

test: $(TEST) browser postgres  ## run the tests, in a real browser and on both databases too
	@exec $(PYTEST) $(ARGS)

test-fast: $(TEST)  ## run what needs no other process, on SQLite: under a minute, for every save
	@exec $(PYTEST) --fast --numprocesses=logical $(ARGS)

test-deploy: $(TEST) nginx  ## test the page behind a real nginx
	@exec $(PYTEST) tests/deploy $(ARGS)

test-formats: $(TEST) office  ## test what `coprod export` writes in a real LibreOffice
	@exec $(PYTEST) tests/formats $(ARGS)

notebooks: $(TEST)  ## run the companions anew and keep their outputs
	@exec $(BIN)/python tests/notebooks/refresh.py $(COMPANIONS)

lint: $(TEST)  ## check style, types, import order, notebooks and JavaScript
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(STRIPPED),$(BIN)/nbstripout --verify --keep-id $(STRIPPED))
	$(if $(COMPANIONS),$(BIN)/nbstripout --verify --keep-id --keep-output --keep-count $(COMPANIONS))
	@command -v npx >/dev/null || { echo 'The JavaScript check needs Node: apt-get install nodejs npm'; exit 1; }
	npx --yes -p typescript@5.9 tsc -p tsconfig.json
	npm ci --prefix tools/browsers --silent && $(BIN)/python tools/browsers/check.py

bench: $(TEST) browser postgres  ## measure, and write it down in benchmarks/README.md
	@exec $(BIN)/python benchmarks $(ARGS)

# The build tools are locked too, so that installing the kit itself fetches nothing more.
BUILD_TOOLS = $(PYTHON) -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
COMPILE = $(BUILD_TOOLS) | uv pip compile pyproject.toml - --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-strip-extras --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make lock'

lock:  ## lock the newest versions that pyproject.toml allows (needs uv)
	@command -v uv >/dev/null || { echo 'Locking needs uv: python3 -m pip install uv'; exit 1; }
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra test --constraint requirements.txt --output-file requirements-test.txt

clean:  ## remove the environment and what tools left behind
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ---

$(VENV)/.run-stamp: requirements.txt pyproject.toml
	@$(call install,requirements.txt)
	@touch $@

$(VENV)/.test-stamp: requirements-test.txt pyproject.toml
	@$(call install,requirements-test.txt)
	@touch $@ $(VENV)/.run-stamp

# bin/pip is the last thing venv writes: while it is missing, the environment is not whole.
define install
	test -n '$(PYTHON)' && $(PYTHON) -c '$(SUITABLE)' 2>/dev/null || { \
		echo 'coprod-widgets needs Python 3.11 to 3.14. Name one: make PYTHON=/path/to/python3.11 learn'; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/apt-install 'a virtual environment' python3-venv
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	echo 'Installing $(1) into $(VENV) (once; a minute or two) ...'
	$(PIP) install --require-hashes --requirement $(1)
	$(PIP) install --no-deps --no-build-isolation --editable .
endef

BROWSERS = chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable
browser:
	@command -v $(BROWSERS) >/dev/null || .ci/apt-install 'the browser tests' chromium-headless-shell \
		|| .ci/apt-install 'the browser tests' chromium

postgres:
	@test -n "$$COPROD_TEST_POSTGRES" || command -v pg_ctl >/dev/null \
		|| compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null \
		|| .ci/apt-install 'the store tests' postgresql

nginx:
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || .ci/apt-install 'the deployment tests' nginx

office:
	@command -v soffice >/dev/null || .ci/apt-install 'the format tests' libreoffice-calc
