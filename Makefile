# `make` alone tells what there is.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CACHE := $(or $(LATCHKEY_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/latchkey)
export CARGO_TARGET_DIR ?= $(CACHE)/target
WASM_BINDGEN := $(shell awk '/^name = "wasm-bindgen"$$/ { getline; gsub(/"/, "", $$3); print $$3 }' Cargo.lock)
export PATH := $(CURDIR)/node_modules/.bin:$(CACHE)/tools/wasm-bindgen-$(WASM_BINDGEN)/bin:$(CACHE)/tools/nextest/bin:$(PATH):$(HOME)/.cargo/bin

.PHONY: help setup setup-test run build dev check test e2e conformance bench postgres postgres-stop redis-stop clean

help:
	@echo "Latchkey"
	@echo
	@echo "  make run            set up what is missing, build the release, serve http://localhost:3000"
	@echo "  make test           set up what is missing, PostgreSQL and Chromium too, and run every check"
	@echo
	@echo "While you work:"
	@echo "  make dev            serve, rebuild and reload the browser on every change"
	@echo "  make check          format, lints, layers, unit tests: the inner loop"
	@echo "  make e2e            the end-to-end tests, against dist/latchkey"
	@echo "  make build          leave the release in dist/latchkey: one file is the whole product"
	@echo "  make bench          measure it (two minutes); PARTS=\"start get-session\" measures those alone"
	@echo "  make conformance    drive it with the official Better Auth client, where ../shared/conformance is"
	@echo
	@echo "And seldom:"
	@echo "  make setup          what \`make run\` needs   make setup-test   what \`make test\` needs"
	@echo "  make postgres       start the tests' PostgreSQL and print its address; make postgres-stop throws it away"
	@echo "  make clean          forget what was built (in $(CARGO_TARGET_DIR))"

setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

# One build at a time on this machine: clones share the target folder, and cargo's output has one name.
build: setup
	@mkdir -p $(CARGO_TARGET_DIR)
	@scripts/alone $(CARGO_TARGET_DIR)/latchkey.lock $(MAKE) -f scripts/release.mk binary

run: build
	@exec dist/latchkey serve

dev: setup
	@exec node scripts/dev.mjs

check: setup-test
	@scripts/check lint unit

test: setup-test
	@scripts/check lint build all e2e

e2e: setup-test build
	@scripts/check e2e

conformance: build
	@scripts/conformance

bench: setup-test build
	@url=$$(scripts/postgres); TEST_DATABASE_URL=$$url cargo run --release --quiet --package bench -- $(PARTS)

postgres:
	@scripts/postgres

postgres-stop:
	@scripts/postgres stop

redis-stop:
	@scripts/redis stop

clean: postgres-stop redis-stop
	rm -rf dist $(CARGO_TARGET_DIR)/latchkey $(CARGO_TARGET_DIR)/site
	cargo clean
