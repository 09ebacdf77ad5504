# One command each. `make demo` and `make test` need Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs acceptance lock format clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "imagecheck needs Python 3.11 or newer")'
	@echo "Making an environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): $(BIN)/python pyproject.toml
	@echo "Installing imagecheck into it"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV_READY): $(RUN_READY) requirements-dev.txt
	@echo "Installing what tests and lint need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@

demo: $(RUN_READY) ## Audit the tenant that the program brings, then fix what can be fixed; reports in demo/
	@echo "== An audit: what stands between these images and a submission?"
	@$(BIN)/imagecheck check --source sandbox --output html=demo/report.html --output junit=demo/junit.xml; \
	code=$$?; test $$code -eq 1 || { echo "expected findings (exit code 1), got $$code"; exit 1; }
	@echo
	@echo "== A fix run, on one gallery and one VM of it: every change is shown, made, and judged again"
	@$(BIN)/imagecheck check gallery:images/workbench vm:images/tester --source sandbox \
	    --subscription 33333333-cccc-4ccc-8ccc-333333333333 --fix --yes --unsafe-fixes --guest-is-prepared \
	    --output html=demo/after-fix.html --output junit=demo/after-fix.xml; \
	code=$$?; test $$code -eq 1 || { echo "expected that findings remain (exit code 1), got $$code"; exit 1; }

test: $(DEV_READY) ## Run the tests, with branch coverage
	$(BIN)/python -m pytest --quiet --numprocesses auto --cov --cov-report=term

lint: $(DEV_READY) ## Formatting, ruff, mypy, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV_READY) ## Measure start-up, judging, reports and the live source, as ratios
	$(BIN)/python -m benchmarks

docs: $(DEV_READY) ## Write the rule pages; check links and the command lines of every page
	$(BIN)/python docs/build.py

acceptance: $(DEV_READY) ## What make test cannot see: the wheel installed, a served sandbox, other clients
	tests/acceptance/run

lock: $(DEV_READY) ## Write requirements-dev.txt again, with the newest versions
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url --no-header \
		--output-file requirements-dev.txt requirements-dev.in pyproject.toml

clean: ## Remove what the other commands made
	rm -rf $(VENV) build dist demo *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
