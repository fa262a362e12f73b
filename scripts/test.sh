#!/usr/bin/env bash
# Set-up, build and all tests: the one command that tells whether everything works. Arguments go to ctest.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/build.sh"
# Waiting threads sleep: on a busy machine spinning ones would take the time of those that work.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
ctest --test-dir "$root/build" --output-on-failure "$@"
