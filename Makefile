# Two commands matter: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.PHONY: help setup demo test test-cold check format bench bench-scan bench-hook bench-publish campaign-shell campaign-patterns campaign-merges incidents lock wheel clean campaign-pictures bench-sync campaign-sync

help:                 ## what can be done here
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## ?(.*)/  make \1	\2/' | expand -t 18

setup: $(STAMP)       ## the environment: locked dependencies and this checkout, editable

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("runbook needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q runbook
	touch $@

demo: $(STAMP)        ## replay the real 48-hour incident, from start to commit, in a scratch repository
	$(BIN)/runbook demo

test: $(STAMP)        ## format, lint, types and every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist worksteal

check: test

test-cold: $(STAMP)   ## every test, each with processes that import what they need themselves: takes twice as long
	CAMPAIGN_COLD=1 $(BIN)/python -m pytest -n auto --dist worksteal

format: $(STAMP)      ## let the formatter and the linter mend what they can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)       ## start-up, recording and importing beside what others take, as tables of ratios
	$(BIN)/python -m compileall -q runbook
	$(BIN)/python tests/bench/bench.py
	BENCH_PROMPTS=60 $(BIN)/python tests/bench/hook.py
	$(BIN)/python tests/bench/lint.py

bench-scan: $(STAMP)  ## scanning 64 and 256 MiB of log beside ripgrep, with 500 and 2,000 signatures
	$(BIN)/python -m compileall -q runbook
	$(BIN)/python tests/bench/scan.py

bench-hook: $(STAMP)  ## what recording costs: the hook per prompt, the recorders' throughput, imports
	$(BIN)/python tests/bench/hook.py

bench-publish: $(STAMP) ## publishing from a repository of 10,000 reports beside git commit and push
	$(BIN)/python -m compileall -q runbook
	$(BIN)/python tests/bench/publish.py

campaign-shell: $(STAMP) ## recorded shells and hooks with 200 MB of output and 180 kills
	CAMPAIGN_ROWS=2000000 CAMPAIGN_KILLS=20 $(BIN)/python -m pytest -n 2 tests/test_shell.py tests/test_hook.py

campaign-patterns: $(STAMP) ## hostile patterns on hostile text: refused with file and line, or under a second
	$(BIN)/python tests/hostile.py

campaign-pictures: $(STAMP) ## the timelines of 1,500 generated records, measured in Chromium
	CAMPAIGN_PICTURES=750 $(BIN)/python -m pytest -n 0 tests/test_timeline_svg.py -k no_text

campaign-merges: $(STAMP) ## a hundred pairs of clones that took the same ids
	CAMPAIGN_MERGES=100 $(BIN)/python -m pytest -n 2 tests/test_publish_merges.py

bench-sync: $(STAMP)  ## rendering and syncing a report of 500 and of 20,000 lines
	$(BIN)/python -m compileall -q runbook
	$(BIN)/python tests/bench/sync.py

campaign-sync: $(STAMP) ## 20,000 generated edits read back, and every example of the CommonMark specification (npm)
	mkdir -p $(VENV)/commonmark
	cd $(VENV)/commonmark && { test -f spec.txt || { npm pack --silent commonmark-spec && \
	  tar -xzf commonmark-spec-*.tgz --strip-components=1 package/spec.txt; }; }
	CAMPAIGN_SYNC_CASES=20000 $(BIN)/python -m pytest -n auto tests/test_sync_reader.py tests/test_sync_merge.py \
	  tests/test_sync_formats.py tests/test_sync_commonmark.py

incidents: $(STAMP)   ## make this project's own archive again, from runbook/demo
	scratch=$$(mktemp -d) && $(BIN)/runbook demo --into $$scratch/demo --format json >/dev/null && \
	  rm -rf incidents/2026 && mkdir -p incidents && cp -R $$scratch/demo/team-incidents/incidents/2026 incidents/ && \
	  rm -rf $$scratch

wheel: $(STAMP)       ## build dist/*.whl
	$(BIN)/python -m hatchling build -t wheel

lock:                 ## renew requirements.lock from pyproject.toml (needs uv on PATH)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --group dev pyproject.toml -o requirements.lock

clean:                ## remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
