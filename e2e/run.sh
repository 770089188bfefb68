#!/bin/sh
# Tests the page of a running server in Debian's Chromium: e2e/run.sh http://localhost:7700
set -eu
cd "$(dirname "$0")/.."
export CATCHMENT_URL="${1:?which address? e2e/run.sh http://localhost:7700}"
exec node --test e2e/
