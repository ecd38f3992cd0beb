# The words of everyday work; `make` alone prints them.
.DEFAULT_GOAL := help
.PHONY: help build dist test test-needs lint check-macos fmt bench bench-instructions fuzz fuzz-corpus

CARGO ?= cargo
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the optimised binary, target/release/fedns
	$(CARGO) build --release --locked

dist: build ## what is given to others, in target/dist: archive, package, chart, checksums
	deploy/dist target/release/fedns target/dist

# Resolvers, DNS clients and checkers from Debian's packages; API servers, etcd and CoreDNS built by Go.
# What can not be had is said, and the tests that want it say that they are skipped.
test-needs: ## install and build what the tests run besides fedns
	tests/needs
	$(CARGO) fetch --locked

# Where all of it is there, a test that is skipped is a fault. `make test WHICH="--test program serve::"` runs some.
# Tests wait for servers most of their time: twice as many at once as two cores would have keep the cores at work.
test: export RUST_TEST_THREADS ?= 4
test: test-needs ## install what the tests need, then run all of them
	FEDNS_TEST_ALL=$$(tests/needs --check && echo yes) $(CARGO) test --locked --no-fail-fast $(WHICH)

lint: ## formatting, clippy and documentation, warnings refused
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

# All of its Rust; says that it is skipped where rustup can not bring the library for macOS.
check-macos: ## whether it compiles for macOS, from any machine
	CARGO="$(CARGO)" .ci/check-macos

fmt: ## format the code
	$(CARGO) fmt --all

bench: ## the benchmarks
	$(CARGO) bench --locked

bench-instructions: ## instructions an answer takes, counted by valgrind
	$(CARGO) bench --locked --bench answer -- --instructions

# A target's program, its folder for what is new, and its corpus, which is read only.
FUZZ = nice $(CARGO) +nightly fuzz run -O -s none $(TARGET)
RUN ?= -max_total_time=300
LENGTH ?= 2048

fuzz: ## one fuzz target, TARGET=query, for five minutes or as RUN says (docs/fuzzing.md)
	mkdir -p fuzz/found/$(TARGET)
	$(FUZZ) fuzz/found/$(TARGET) fuzz/corpus/$(TARGET) -- -max_len=$(LENGTH) $(RUN)

# Names of libFuzzer's are hashes; what was put there by hand has another and stays.
fuzz-corpus: ## what TARGET's runs found, merged into its corpus and minimised
	rm -rf fuzz/found/merged && mkdir -p fuzz/found/merged fuzz/found/$(TARGET)
	$(FUZZ) fuzz/found/merged fuzz/corpus/$(TARGET) fuzz/found/$(TARGET) -- -merge=1 -use_counters=0 -max_len=$(LENGTH)
	find fuzz/corpus/$(TARGET) -type f | grep -E '/[0-9a-f]{40}$$' | xargs -r rm
	mv fuzz/found/merged/* fuzz/corpus/$(TARGET)/
