#!/bin/sh
# Tries every page in Debian's Chromium; `scripts/pages` serves what it needs. A word chooses a file: e2e/run.sh look
set -eu
cd "$(dirname "$0")/.."
[ -z "${1:-}" ] || exec node --test "e2e/$1.test.mjs"
# Who talks and decides changes what the others look at, and so comes last.
node --test e2e/figures.test.mjs e2e/look.test.mjs e2e/routes.test.mjs e2e/tasks.test.mjs e2e/weight.test.mjs
exec node --test e2e/decide.test.mjs e2e/talk.test.mjs
