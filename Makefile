# Everything a developer types. It needs Go, Python 3 and make; the rest is installed below .venv without root.
#
#   make run     the product, on http://127.0.0.1:4000, without a key and without the network
#   make test    everything

.DEFAULT_GOAL := help
SHELL         := /bin/bash

# Tools, pinned here and nowhere else.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

GO       ?= go
GOFLAGS  := -trimpath
LDFLAGS  := -s -w
FUZZTIME ?= 10s

BUILD  := build
WASM   := $(BUILD)/routeiq.wasm
EMBED  := host/module/routeiq.wasm
SOURCE := $(shell find abi plugins host sync -name '*.go' -not -name '*_test.go' -not -path '*/testdata/*') go.mod go.sum

include envoy/setup.mk

# Tests read these: what was built is what is tested.
export ROUTEIQ_WASM := $(CURDIR)/$(WASM)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z][a-zA-Z0-9_-]*:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

.PHONY: build
build: $(WASM) $(BUILD)/routeiq-host $(BUILD)/routeiq-agent ## the module and the binaries, below build/

$(WASM): $(SOURCE)
	@mkdir -p $(BUILD)
	GOOS=wasip1 GOARCH=wasm $(GO) build $(GOFLAGS) -ldflags '$(LDFLAGS)' -buildmode=c-shared -o $@ ./plugins/cmd/routeiq

# The host carries the module inside; embed cannot reach above its own folder.
$(EMBED): $(WASM)
	cp $< $@

$(BUILD)/routeiq-host: $(EMBED) $(SOURCE)
	$(GO) build $(GOFLAGS) -ldflags '$(LDFLAGS)' -o $@ ./host/cmd/routeiq-host

$(BUILD)/routeiq-agent: $(EMBED) $(SOURCE)
	$(GO) build $(GOFLAGS) -ldflags '$(LDFLAGS)' -o $@ ./sync/cmd/routeiq-agent

.PHONY: run
run: build ## build, then serve examples/quickstart on http://127.0.0.1:4000
	@echo 'When it listens, try in another terminal (ARGS=… gives the host more flags):'
	@echo '  curl -i http://127.0.0.1:4000/v1/chat/completions -H "content-type: application/json" \'
	@echo '    -d '\''{"model":"chat","messages":[{"role":"user","content":"hello"}]}'\'''
	@echo '  curl http://127.0.0.1:4000/v1/models'
	@echo '  curl http://127.0.0.1:4001/metrics'
	@exec $(BUILD)/routeiq-host --config examples/quickstart/config.yaml $(ARGS)

.PHONY: test
test: build venv ## everything: unit tests, scenarios on three engines, client libraries
	$(GO) test -timeout 11m ./...

.PHONY: e2e
e2e: build venv ## the part of the tests that needs a real Envoy
	$(GO) test -timeout 11m ./envoy/... ./sync/... ./examples/...

.PHONY: race
race: build venv ## the tests of everything that shares memory, with the race detector
	$(GO) test -race -timeout 10m ./abi/... ./plugins/store/... ./plugins/breaker/... ./host/...

.PHONY: check
check: $(EMBED) ## format, vet, lint, tidy; a dirty tree fails
	@test -z "$$(gofmt -l abi plugins host sync envoy examples)" || { echo 'not formatted:'; gofmt -l abi plugins host sync envoy examples; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
	@test -z "$$(git status --porcelain)" || { echo 'the tree is not clean:'; git status --short; exit 1; }

.PHONY: fuzz
fuzz: $(EMBED) ## each parser, and the core against the module, for FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$pkg || exit 1; \
	  done; \
	done

.PHONY: prices
prices: ## the shape of the shipped table of prices; its source and date are in its head
	$(GO) test -count=1 ./plugins/price

.PHONY: bench
bench: build venv ## beside plain Envoy and a plain Go proxy, in one run; writes docs/benchmarks.md
	$(GO) run ./envoy/bench -out docs/benchmarks.md

.PHONY: decisions
decisions: venv ## what one decision costs, by strategy, natively and in both data planes; writes its section of docs/benchmarks.md
	$(GO) run ./envoy/bench/cmd/decisions -out docs/benchmarks.md

.PHONY: outage
outage: build venv ## the first of two deployments fails under load; writes its section of docs/failures.md
	$(GO) run ./envoy/faults/cmd/outage -out docs/failures.md

.PHONY: soak
soak: build venv ## a million requests of every kind through the host and Envoy; writes its section of docs/benchmarks.md
	$(GO) run ./envoy/faults/cmd/soak -out docs/benchmarks.md

.PHONY: clean
clean: ## what was built
	rm -rf $(BUILD) $(EMBED)
