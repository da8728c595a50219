# `make run` shows the main job, `make test` proves it; both set up all they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WEB    := ws_console/web
STAMP  := $(VENV)/.installed
# Three at a time on two cores: telephones mostly wait.
JOBS   ?= 3
# Many Asterisks, a browser and the service share two cores here: what failed with real telephones,
# servers or pages is tried once more, and its first failure shown in full. AGAIN= for none of that.
AGAIN  ?= --reruns 1
SPREAD  = -q -n $(JOBS) --dist loadfile --no-loadscope-reorder $(AGAIN)

.DEFAULT_GOAL := help
.PHONY: help run test setup web pbx lint unit integration browser screenshots matrix soak bench wheel clean

help:
	@echo "make run    the demo: a real Asterisk, a played city, the console on http://127.0.0.1:8345"
	@echo "make test   everything: style, types, unit, scenarios, contracts, real Asterisk, browser"
	@echo "make soak   2,000 real calls with faults at random, judged from the far end (docs/soak.md)"
	@echo "make lint | unit | integration | browser | screenshots | bench | wheel | clean"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null || \
	  { echo "Python 3.11 or newer with venv is needed: apt-get install python3 python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	@touch $@

setup: $(STAMP)

# The pages are built with the machine's Node.js when it is new enough, else with one from PyPI.
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null) $(wildcard $(WEB)/*.json $(WEB)/*.ts $(WEB)/index.html)

$(WEB)/dist/index.html: $(WEB_SOURCES) | $(STAMP)
	$(BIN)/python hatch_build.py

web: $(WEB)/dist/index.html

pbx: $(STAMP)
	$(BIN)/dispatcher pbx fetch

run: $(STAMP) web
	$(BIN)/dispatcher demo $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/pytest -q -n $(JOBS) tests/unit tests/scenarios tests/contract tests/acceptance

integration: $(STAMP) pbx
	$(BIN)/python tests/servers.py
	$(BIN)/pytest $(SPREAD) tests/integration

browser: $(STAMP) web pbx
	$(BIN)/python tests/servers.py
	$(BIN)/python tests/browser/setup.py
	$(BIN)/pytest $(SPREAD) tests/browser

# The pictures of the README, from the running demo.
screenshots: $(STAMP) web pbx
	$(BIN)/python tests/browser/setup.py
	$(BIN)/python -m pip install -q --disable-pip-version-check pillow
	$(BIN)/python tests/browser/screenshots.py

test: lint web pbx
	$(BIN)/python tests/servers.py
	$(BIN)/python tests/browser/setup.py
	cd $(WEB) && PATH="$$(../../$(BIN)/python ../../hatch_build.py --node-path):$$PATH" npm test --silent
	$(BIN)/pytest $(SPREAD) tests

# The same calls on the oldest and the newest Asterisk that we stand for (16.28 and 22).
matrix: $(STAMP)
	$(BIN)/python tests/servers.py
	HOTLINE_PBX_SUITE=sid $(BIN)/pytest $(SPREAD) tests/integration tests/contract
	HOTLINE_PBX_SUITE=bullseye $(BIN)/pytest $(SPREAD) tests/integration tests/contract

# Thousands of real calls with hang-ups, kills and cuts at random: docs/soak.md.
SEED  ?= 1
CALLS ?= 2000
RATE  ?= 1.5

soak: $(STAMP) pbx
	$(BIN)/python -m tests.soak --seed $(SEED) --calls $(CALLS) --rate $(RATE) $(ARGS)

bench: $(STAMP) pbx
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m bench

wheel: $(STAMP)
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

clean:
	rm -rf $(VENV) dist build $(WEB)/node_modules $(WEB)/dist .run
