# The commands of users and contributors; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The project brings Node.js 24, since the system's may be older.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# A compile cache halves the start time of programs and tests.
export NODE_COMPILE_CACHE := $(CURDIR)/node_modules/.cache/node
# The release of the control plane that tests and demo start: 1.36, or the oldest supported one, 1.32.
export KUBERNETES ?=
RUN ?= .run
CATALOG ?=
BENCH ?=
MINUTES ?= 10
SEED ?=
NAMESPACE ?=
RESYNC ?=
FILES ?=
WITHIN ?= 90

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

node_modules/.installed: package.json package-lock.json
	@echo "installing the project's tools from npm"
	@# Not `npm ci`, which fails if a registry lacks optional binaries of other platforms. Versions follow the lock file.
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@node -e 'if (Number(process.versions.node.split(".")[0]) < 24) { console.error(`Node $${process.versions.node} is too old: 24 or later is needed. npm should have installed it as a dependency: was npm ci run with --omit=dev or --ignore-scripts?`); process.exit(1) }'
	@touch $@

.PHONY: demo up demo-stop
demo: node_modules/.installed ## Take a package from a blueprint to a tag, on a real control plane (CATALOG=path or URL, FLEET=20, KUBERNETES=1.32)
	@node e2e/commands/demo.ts $(RUN) "$(CATALOG)" "$(FLEET)"

up: node_modules/.installed ## Start the same control plane, Git server and operator, without the steps
	@node e2e/commands/up.ts $(RUN) "$(CATALOG)"

demo-stop: node_modules/.installed ## Stop what demo or up started, and delete its data
	@node e2e/harness/down.ts $(RUN) --delete

.PHONY: test test-oldest test-gitops test-faults unit verify
test: node_modules/.installed ## Run all tests except the faults and Flux, on a real API server and Git server (KUBERNETES=1.32)
	@vitest run --project unit --project api

test-oldest: node_modules/.installed ## Run the steps of the README and the policies on the oldest supported Kubernetes
	@KUBEBUILDER_ASSETS= KUBERNETES=1.32 vitest run --project api e2e/harness/release e2e/shipped/readme e2e/shipped/kubectl-steps e2e/policies/without-mutating e2e/cli/four-eyes

test-gitops: node_modules/.installed ## Let real Flux apply what is published (builds it first, in minutes, once)
	@vitest run --project gitops

test-faults: node_modules/.installed ## Run the tests with crashes, outages, full disks and hostile input
	@vitest run --project faults

unit: node_modules/.installed ## Run the unit and property tests
	@vitest run --project unit

verify: node_modules/.installed ## Check format, lint, layers, types, dead code, generated files and docs
	@biome ci --error-on-warnings .
	@tsc -p .
	@knip
	@node src/api/schema/write-manifests.ts --check
	@node src/cli/docs/write-docs.ts --check
	@vitest run --project unit e2e/shipped

.PHONY: format manifests build
format: node_modules/.installed ## Format the code
	@biome check --write .

manifests: node_modules/.installed ## Generate crds/ and docs/api.md from src/api, docs/cli.md, and the operator's copy of the policies
	@node src/api/schema/write-manifests.ts
	@node src/cli/docs/write-docs.ts

.PHONY: schemas
schemas: node_modules/.installed ## Take the schemas and the lifecycles of the built-in kinds for validation from the newest Kubernetes
	@node e2e/commands/write-schemas.ts

# Runs first in each bundle.
define NODE_GUARD
if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(`Node $${process.versions.node} is too old: 24 or later is needed`);
  process.exit(1);
}
endef

build: bundle ## Bundle the operator into dist/, as the image does
	@node e2e/commands/starlark.ts dist/starlark.wasm --if-possible

# The image has another stage for starlark.wasm.
.PHONY: bundle
bundle: node_modules/.installed
	@esbuild src/main.ts src/workers/file-check.ts src/workers/packages.ts src/workers/read-schemas.ts src/workers/lease.ts --bundle --platform=node --target=node24 --format=esm --outdir=dist --log-level=warning --banner:js="$$BANNER"
	@# Without it, Node.js parses the bundle as CommonJS first, which takes 40 ms of CPU time.
	@echo '{ "type": "module" }' > dist/package.json

