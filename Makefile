# Every command a developer types; `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What running needs, and what the tests and checks need besides
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
BENCH_STAMP := $(VENV)/.installed-benchmarks
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# On other ports, or in another folder: make demo STACK="--port-offset 1000 --run-dir .run/second"
STACK ?=
LOCAL := $(BIN)/python -m deploy.local

.DEFAULT_GOAL := help
COMPOSE := docker compose -f deploy/docker-compose.yml

.PHONY: help venv infra compose-secrets docker-up docker-down docker-demo docker-check docker-pin up down status demo test check fuzz lives schemas bench bench-quick bench-load lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(DEV_STAMP)  ## Make the virtual environment (nothing to do the second time)

$(STAMP): requirements/local.lock pyproject.toml
	@deploy/local/venv.sh $(PYTHON) $(VENV)
	@echo "installing what the services and the local stack need into $(VENV)"
	@$(PIP_INSTALL) --require-hashes -r requirements/local.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements/dev.lock $(STAMP)
	@echo "installing what the tests, the checks and the export need into $(VENV)"
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@

$(BENCH_STAMP): requirements/benchmarks.lock $(DEV_STAMP)
	@echo "installing the peers that the benchmark compares with into $(VENV)"
	@$(PIP_INSTALL) --require-hashes -r requirements/benchmarks.lock
	@touch $@

infra: $(STAMP)  ## Start Kafka, PostgreSQL and the mail catcher only
	@$(LOCAL) up --only infra $(STACK)

up: $(STAMP)  ## Start everything (again: only what is missing)
	@$(LOCAL) up $(STACK)

down:  ## Stop what `make up` started; the data stays
	@test ! -x $(BIN)/python || $(LOCAL) down $(STACK)

status: $(STAMP)  ## Show what runs
	@$(LOCAL) status $(STACK) || true

compose-secrets: $(STAMP)  ## Make what deploy/docker-compose.yml mounts as secrets
	@$(BIN)/python -m deploy.compose_secrets

deploy/.env:
	@cp deploy/trial.env $@
	@echo "made deploy/.env from deploy/trial.env: a trial, with mails caught; for production see deploy/.env.example"

docker-up: compose-secrets deploy/.env  ## Start everything in containers, as deploy/.env says (made for a trial if missing)
	@$(LOCAL) docker
	$(COMPOSE) up --build --wait

docker-down:  ## Stop the containers; the data stays
	$(COMPOSE) --profile '*' down

docker-demo: docker-up  ## Start everything in containers, buy once, show it and how everything is
	@$(COMPOSE) run --rm --entrypoint "python -m rehearsal.demo.purchase" coterm
	@$(COMPOSE) run --rm coterm status

docker-check: venv  ## Test the compose file where Docker runs, on a project of its own (not part of make test)
	@$(LOCAL) docker
	docker build --quiet --tag coterm:local --file deploy/Dockerfile .
	@$(BIN)/python -m pytest -rP tests/containers

docker-pin: $(STAMP)  ## Write the digests of the images beside their tags, asking the registries
	@$(BIN)/python -m deploy.pin_images

demo: $(STAMP)  ## Start Kafka, PostgreSQL and the services, and play every case of the guide
	@$(BIN)/python -m rehearsal.demo $(STACK)

# A caller narrows it: make test TESTS=tests/unit
TESTS ?=
test: venv  ## Pass the tests (they start and stop stacks of their own)
	@$(LOCAL) fetch
	@$(BIN)/python -m $(if $(TESTS),pytest $(TESTS),tests)

# Examples of each HTTP call, batches of records; what needs no stack is tried fifty times as often
EXAMPLES ?= 200
fuzz: venv  ## Try to break intake and HTTP for long, on a stack of its own (make fuzz EXAMPLES=1000)
	@$(LOCAL) fetch
	@FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -rP \
		tests/unit/runtime/test_any_record.py tests/acceptance/test_fuzzed_intake.py tests/acceptance/test_fuzzed_http.py

LIVES ?= 100000
FROM ?= 0
lives: venv  ## Compare many random lives with the model of the rules, then every invariant of fewer stormy ones (LIVES=, FROM=block)
	@$(BIN)/python -m tests.lives $(LIVES) $(FROM)
	@LIVES=$$(($(LIVES) / 50)) $(BIN)/python -m pytest -q tests/lives/test_lives.py

check: venv  ## Hold the code to its rules, without starting anything
	@$(BIN)/python -m deploy.checks

schemas: venv  ## Write what is published from the models and routes: schemas, AsyncAPI, OpenAPI, the pages in docs/
	@$(BIN)/python -m publishing.generate
	@$(BIN)/python -m publishing.interfaces

# One goal alone: make bench ROW=G1
ROW ?=
BENCH := $(BIN)/python -m benchmarks $(addprefix --row ,$(ROW))
bench: $(BENCH_STAMP)  ## Measure every goal beside its peers, in a quarter of an hour (one: make bench ROW=G1; benchmarks/README.md)
	@$(LOCAL) fetch
	@$(BENCH)

bench-load: $(BENCH_STAMP)  ## Find how many orders a second the whole chain bears, and soak it for twenty minutes
	@$(LOCAL) fetch
	@$(BIN)/python -m benchmarks.load

bench-quick: $(BENCH_STAMP)  ## The same with little data, in three minutes: a first look
	@$(LOCAL) fetch
	@$(BENCH) --quick

UV ?= uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock:  ## Renew the locked dependencies (needs uv)
	@command -v $(UV) >/dev/null || { echo "uv is needed (https://docs.astral.sh/uv), or make lock UV=where-it-is" >&2; exit 2; }
	@for name in services local analysis dev benchmarks; do \
		$(COMPILE) $$([ $$name = analysis ] && echo requirements/services.in) requirements/$$name.in -o requirements/$$name.lock \
		&& sed -i "1i # Written by \`make lock\` from $$name.in" requirements/$$name.lock; done

clean: down  ## Stop everything and remove its data, keeping the virtual environment and Kafka's jars
	@find .run -mindepth 1 -maxdepth 1 ! -name kafka-dist -exec rm -rf {} + 2>/dev/null || true
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
