# Two commands: `make demo` shows an invented place, `make test` runs everything that is checked.
# Both install what a fresh Debian machine with Rust and Node lacks.

PORT ?= 7700
CATCHMENT = target/release/catchment

.PHONY: demo build test check unit pages analysts bench clean

demo: build
	$(CATCHMENT) demo --port $(PORT)

build: node_modules/.built
	scripts/need lld
	cargo build --release -p catchment

# Styles are built from npm once and embedded in the binary.
node_modules/.built: package-lock.json assets/build.mjs assets/catchment.scss
	npm ci --no-audit --no-fund --loglevel=error
	npm run --silent build
	touch $@

test: check unit pages

check: node_modules/.built
	scripts/need lld
	cargo fmt --check
	cargo clippy --release --workspace --all-targets -- -D warnings

# One profile for tests and the binary, so that the engine is compiled once. The laws are held to the same cases each time; others:
# `PROPTEST_RNG_SEED=7 PROPTEST_CASES=5000 make unit`.
unit: export PROPTEST_RNG_SEED ?= 1
unit: node_modules/.built
	scripts/need lld
	scripts/need postgresql || echo 'without PostgreSQL the Ledger is tested on SQLite alone'
	cargo test --release --workspace --lib --bins --tests
	cargo test --release --workspace --doc

# The page in a real browser, over a small place that is written, loaded and served for it. Public pages bring no font of
# their own: they are held to how they look in the one that Chromium's package recommends.
pages: unit
	scripts/need chromium fonts-liberation poppler-utils
	scripts/pages $(CATCHMENT)

# R and Python read the Lake themselves, and must count what we count; not part of `test`, as it fetches their packages.
analysts: build
	scripts/analysts $(CATCHMENT)

# The journeys engine beside its rivals is docs/journeys-benchmark.md; the whole way is this.
bench: build
	scripts/bench $(CATCHMENT)

clean:
	rm -rf target node_modules assets/dist rivermead
