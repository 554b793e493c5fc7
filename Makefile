# The door for developers. Each target sets the machine up first (dev/setup: silent when nothing is missing).
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-versions bench fmt docs ready

CARGO ?= cargo

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing on this machine
	@dev/setup

demo: setup ## build Freehold, check a good project and a faulty one
	@dev/demo

test: setup ## formatting, lints, generated files, tidiness, all tests
	@dev/test

test-versions: setup ## the tests that need a server, on every supported PostgreSQL
	@dev/test-versions

bench: setup ## measure beside the peers (FOLDERS="dir ..." measures other migration folders as well)
	@dev/bench $(FOLDERS)

fmt: ## format all sources
	@$(CARGO) fmt --all

docs: setup ## rewrite the generated pages, then build the pages of the API
	@$(CARGO) xtask generate
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items

ready: setup ## before a commit: regenerate, format, lint, test
	@$(CARGO) xtask generate
	@$(CARGO) fmt --all
	@dev/test
