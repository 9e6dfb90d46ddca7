.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
MEMBERS := $(wildcard pyproject.toml cli/pyproject.toml services/*/pyproject.toml plugins/*/pyproject.toml bench/pyproject.toml proof/pyproject.toml)
PYTEST_ARGS ?=
DEMO_ARGS ?= --orders 200 --seed 1
BENCH ?=
SIMULATE_ARGS ?= --seeds 1000
CHAOS_ARGS ?= --rounds 30 --seconds 120
STATEFUL_ARGS ?= --stateful-steps 10000

.PHONY: help setup up down status demo test test-browser lint format proto schemas diagrams bench simulate chaos planted stateful lock

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

setup: .venv/.stamp ## Make .venv from the lock (nothing to do when nothing changed)

.venv/.stamp: requirements.lock tools/setup.sh $(MEMBERS)
	@bash tools/setup.sh

up: setup ## Start Kafka, the store, the services and the plug-ins
	@$(BIN)/headwater up

down: setup ## Stop what `make up` started; the data stays
	@$(BIN)/headwater down

status: setup ## Tell what runs, where, and how it is
	@$(BIN)/headwater status

demo: up ## Run the main job: an industrial belt, orders through the gateway, an audit (DEMO_ARGS="--orders 100")
	@$(BIN)/headwater demo $(DEMO_ARGS)

test: setup ## Run the tests on real Kafka and a real store (PYTEST_ARGS="-k outbox")
	@$(BIN)/headwater prepare
	@bash tools/test.sh $(PYTEST_ARGS)

test-browser: setup ## Drive the live page in a real browser (needs Chromium)
	@$(BIN)/python -m pytest -m browser tests/browser $(PYTEST_ARGS)

chaos: setup ## Put the whole platform under faults, about two hours (CHAOS_ARGS="--rounds 1 --seconds 60 --seed 7")
	@$(BIN)/headwater prepare
	@$(BIN)/headwater chaos $(CHAOS_ARGS)

simulate: setup ## Run the services on simulated ground from seeds (SIMULATE_ARGS="--seeds 10000")
	@$(BIN)/headwater simulate $(SIMULATE_ARGS)

stateful: setup ## Mix all ways to buy for 10,000 steps against a simple model (STATEFUL_ARGS="--stateful-steps 50000")
	@$(BIN)/python -m pytest -q -s tests/stateful -k all_ways $(STATEFUL_ARGS)

planted: setup ## Plant each known bug, catch it, and write docs/planted-bugs.md
	@bash tools/planted.sh

lint: setup ## Check format, lint, types, import rules and protos
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/buf lint proto

format: setup ## Format the code and apply the safe fixes
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

proto: setup ## Generate headwater/stubs from proto/
	@$(BIN)/python tools/proto.py

bench: setup ## Measure us beside references and write docs/performance.md (BENCH=journey: only that, written nowhere)
	@$(BIN)/headwater bench $(or $(BENCH),all --into docs)

schemas: setup ## Write headwater/contracts/schemas from the contracts
	@$(BIN)/python tools/schemas.py

diagrams: setup ## Draw each aggregate's states into services/*/STATES.md, from its rules
	@$(BIN)/python tools/diagrams.py

lock: ## Refresh requirements.lock from the pyproject.toml files (LOCK_ARGS=--upgrade for newest)
	@bash tools/lock.sh $(LOCK_ARGS)
