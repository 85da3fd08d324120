# Budayang: everything a person does with this checkout. `make help` lists it.
# Each target does its own set-up, does nothing twice, and leaves what it made under target/, var/ or node_modules/.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

DATA ?= var/demo
LISTEN ?= 127.0.0.1:8080
# `dev` is the profile that `make test` builds too: a newcomer waits once. `make run PROFILE=release` is faster to use.
PROFILE ?= dev
CRASHES ?= 200
# What `make bench` measures: all of it, or parts: make bench PART="approvals postgres million million-postgres move".
PART ?=
CARGO_DENY := 0.20.2
SCHEMATHESIS := 4.32.5

out := target/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
islands := crates/site/islands
browser := tests/browser
# npm writes this file last, so it stands for a finished `npm ci`.
npm_done := node_modules/.package-lock.json
npm_ci := npm ci --no-audit --no-fund --loglevel=error
may_install := test "$$(id -u)" = 0 || sudo -n true 2>/dev/null
as_root := $$(test "$$(id -u)" = 0 || echo sudo -n)

export CARGO_TERM_PROGRESS_WHEN ?= $(if $(CI),never,auto)
# A Python with the packages that give second opinions, where one could be prepared; tests call it by `python3`.
oracles := $(abspath target/oracles)
export PATH := $(oracles)/bin:$(PATH)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

# ---------------------------------------------------------------------------------------------------------- run

.PHONY: run
run: budayang ## build, prepare the demonstration world in ./var/demo, serve it on http://127.0.0.1:8080
	@exec $(out)/budayang demo --data $(DATA) --listen $(LISTEN)

.PHONY: login
login: ## print a single-use sign-in link of the running demonstration: make login NAME=weimingyue
	@test -n "$(NAME)" || { echo "say who: make login NAME=weimingyue|huangchunsheng|qinhaiyan|luxiaochuan|pharmacy|clerk|inspector|auditor|admin"; exit 1; }
	@$(out)/budayang demo login $(NAME) --data $(DATA)

.PHONY: budayang
budayang: tools pages
	@cargo build --locked --profile $(PROFILE) -p budayang

# ---------------------------------------------------------------------------------------------------------- test

.PHONY: test
test: setup pages ## everything that must hold: format, lints, house rules, all tests, the pages in a browser
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo run -q -p xtask -- tidy
	@test -n "$${BUDAYANG_JUDGES:-}" || echo "BUDAYANG_JUDGES is not set: the public DMN cases and log proofs are skipped."
	@if cargo nextest --version >/dev/null 2>&1; then set -x; cargo nextest run --workspace --locked --no-fail-fast; \
	else set -x; cargo test --workspace --locked --no-fail-fast; fi
	cd $(islands) && npm run --silent test
	@$(MAKE) --no-print-directory browser-test

.PHONY: browser-test
browser-test: browser pages ## only the stories in the browser, against target/debug/budayang
# The same selection of packages as in `test`, whose programs these are: nothing is built twice.
	cargo test -q --locked --workspace --lib --test cli gallery >/dev/null
	cd $(browser) && npm run --silent stories

.PHONY: check
check: test target/stamps/cargo-deny ## test, and the bans, licences and sources of every crate we build on
	cargo deny --log-level error check bans licenses sources

.PHONY: bench
bench: pages target/stamps/postgres ## measure; side by side with bare machinery, into target/bench/summary.json
	cargo run --release -p bench -- $(PART)

.PHONY: crash
crash: setup ## kill -9 under load, 200 times on each engine (CRASHES=n), and power loss: no acknowledged case lost, none doubled
	STORE_KILLS=$(CRASHES) cargo test --locked -p store --test suite crash -- --nocapture
	STORE_KILLS=$(CRASHES) cargo test --locked -p store --test suite power -- --nocapture
	CRASH_KILLS=$(CRASHES) cargo test --locked -p stories --test crash -- --nocapture

.PHONY: fuzz
fuzz: ## throw broken models, near-FEEL and odd inputs at the decision engine, 10 minutes each (FUZZ_SECONDS=n)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} cargo test --release --locked -p rules --test fuzz -- --nocapture

.PHONY: fuzz-api
fuzz-api: budayang target/oracles/schemathesis-ready ## throw generated requests at the API of a throw-away demonstration
	tests/py/fuzz_api.sh $(out)/budayang $(oracles)/bin/schemathesis

# ---------------------------------------------------------------------------------------------------------- set-up

.PHONY: setup
setup: tools target/stamps/browser target/stamps/postgres target/stamps/pdf target/stamps/oracles ## what the tests need beside Rust and Node; installs it or says what to install

