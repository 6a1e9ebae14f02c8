# make demo · make test · make bench · make lint · make fuzz: each installs what it needs by itself.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
CARGO ?= cargo
BIN := $(or $(CARGO_TARGET_DIR),target)/release/release-action

# What runs here and in scripts/test is compiled once: it counts the lines that it reaches, here for nobody.
INSTRUMENTED := LLVM_PROFILE_FILE=/dev/null $(CARGO) --config 'build.rustc-workspace-wrapper="scripts/instrumented"'

.PHONY: demo test bench lint docs binary setup fuzz

binary: ; scripts/setup build
	$(CARGO) build --release --quiet

demo: binary ## rehearse the whole release of examples/greeter
	scripts/demo $(BIN)

test: ## every test, with everything they need, and how many of our lines they reach
	scripts/setup test
	CARGO=$(CARGO) scripts/test

lint: ## formatting, clippy with warnings denied, generated pages fresh, our own gates
	scripts/setup lint
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(INSTRUMENTED) run --quiet -- docs --check
	CARGO=$(CARGO) scripts/gates

docs: ## write the generated pages anew
	$(CARGO) run --quiet -- docs

bench: binary ## what docs/performance.md promises, measured with the peers beside us
	scripts/setup bench
	benches/run $(BIN)

fuzz: ## every parser fed with made-up bytes for TIME seconds each (600), PARSERS to choose some
	scripts/setup fuzz
	CARGO="$(CARGO)" fuzz/run $(or $(TIME),600) $(PARSERS)
