# Everything a user or a developer calls. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Node 24 comes with the project: the system's may be older.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# What has been compiled once is not compiled again: programs and tests start in half the time.
export NODE_COMPILE_CACHE := $(CURDIR)/node_modules/.cache/node
RUN ?= .run
CATALOG ?=
BENCH ?=
MINUTES ?= 10
SEED ?=
NAMESPACE ?=
RESYNC ?=
WITHIN ?= 90

.PHONY: help
help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

node_modules/.installed: package.json package-lock.json
	@echo "installing the project's tools from npm"
	@# Not `npm ci`: it fails where a registry lacks optional binaries of other platforms. The lock file decides all the same.
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@node -e 'if (Number(process.versions.node.split(".")[0]) < 24) { console.error(`Node $${process.versions.node} is too old: 24 or later is needed. npm should have installed it as a dependency: was npm ci run with --omit=dev or --ignore-scripts?`); process.exit(1) }'
	@touch $@

.PHONY: demo up demo-stop
demo: node_modules/.installed ## A package's way from a blueprint to a tag, on a real control plane (CATALOG=path-or-URL: another catalog)
	@node e2e/commands/demo.ts $(RUN) "$(CATALOG)"

up: node_modules/.installed ## The same control plane, git server and operator, without the journey
	@node e2e/commands/up.ts $(RUN) "$(CATALOG)"

demo-stop: node_modules/.installed ## Ends what demo or up started, and deletes its data
	@node e2e/harness/down.ts $(RUN) --delete

.PHONY: test test-faults unit verify
test: node_modules/.installed ## Every test but those of faults: unit, property, adapters, and end to end on a real API server and git server
	@vitest run --project unit --project api

test-faults: node_modules/.installed ## What happens when anything is killed, cut, full, slow or hostile, and whether the promises hold
	@vitest run --project faults

unit: node_modules/.installed ## The fast tests alone
	@vitest run --project unit

verify: node_modules/.installed ## Format, lint, layers, types, dead code, stale CRDs
	@biome ci --error-on-warnings .
	@tsc -p .
	@knip
	@node src/api/schema/write-manifests.ts --check

.PHONY: format manifests build
format: node_modules/.installed ## Formats the code
	@biome check --write .

manifests: node_modules/.installed ## Generates crds/ and docs/api.md from src/api
	@node src/api/schema/write-manifests.ts

build: node_modules/.installed ## Bundles the operator into dist/, as the image does
	@esbuild src/main.ts src/workers/file-check.ts --bundle --platform=node --target=node24 --format=esm --outdir=dist --log-level=warning --banner:js="$$BANNER"

# What runs before anything else of the bundle: the guard, and `require` for the CommonJS among the libraries.
define BANNER
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(`Node $${process.versions.node} is too old: 24 or later is needed`);
  process.exit(1);
}
endef
export BANNER

.PHONY: soak
soak: node_modules/.installed ## Chaos for MINUTES, more seeds and much more fuzzing than test-faults has (SEED=n: the same again)
	@node e2e/commands/soak.ts "$(MINUTES)" "$(SEED)"

.PHONY: bench
bench: build ## Speed, against a floor measured in the same run (BENCH="a=100,1000 c d": some of it)
	@node e2e/bench/main.ts $(BENCH)

.PHONY: install run check-invariants
install: node_modules/.installed ## CRDs, policies and roles into the cluster of the current KUBECONFIG
	@node e2e/commands/install.ts

run: node_modules/.installed ## The operator from this folder, against the cluster of the current KUBECONFIG, as its own ServiceAccount
	@node e2e/commands/run.ts

check-invariants: node_modules/.installed ## Whether a running system keeps its promises: that of KUBECONFIG if set, else that of `make up` (NAMESPACE=one; RESYNC=1 asks for a sync, too; WITHIN=seconds that things may take)
	@node e2e/commands/check-invariants.ts $(RUN) "$(NAMESPACE)" "$(RESYNC)" $(WITHIN)
