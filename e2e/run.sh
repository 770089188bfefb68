#!/bin/sh
# Tries every page in Debian's Chromium; `scripts/pages` serves what it needs. A word chooses a file: e2e/run.sh look
set -eu
cd "$(dirname "$0")/.."
exec node --test "e2e/${1:-}"${1:+.test.mjs}