.PHONY: tools
tools:
	@command -v cargo >/dev/null || { echo "Rust is missing: install the stable toolchain (1.92 or later) with rustup, then run make again."; exit 1; }
	@command -v npm >/dev/null || { echo "Node is missing: install Node 20 or later with npm, then run make again."; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing: sudo apt-get install gcc libc6-dev, then run make again."; exit 1; }

# The browser of the browser tests. Where we may not install, one line says what to do, and only the browser tests wait.
target/stamps/browser: | target/stamps
	@if { command -v chromium >/dev/null || test -n "$${CHROMIUM:-}"; } && fc-list :lang=zh 2>/dev/null | grep -q .; then touch $@; \
	elif $(may_install); then \
	  echo "Installing Debian's chromium and Chinese fonts for the browser tests ..."; \
	  $(as_root) apt-get update -qq >target/stamps/apt.log 2>&1; \
	  $(as_root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >>target/stamps/apt.log 2>&1 \
	    || { tail -n 5 target/stamps/apt.log; exit 1; }; \
	  touch $@; \
	else echo "The browser tests need: sudo apt-get install chromium fonts-noto-cjk fontconfig"; fi

# PostgreSQL 15 or later, which the tests start and stop themselves, and strace for the test of power loss. The package's own
# cluster is not needed and is not made. Where we may not install, the tests that need them say so and are passed over.
target/stamps/postgres: | target/stamps
	@if ls /usr/lib/postgresql/1[5-9]/bin/initdb >/dev/null 2>&1 && command -v strace >/dev/null; then touch $@; \
	elif $(may_install); then \
	  echo "Installing Debian's PostgreSQL and strace for the store's tests ..."; \
	  $(as_root) apt-get update -qq >target/stamps/apt.log 2>&1; \
	  $(as_root) mkdir -p /etc/postgresql-common/createcluster.d; \
	  echo 'create_main_cluster = false' | $(as_root) tee /etc/postgresql-common/createcluster.d/budayang.conf >/dev/null; \
	  $(as_root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql strace >>target/stamps/apt.log 2>&1 \
	    || { tail -n 5 target/stamps/apt.log; exit 1; }; \
	  touch $@; \
	else echo "The tests on PostgreSQL and of power loss need: sudo apt-get install postgresql strace"; fi

# poppler and zbar, second opinions on printed licences: what stands in the PDF, and whether its code reads.
target/stamps/pdf: | target/stamps
	@if command -v pdftotext >/dev/null && command -v zbarimg >/dev/null; then touch $@; \
	elif $(may_install); then \
	  echo "Installing Debian's poppler-utils and zbar-tools for the tests of printed licences ..."; \
	  $(as_root) apt-get update -qq >target/stamps/apt.log 2>&1; \
	  $(as_root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends poppler-utils zbar-tools >>target/stamps/apt.log 2>&1 \
	    || { tail -n 5 target/stamps/apt.log; exit 1; }; \
	  touch $@; \
	else echo "The tests of printed licences need: sudo apt-get install poppler-utils zbar-tools"; fi

# python-stdnum and chinesecalendar, second opinions on codes and working days. They are a bonus: no Python, no harm.
target/stamps/oracles: tests/py/requirements.txt | target/stamps
	@rm -rf $(oracles); if python3 -m venv $(oracles) >target/stamps/oracles.log 2>&1 \
	  && $(oracles)/bin/pip install -q --disable-pip-version-check -r $< >>target/stamps/oracles.log 2>&1; then touch $@; \
	else rm -rf $(oracles); touch $@; echo "No Python with venv and pip: the checks against python-stdnum and chinesecalendar are skipped."; fi

target/oracles/schemathesis-ready: target/stamps/oracles
	@$(oracles)/bin/pip install -q --disable-pip-version-check schemathesis==$(SCHEMATHESIS) && touch $@

target/stamps/cargo-deny: | target/stamps
	@cargo deny --version >/dev/null 2>&1 || { echo "Building cargo-deny $(CARGO_DENY), once (some minutes) ..."; cargo install -q --locked cargo-deny --version $(CARGO_DENY); }
	@touch $@

target/stamps:
	@mkdir -p $@

# ---------------------------------------------------------------------------------------------------------- pages

# What the browser gets. The Rust build never calls npm: it only looks whether this file is there.
.PHONY: pages
pages: $(islands)/dist/.vite/manifest.json

$(islands)/dist/.vite/manifest.json: $(islands)/$(npm_done) $(shell find $(islands) crates/site/styles -type f -not -path '*/node_modules/*' -not -path '*/dist*/*' 2>/dev/null)
	@echo "Building the pages' scripts and styles ..."
	@cd $(islands) && npm run --silent build >/dev/null
	@touch $@

.PHONY: browser
browser: $(browser)/$(npm_done)

%/$(npm_done): %/package-lock.json
	@echo "Fetching the packages of $* ..."
	@cd $* && $(npm_ci) >/dev/null
	@touch $@
