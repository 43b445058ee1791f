# Backup Portal. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# One setting for build, lint and test, so that nothing is compiled twice; the race detector alone needs C. Lint vets the
# tests: nothing is vetted twice either.
export CGO_ENABLED := 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
GO_BUILD := go build -trimpath -ldflags '-X main.version=$(VERSION)'

# The browser tests drive Chromium through Playwright's Node program, which comes from npm. PORTAL_CHROMIUM names a
# browser that is neither /usr/bin/chromium-headless-shell nor /usr/bin/chromium.
BROWSER_ENV = PLAYWRIGHT_DRIVER_PATH=$(CURDIR)/e2e/.driver PLAYWRIGHT_NODEJS_PATH="$$(command -v node)"

# How long the tests of one package may take: more than any machine needs, for what hangs says so by itself.
LIMIT := -timeout 40m

# Packages with goroutines that share something.
RACE_PACKAGES := ./internal/operation ./internal/store ./internal/auth ./internal/inventory ./internal/backup ./internal/job ./internal/telemetry

# SQLite's own code and its C library, translated to Go, are not watched by the race detector, which would have them take
# twenty times as long; the driver around them is.
RACE_FLAGS := -race -gcflags=modernc.org/sqlite/...=-race=false -gcflags=modernc.org/libc/...=-race=false -gcflags=modernc.org/sqlite=-race

# These read hundreds of documents by the same crawl as the tests beside them, and half of the race detector's time.
RACE_SKIP := ^(TestOneBadDocumentHoldsUpNothing|TestADeviceThatIsGoneLeavesTheReport|TestAChangeIsReadAtOnce|TestTheReportIsWhatTheDocumentsSay)$$

# What goes wrong between vendor and page, and what travels how, is the same on every database: these tests of pages
# run on SQLite only.
ANY_DATABASE := ^(TestFaultMessages|TestPagesTravelPacked|TestPanicIsAPageWithoutItsWords)$$

# Go code of ours; node_modules holds Go files of others.
SOURCES := cmd internal web e2e

