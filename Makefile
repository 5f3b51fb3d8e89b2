# Every command a developer types; `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Another stack beside the usual one: make test STACK="--port-offset 1000"
STACK ?=
LOCAL := $(BIN)/python -m deploy.local

.DEFAULT_GOAL := help
.PHONY: help venv infra compose-secrets docker-up docker-down up down status demo test check schemas bench lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

venv: $(STAMP)  ## Make the virtual environment (nothing to do the second time)

$(STAMP): requirements-dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

infra: venv  ## Start Kafka, PostgreSQL and the mail catcher only
	@$(LOCAL) up --only infra $(STACK)

up: venv  ## Start everything (again: only what is missing)
	@$(LOCAL) up $(STACK)

down:  ## Stop what `make up` started; the data stays
	@test ! -x $(BIN)/python || $(LOCAL) down $(STACK)

status: venv  ## Show what runs
	@$(LOCAL) status $(STACK) || true

compose-secrets: venv  ## Make what deploy/docker-compose.yml mounts as secrets
	@$(BIN)/python -m deploy.compose_secrets

docker-up: compose-secrets  ## Start everything in containers
	docker compose -f deploy/docker-compose.yml up --build --wait

docker-down:  ## Stop the containers; the data stays
	docker compose -f deploy/docker-compose.yml down

demo: venv  ## Start everything and play every case of the guide
	@$(BIN)/python -m operations.demo

# A caller narrows it: make test TESTS=tests/unit
TESTS ?= tests
test: venv  ## Pass the tests (they start and stop stacks of their own)
	@$(LOCAL) fetch
	@$(BIN)/python -m pytest $(TESTS)

check: venv  ## Hold the code to its rules, without starting anything
	@$(BIN)/python -m deploy.checks

schemas: venv  ## Write the JSON Schemas, AsyncAPI and docs/events.md from the models
	@$(BIN)/python -m schemas.generate

bench: venv infra  ## Measure
	@$(BIN)/python -m benchmarks

UV ?= uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock:  ## Renew the locked dependencies (needs uv)
	@for name in requirements requirements-dev; do \
		$(COMPILE) $$name.in -o $$name.lock && sed -i "1i # Written by \`make lock\` from $$name.in" $$name.lock; done

clean: down  ## Stop everything and remove its data, keeping the virtual environment and Kafka's jars
	@find .run -mindepth 1 -maxdepth 1 ! -name kafka-dist -exec rm -rf {} + 2>/dev/null || true
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
