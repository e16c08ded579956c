# make help lists the targets. Needed: Go, Node, make, git; PostgreSQL and
# Chromium for the tests, which install them with apt-get where they may.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One static binary, and no C compiler needed to build it.
export CGO_ENABLED ?= 0

GO      ?= go
NPM     ?= npm
BIN     := bin/anxin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X anxin/internal/cli.Version=$(VERSION)

# All is compiled alike, so that linters, tests and the binary find each other's work in go's cache.
export GOFLAGS := $(strip $(filter-out -trimpath,$(shell $(GO) env GOFLAGS)) -trimpath)

# What the compiler knows of where the planner's time goes (make profile). Only
# vrp is built with it: the rest would have to be built twice and gains nothing.
# The path is relative, so that the binary is the same wherever it is built, and
# named after what is in it, because go's cache looks at the name alone.
PROFILE := $(wildcard vrp/*.pgo)
GCFLAGS := $(if $(PROFILE),-gcflags=anxin/vrp/...=-pgoprofile=$(PROFILE))

# Named folders, not ./...: packages under web/node_modules hold Go files too.
GODIRS := $(patsubst %/,./%/...,$(wildcard cmd/ internal/ migrations/ vrp/)) $(if $(wildcard web/*.go),./web)
GOFMTDIRS := $(wildcard cmd internal migrations vrp web/*.go)

# More for go test, as in: make test-go T='-run TestClose -v' P=./internal/cases
# What takes longest goes first, so that the end is short.
T ?=
P ?= $(addprefix ./internal/,bench demo e2e realinput dispatch cli orders returns) $(GODIRS)

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- build and run ----

.PHONY: run
run: build ## build everything, make an invented firm at the first start, and serve it (ARGS='--listen 127.0.0.1:8480')
	$(BIN) demo $(ARGS)

.PHONY: build
build: web binary ## build the web and the binary, bin/anxin

.PHONY: binary
binary: ## build the binary with the web as last built
	$(GO) build $(GCFLAGS) -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/anxin

.PHONY: web
web: web/node_modules/.ready ## build the web into web/dist and pack it
	cd web && $(NPM) run --silent build

# The install is repeated when the lock file changes. .ready is ours: npm's own
# marker is older than a lock file that git has just written.
web/node_modules/.ready: web/package.json web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	@touch $@

# ---- test ----

# The S3 server of the tests (Apache-2.0), apart from our own modules. Where it
# cannot be fetched the S3 test says that it was skipped.
S3 := bin/tools/versitygw

$(S3):
	@echo "building an S3 server for the tests; the first time takes a minute or two"
	@mkdir -p $(@D)
	@GOBIN="$(abspath $(@D))" $(GO) install github.com/versity/versitygw/cmd/versitygw@v1.8.0 || echo "no S3 server: its test will be skipped"

# Browser tests wait for pages half of their time, so Go tests run beside them; each prints when it has ended.
.PHONY: test
test: ## all tests: web units, browser, Go on SQLite and PostgreSQL; runs all even when one fails
	@status=0; export ANXIN_TEST_BINARY="$(abspath $(BIN))"; \
	$(MAKE) --no-print-directory build || { status=1; unset ANXIN_TEST_BINARY; }; \
	$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target test-browser-built test-go test-web || status=1; \
	exit $$status

# Without vet, which make check runs, and without what debuggers read: half a hundred programs are linked.
.PHONY: test-go
test-go: $(S3) ## Go tests on SQLite and PostgreSQL, files on a real S3 server (P=packages T=flags)
	ANXIN_TEST_S3="$(abspath $(S3))" scripts/in-memory.sh scripts/with-postgres.sh \
		$(GO) test -vet=off $(GCFLAGS) -ldflags "-s -w" -timeout 20m $(T) $(P)

.PHONY: test-race
test-race: ## the platform and the optimiser under the race detector; needs a C compiler
	CGO_ENABLED=1 scripts/with-postgres.sh $(GO) test -race -timeout 30m ./internal/platform/... $(if $(wildcard vrp/*.go),./vrp/...)

.PHONY: test-web
test-web: web/node_modules/.ready ## unit tests of the web
	cd web && NO_COLOR=1 $(NPM) test --silent

.PHONY: test-browser test-browser-built
test-browser: build test-browser-built ## the whole flow in a real browser, against the real binary (ARGS='style field': of these files)
test-browser-built:
	CHROMIUM="$$(scripts/ensure-chromium.sh)" && export CHROMIUM && \
	cd web && ANXIN_BINARY="$(CURDIR)/$(BIN)" ../scripts/in-memory.sh $(NPM) run --silent test:browser -- $(ARGS)

# ---- check ----

.PHONY: check
check: ## format, linters, types, module files
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-go check-mod check-web

TOOLS := bin/tools/gofumpt bin/tools/golangci-lint

.PHONY: tools
tools: $(TOOLS) ## build the pinned linters and formatters

$(TOOLS) &: tools/go.mod tools/go.sum
	@echo "building the linters; the first time takes a few minutes"
	cd tools && $(GO) build -trimpath -ldflags '-s -w' -o ../bin/tools/ mvdan.cc/gofumpt github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(TOOLS)

# Without go vet: the linters' govet runs the same analysers.
.PHONY: check-go
check-go: $(TOOLS)
	@unformatted=$$(bin/tools/gofumpt -l $(GOFMTDIRS)); \
	[ -z "$$unformatted" ] || { echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; }
	GOFLAGS="$$GOFLAGS $(GCFLAGS)" bin/tools/golangci-lint run $(GODIRS)

.PHONY: check-mod
check-mod:
	$(GO) mod tidy -diff
	$(GO) mod verify

.PHONY: check-web
check-web: web/node_modules/.ready
	cd web && $(NPM) run --silent check

.PHONY: check-vulnerable
check-vulnerable: ## known vulnerabilities in what we depend on, where govulncheck is installed and its database is reachable
	@if command -v govulncheck >/dev/null; then govulncheck $(GODIRS); else echo "skipped: govulncheck is not installed"; fi

.PHONY: fmt
fmt: $(TOOLS) ## format the Go code
	bin/tools/gofumpt -w $(GOFMTDIRS)

# ---- measure ----

.PHONY: bench
bench: ## measure both engines against their own limits; prints a table (ARGS)
	scripts/with-postgres.sh --durable $(GO) run ./cmd/bench $(ARGS)

.PHONY: bench-dispatch
bench-dispatch: ## measure the planner on the published instances, ANXIN_BENCH; an hour, or ARGS=--slice: three minutes
	$(GO) run $(GCFLAGS) ./cmd/bench dispatch $(ARGS)

# Without day c in levels, whose bar is missed (docs/bench-dispatch.md): a failure would say nothing new.
# Two halves at once: each takes one processor, and counts its own time of it.
SLICE := bin/bench dispatch --slice --assert --set

.PHONY: bench-slice bench-slice-plans bench-slice-live
bench-slice: ## three minutes of bench-dispatch; fails when a bar is missed by far, skips without ANXIN_BENCH
	$(GO) build $(GCFLAGS) -ldflags '-s -w' -o bin/bench ./cmd/bench
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target bench-slice-plans bench-slice-live
bench-slice-plans:
	$(SLICE) 'day a,day b,day c in money,solomon,gh200,gh1000,pillac,praxedo'
bench-slice-live:
	$(SLICE) 'slots,repair'

.PHONY: profile
profile: ## measure anew where the planner's time goes, for the build; two minutes, needs ANXIN_BENCH
	GO='$(GO)' scripts/profile.sh

.PHONY: realinput
realinput: ## run the main job on real input, ANXIN_DATA; prints its tables (ARGS)
	scripts/with-postgres.sh $(GO) run ./cmd/realinput $(ARGS)

.PHONY: clean
clean: ## remove what was built, but no data
	rm -rf bin web/node_modules
	find web/dist web/pack -mindepth 1 ! -name .gitkeep -delete
