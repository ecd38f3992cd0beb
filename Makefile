# The words of everyday work; `make` alone prints them.
.DEFAULT_GOAL := help
.PHONY: help build test test-needs lint fmt bench bench-instructions

CARGO ?= cargo
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the optimised binary, target/release/fedns
	$(CARGO) build --release --locked

# dig takes the walk of the README as a new user would; BIND's and Knot's checkers read the zones that
# we print. Without them those tests say that they are skipped.
test-needs:
	@command -v dig >/dev/null && command -v named-checkzone >/dev/null && command -v kzonecheck >/dev/null || \
		{ $(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -y -qq --no-install-recommends \
			bind9-dnsutils bind9-utils knot-dnssecutils; }
	$(CARGO) fetch --locked

test: test-needs ## install what the tests need, then run all of them
	$(CARGO) test --locked

lint: ## formatting, clippy and documentation, warnings refused
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

fmt: ## format the code
	$(CARGO) fmt --all

bench: ## the benchmarks
	$(CARGO) bench --locked

bench-instructions: ## instructions an answer takes, counted by valgrind
	$(CARGO) bench --locked --bench answer -- --instructions
