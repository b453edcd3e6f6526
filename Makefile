# Every step of CI is a target here. `make` alone lists them.

CARGO ?= cargo
LOG_DIR ?= ./agent_logs
PREFIX ?= $(HOME)/.local
STATIC := x86_64-unknown-linux-gnu

.DEFAULT_GOAL := help
.PHONY: help run demo test lint fmt bench eval weights image e2e pictures install patrol collect-static clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Replay a recorded OpenClaw session: collect it, patrol it, show what was flagged (no Docker, no key, no network)
	@scripts/demo.sh

run: ## Run an agent in a sandbox (needs Docker); with neither a key nor a terminal, a script plays the model and the tour is shown
	@$(CARGO) build --release
	@scripts/sentrix run $(ARGS)

test: ## Build everything and run all tests; ends by naming what could not be tried here
	@CARGO='$(CARGO)' scripts/test.sh

lint: ## rustfmt, clippy with warnings denied, shellcheck, and the rules that ARCHITECTURE.md states
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	@scripts/check-shell.sh
	@scripts/check-architecture.sh

fmt: ## Format the code
	$(CARGO) fmt --all

bench: ## Measure, beside the Python version, jq and cat, in CPU time (JSON lines)
	@$(CARGO) build --release --quiet
	@scripts/bench.sh

eval: ## Judge labelled texts and print precision and recall: make eval DATA=file.jsonl
	@$(CARGO) build --release --quiet --no-default-features --features patrol --bin sentrix-patrol
	@python3 scripts/eval.py --by-source --judge '$(or $(CARGO_TARGET_DIR),target)/release/sentrix-patrol judge' $(or $(DATA),$(error name the labelled texts: make eval DATA=file.jsonl))

weights: ## Learn a table of weights (build anew after it): make weights TABLE=messages|readers DATA='labelled.jsonl …' [WITHOUT=sources]
	@mkdir -p target
	@python3 scripts/weights.py $(if $(WITHOUT),--without '$(WITHOUT)') $(or $(TABLE),$(error name the table: TABLE=messages or TABLE=readers)) \
	  $(or $(DATA),$(error name the labelled texts: DATA=file.jsonl)) >target/weights.jsonl
	@$(CARGO) run --release --quiet -p sentrix-rules --example learn $(TABLE) <target/weights.jsonl >target/weights.tsv
	@mv target/weights.tsv lib/rules/rules/$(TABLE:%s=%)_weights.tsv

image: ## Build the sandbox image (needs Docker): BASE_IMAGE=… for another base
	@scripts/image.sh sentrix-openclaw:latest $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE))

e2e: ## The real OpenClaw in a real container, with a scripted model (needs Docker, Node and the package registries)
	@scripts/e2e.sh

pictures: ## Take the pictures of the README anew: a sandbox with the demo model, a terminal, a browser (needs Docker, tmux, Node and chromium)
	@scripts/pictures.sh

patrol: ## One sweep over LOG_DIR, by the rules
	@$(CARGO) run --release --quiet --no-default-features --features patrol --bin sentrix-patrol -- --once --judge rules $(LOG_DIR)

collect-static: ## The collector as one static file that runs in any Linux container
	RUSTFLAGS='-C target-feature=+crt-static' $(CARGO) build --release --no-default-features --features collect \
	  --bin sentrix-collect --target $(STATIC)
	@echo $(or $(CARGO_TARGET_DIR),target)/$(STATIC)/release/sentrix-collect

install: ## Install the programs and the command sentrix into PREFIX/bin
	@CARGO='$(CARGO)' scripts/install.sh $(PREFIX)

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf .demo
