#!/usr/bin/env bash
# Set-up and build; the programs end in build/bin. Further CMake options: CMAKE_ARGS="-DQUARTET_SANITIZE=address …".
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/setup.sh"
# shellcheck disable=SC2086  # CMAKE_ARGS holds several words on purpose
cmake -G Ninja -S "$root" -B "$root/build" ${CMAKE_ARGS:-} >&2
cmake --build "$root/build" >&2
