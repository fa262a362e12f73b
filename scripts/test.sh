#!/usr/bin/env bash
# Set-up, build and all tests: the one command that tells whether everything works. Arguments go to ctest.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/build.sh"
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(nproc)}
ctest --test-dir "$root/build" --output-on-failure "$@"