.PHONY: starlark
starlark: node_modules/.installed ## Build the WebAssembly module of the function starlark, dist/starlark.wasm (needs Go; cached)
	@node e2e/commands/starlark.ts dist/starlark.wasm

.PHONY: cli
CLI_DIR ?= dist/cli
CLI_FLAGS ?=
cli: node_modules/.installed ## Bundle the command line into dist/cli/kubectl-pkg, one file (pkgctl is its other name), and starlark.wasm
	@# CommonJS, which a file without an extension is on every PATH; here the project's own package.json says otherwise.
	@esbuild src/cli/main.ts --bundle --platform=node --target=node24 --format=cjs --minify-whitespace --minify-syntax --outfile=$(CLI_DIR)/kubectl-pkg --log-level=warning --banner:js="$$CLI_BANNER" $(CLI_FLAGS)
	@echo '{ "type": "commonjs" }' > $(CLI_DIR)/package.json
	@chmod +x $(CLI_DIR)/kubectl-pkg
	@node e2e/commands/starlark.ts $(CLI_DIR)/starlark.wasm --if-possible
	@ln -sf kubectl-pkg $(CLI_DIR)/pkgctl
	@# kubectl calls it to complete `kubectl pkg …`.
	@printf '#!/bin/sh\nexec kubectl-pkg __complete "$$@"\n' > $(CLI_DIR)/kubectl_complete-pkg
	@chmod +x $(CLI_DIR)/kubectl_complete-pkg

.PHONY: executables
RELEASE_DIR ?= dist/release
# Where the files of a release are published; the manifest of krew names it.
export RELEASE_URL ?= https://releases.example.com/pkgserver
export PLATFORMS ?=
# Commands of a shell, called with the path of an executable.
export SIGN_DARWIN ?=
export SIGN_WINDOWS ?=
executables: CLI_FLAGS = --metafile=$(CLI_DIR)/inputs.json
executables: cli ## Build the command line as executables with Node.js in them, checksums and a krew manifest (PLATFORMS="linux/amd64 windows/amd64", RELEASE_URL=, SIGN_DARWIN=command)
	@node e2e/commands/executables.ts $(CLI_DIR) $(RELEASE_DIR)

define CLI_BANNER
#!/usr/bin/env node
$(NODE_GUARD)
endef
export CLI_BANNER

# Runs first in the bundle: the check of the Node.js version, and `require` for CommonJS libraries.
define BANNER
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
$(NODE_GUARD)
endef
export BANNER

.PHONY: soak
soak: node_modules/.installed ## Run chaos for MINUTES, more seeds and more fuzzing than test-faults (SEED=n repeats a run)
	@node e2e/commands/soak.ts "$(MINUTES)" "$(SEED)"

.PHONY: mutants
mutants: node_modules/.installed ## Change src/core and src/runtime in small ways: the unit tests must notice 90 % (FILES="src/core/files/*.ts,src/runtime/log.ts" tries a part)
	@stryker run $(if $(FILES),--mutate "$(FILES)")

.PHONY: bench
bench: build ## Measure speed beside a floor of the same run (BENCH="a=100,1000 c d" runs a part)
	@node e2e/bench/main.ts $(BENCH)

.PHONY: install run check-invariants
install: node_modules/.installed ## Install CRDs, policies and roles into the cluster of the current KUBECONFIG
	@node e2e/commands/install.ts

run: node_modules/.installed ## Run the operator from this folder on the cluster of KUBECONFIG, as its own ServiceAccount
	@node e2e/commands/run.ts

check-invariants: node_modules/.installed ## Check the promises on a running system (NAMESPACE=one, RESYNC=1, WITHIN=seconds)
	@node e2e/commands/check-invariants.ts $(RUN) "$(NAMESPACE)" "$(RESYNC)" $(WITHIN)