ASSETS := web/static/vendor/app.css
ASSET_SOURCES := web/assets.mjs web/static/app.css $(wildcard web/static/css/*.css) $(wildcard web/templates/*.templ)
TOOLS := bin/tools/golangci-lint bin/tools/gofumpt bin/tools/gotestsum

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ run

.PHONY: demo
demo: assets generate build ## build everything and run the demo: emulated vendor, sign-in and portal (ARGS='--devices 5000')
	bin/portal demo $(ARGS)

.PHONY: build
build: assets ## build bin/portal
	$(GO_BUILD) -o bin/portal ./cmd/portal

.PHONY: assets
assets: $(ASSETS) ## build style sheet and scripts from the npm lockfile

$(ASSETS): node_modules/.package-lock.json $(ASSET_SOURCES)
	npm run --silent build
	@touch $@

# npm writes this file last.
node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Node 20 or newer with npm is needed to build the browser assets." >&2; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: generate
generate: ## generate Go code from the templates
	go tool templ generate -path web/templates

##@ check

.PHONY: check
check: format-check generate-check lint production-check test race ## everything that continuous integration asks for

.PHONY: test
test: assets test-needs bin/tools/gotestsum ## run all tests; installs Chromium and PostgreSQL through apt-get when missing
	$(BROWSER_ENV) bin/tools/gotestsum --format pkgname -- -vet=off $(LIMIT) ./...
	bin/tools/gotestsum --format pkgname -- -vet=off $(LIMIT) -parallel 4 -skip '$(ANY_DATABASE)' ./internal/handlers -args -database=postgres

.PHONY: race
race: assets bin/tools/gotestsum ## run the tests of the concurrent packages under the race detector
	@tools/need.sh gcc
	@tools/need.sh postgresql
	CGO_ENABLED=1 bin/tools/gotestsum --format pkgname -- -vet=off $(LIMIT) $(RACE_FLAGS) -skip '$(RACE_SKIP)' $(RACE_PACKAGES)

# Where the walks begin; SEED=0 begins somewhere else each time, and says where when something was found.
SEED := 4
.PHONY: model
model: ## walk a million random steps among decisions, and 50,000 along the whole road with faults and killed portals; prints "model: STEPS steps, N violations"
	@go test -count=1 -timeout 30m -v -run '^TestModelOf' ./internal/operation \
		-model.decisions=1000000 -model.road=50000 -model.seed=$(SEED) 2>&1 | awk -f tools/model.awk

FUZZTIME := 30s
.PHONY: fuzz
fuzz: ## look for documents and words that the readers cannot take, 30 seconds for each target (FUZZTIME=10m)
	@grep -rnoE '^func Fuzz[A-Za-z0-9]+' --include='*_test.go' internal | while IFS=: read -r file _ name; do \
		name=$${name#func }; echo "fuzz: $$name ($$(dirname $$file))"; \
		go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./$$(dirname $$file) || exit 1; \
	done

.PHONY: test-needs
test-needs: e2e/.driver/package
	@tools/need.sh chromium
	@tools/need.sh postgresql

# The Go side looks for the driver in a folder named package.
e2e/.driver/package: node_modules/.package-lock.json
	@mkdir -p e2e/.driver
	ln -sfn ../../node_modules/playwright-core $@

.PHONY: format
format: bin/tools/gofumpt ## format Go code and templates
	bin/tools/gofumpt -w $(SOURCES)
	go tool templ fmt web/templates

.PHONY: format-check
format-check: bin/tools/gofumpt
	@unformatted=$$(bin/tools/gofumpt -l $(SOURCES)); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make format):" $$unformatted >&2; exit 1; fi
	go tool templ fmt -fail web/templates

# templ has no check mode: generate, then nothing may be changed, new, or left over from a removed template.
.PHONY: generate-check
generate-check: generate
	git diff --exit-code -- '*_templ.go'
	@new=$$(git ls-files --others --exclude-standard -- '*_templ.go'); \
	if [ -n "$$new" ]; then echo "generated but not committed:" $$new >&2; exit 1; fi
	@for file in $$(git ls-files -- '*_templ.go'); do \
		[ -f "$${file%_templ.go}.templ" ] || { echo "$$file: its template is gone" >&2; exit 1; }; \
	done

.PHONY: lint
lint: assets bin/tools/golangci-lint ## run the linters of .golangci.yml
	bin/tools/golangci-lint run

.PHONY: production-check
production-check: assets ## see that the production build compiles and holds no emulator
	go build -tags production -o bin/portal-production ./cmd/portal
	@found=$$(go list -deps -tags production ./cmd/portal | grep internal/emulator || true); \
	if [ -n "$$found" ]; then echo "in the production build:" $$found >&2; exit 1; fi

.PHONY: vuln
vuln: ## look for known vulnerabilities (needs the Go vulnerability database)
	go run golang.org/x/vuln/cmd/govulncheck@v1.8.0 ./...

##@ measure

.PHONY: bench
bench: assets test-needs ## measure; prints lines "bench: NAME VALUE UNIT"
	@$(BROWSER_ENV) go test -p 1 -run '^$$' -bench . ./... | awk -f tools/bench.awk

.PHONY: bench-1m
bench-1m: assets test-needs ## measure syncs, the tree, search, summaries and export batches among 1,000,000 devices on both databases (an hour, 5 GB of disk)
	@PORTAL_BENCH_DEVICES=1000000 $(BROWSER_ENV) go test -p 1 -timeout 3h -run '^$$' -benchtime 1x \
		-bench 'Sync|SearchLive|TreeLevel|SearchQuery|FilterQuery|Summary|ExportBatches|Fleet' ./internal/inventory ./internal/store ./e2e | awk -f tools/bench.awk

SCREENSHOTS := screenshots
.PHONY: screenshots
screenshots: assets test-needs ## take pictures of every page into screenshots/ (SCREENSHOTS=folder)
	@mkdir -p $(SCREENSHOTS)
	PORTAL_SCREENSHOTS=$(abspath $(SCREENSHOTS)) $(BROWSER_ENV) go test -count=1 -run TestScreenshots ./e2e

##@ housekeeping

.PHONY: tools
tools: $(TOOLS) ## build the pinned developer tools

bin/tools/golangci-lint: TOOL := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
bin/tools/gofumpt: TOOL := mvdan.cc/gofumpt
bin/tools/gotestsum: TOOL := gotest.tools/gotestsum
$(TOOLS): tools/go.mod tools/go.sum
	go build -modfile=tools/go.mod -trimpath -ldflags '-s -w' -o $@ $(TOOL)

.PHONY: clean
clean: ## remove what was built, not the demo's data
	rm -rf bin node_modules e2e/.driver screenshots
	find web/static/vendor -type f ! -name .keep -delete
