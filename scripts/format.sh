#!/usr/bin/env bash
# Formats our C++ sources in place (clang-format with the repository's .clang-format).
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cpp' '*.h' | xargs clang-format -i
