#!/usr/bin/env bash
# Builds the libFuzzer targets of tests/fuzz with ASan and UBSan (clang and its runtime: apt install clang
# libclang-rt-dev) and runs each for a while, one after another.
#
#   scripts/fuzz.sh [--minutes N] [--dir DIR] [TARGET …]     # N >= 1 (30), all targets
#
# DIR ($QUARTET_FUZZ_DIR, else ~/.cache/quartet/fuzz) is outside the tree. It keeps, for each target, the corpus, which
# the next run starts from, the log, and the inputs that were findings. One line a target is printed: executions,
# coverage (edges), size of the corpus, findings. Exit 1 if there is a finding.
# FUZZ_ARGS="-timeout=100 …" are further flags of libFuzzer. A finding is repeated with DIR/build/bin/TARGET FILE and ends as a case of a unit test.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
minutes=30
dir=${QUARTET_FUZZ_DIR:-$HOME/.cache/quartet/fuzz}
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=$2; shift 2 ;;
    --dir) dir=$2; shift 2 ;;
    -*) echo "unknown option $1 (see the head of $0)" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done
if [ ${#targets[@]} -eq 0 ]; then
  for source in "$root"/tests/fuzz/fuzz_*.cpp; do targets+=("$(basename "$source" .cpp)"); done
fi
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "--minutes must be a whole number from 1, got $minutes" >&2; exit 2; }

cmake -G Ninja -S "$root" -B "$dir/build" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DQUARTET_TORCH=OFF \
  -DQUARTET_TESTS=OFF -DQUARTET_FUZZ=ON >&2
cmake --build "$dir/build" --target "${targets[@]}" -j "${JOBS:-$(nproc)}" >&2

# A pair of texts a vector, in the form that fuzz_score reads.
score_seeds() {
  python3 - "$root/tests/golden/codebleu" "$1" <<'PYTHON'
import hashlib, json, pathlib, sys
languages = "python java javascript cpp c c_sharp php go ruby rust".split()
for name in ("vectors.jsonl", "traps.jsonl"):
    for line in (pathlib.Path(sys.argv[1]) / name).read_text().split("\n"):
        if not line:
            continue
        row = json.loads(line)
        if row["language"] not in languages:
            continue
        parts = [row["prediction"], *row["references"]]
        text = b"\xff".join(part.encode(errors="replace") for part in parts)
        seed = str(languages.index(row["language"])).encode() + text
        (pathlib.Path(sys.argv[2]) / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
PYTHON
}

status=0
for target in "${targets[@]}"; do
  corpus=$dir/corpus/$target
  findings=$dir/findings/$target
  log=$dir/$target.log
  seeds=$root/tests/fuzz/seeds/$target
  mkdir -p "$corpus" "$findings"
  [ "$target" = fuzz_score ] && score_seeds "$corpus"
  options=(-max_total_time=$((minutes * 60)) -max_len=4096 -timeout=25 -rss_limit_mb=2048 -print_final_stats=1
    -reload=0 -report_slow_units=1000 -artifact_prefix="$findings/")
  [ -f "$root/tests/fuzz/$target.dict" ] && options+=(-dict="$root/tests/fuzz/$target.dict")
  before=$(find "$findings" -type f | wc -l)
  # UBSan stops at a finding as ASan does.
  # shellcheck disable=SC2086  # FUZZ_ARGS holds several words on purpose
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    "$dir/build/bin/$target" "${options[@]}" ${FUZZ_ARGS:-} "$corpus" $([ -d "$seeds" ] && echo "$seeds") >"$log" 2>&1 || status=1
  found=$(($(find "$findings" -type f | wc -l) - before))
  [ "$found" -eq 0 ] || status=1
  runs=$(grep -oP 'stat::number_of_executed_units: *\K[0-9]+' "$log" | tail -1 || true)
  edges=$(grep -oP ' cov: \K[0-9]+' "$log" | tail -1 || true)
  echo "$target: ${runs:-?} executions in $minutes minutes, ${edges:-?} edges covered, $(find "$corpus" -type f | wc -l)" \
    "inputs kept, $found findings ($log)"
done
exit $status
