# eqsolve needs Python >= 3.11, git and make; everything else goes into .venv.
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One thread per process: the matrices are small, and the tests run two processes.
export OMP_NUM_THREADS ?= 1

.PHONY: install demo test test-thorough test-all test-browser trust screenshots browser lint bench docs links dist clean
.DELETE_ON_ERROR:

# Compiled here, since an editable install leaves that to the first run, or to every run that may not write.
install: .venv/installed
	@$(BIN)/python -m compileall -q eqsolve cli

demo: install
	$(BIN)/eqsolve solve examples/paper.toml

test: lint
	$(BIN)/python -m pytest -n 2 -m "not thorough and not slow and not browser"

test-thorough: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 -m "thorough and not slow"

# Everything but `trust`: an hour and more.
test-all: lint .venv/installed-docs
	$(BIN)/python -m pytest -n 2 -m "not browser"

# The explorer in a real Chromium, and its screenshots for the docs.
test-browser: browser
	$(BIN)/python -m pytest -n 0 tests/browser

screenshots: browser
	EQSOLVE_SCREENSHOTS=docs/images $(BIN)/python -m pytest -n 0 tests/browser/test_screenshots.py

# One that is there is taken, or else that of Playwright, or else that of Debian.
browser: .venv/installed-browser
	@for each in chromium chromium-browser google-chrome; do command -v $$each >/dev/null && exit 0; done; \
		$(BIN)/python -m playwright install --with-deps chromium \
		|| { apt-get update && apt-get install --yes chromium; }

# All games with which the certificate is tried, and a thousand lies: hours. Goes on where it was stopped.
trust: .venv/installed-dev
	$(BIN)/python tests/trust_suite.py
	$(BIN)/python -m pytest -q -m slow tests/test_trust_lies.py

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install .venv/installed-dev
	$(BIN)/python -m benchmarks

# Afresh each time, since the pages show what the code says and what commands print.
docs: .venv/installed-docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env --quiet -d build/doctrees docs build/docs
	@echo "build/docs/index.html"

# The addresses that the pages name outside of themselves, as far as the network reaches.
links: .venv/installed-docs
	@$(BIN)/python -m sphinx -b linkcheck --quiet -d build/doctrees docs build/links || { \
		grep -q '"status": "working"' build/links/output.json \
		|| echo "error: no address was reached at all: is there a network?" >&2; exit 1; }
	@echo "all addresses were reached"

# What would be published: built from a clean copy, and checked, as is how to cite it.
dist: .venv/installed-dev build/cffconvert/installed
	build/cffconvert/bin/cffconvert --validate
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*

clean:
	rm -rf .venv build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "error: no Python >= 3.11 found; say make PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "error: $(PYTHON) cannot make a virtual environment;" \
		"on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 2; }

# In an environment of its own, since it needs an older jsonschema than the tests.
build/cffconvert/installed:
	@$(PYTHON) -m venv build/cffconvert
	build/cffconvert/bin/python -m pip install --quiet 'cffconvert>=2'
	@touch $@

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[plot]'
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

.venv/installed-browser: pyproject.toml | .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[browser,dev]'
	@touch $@

.venv/installed-docs: pyproject.toml | .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@
