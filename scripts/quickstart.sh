#!/usr/bin/env bash
# The whole road once, on CPU, without any download beyond set-up: set-up, build, and the small experiment, ending with a
# table: base, four experts, a unified adapter, merges and mixtures of experts on 240 held-out tasks in four languages.
#
#   scripts/quickstart.sh            about three minutes on two cores after the build
#   SEED=1 scripts/quickstart.sh     other experts: other initial adapters, another order of the data
#
# Everything lies in runs/tiny/seed-SEED. Run again, it continues: a stage is skipped while its output is there and
# newer than its inputs. JOBS=N runs N stages side by side (default: all cores), each on one core.
# BIN=DIR takes the programs from there and skips set-up and build.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${SEED:-0}
jobs=${JOBS:-$(nproc)}
bin=${BIN:-build/bin}
run=runs/tiny/seed-$seed
data=experiments/tiny/data
base=experiments/tiny/base
languages="python java javascript cpp"
blends="average ties_1 ties_03"
mixtures="moe_hidden moe_contrastive"

say() { echo "quickstart: $*" >&2; }

[[ $seed =~ ^[0-9]+$ ]] || { say "SEED=$seed is no number"; exit 2; }
[ -n "${BIN:-}" ] || scripts/build.sh
mkdir -p "$run"/{configs,done,logs,answers}
started=$SECONDS

# The stage's YAML, with this seed's run directory; rewritten only if it changed, so that its time says when.
config() {  # name, e.g. finetune/unified
  local copy=$run/configs/$1.yaml new
  mkdir -p "$(dirname "$copy")"
  new=$(sed "s|runs/tiny/seed-0/|$run/|g" "configs/pipeline/tiny/$1.yaml")
  [ -f "$copy" ] && [ "$new" = "$(cat "$copy")" ] || echo "$new" > "$copy"
}

# Runs a command unless its output is there and newer than all inputs; done/NAME says that it ended well.
stage() {  # name, output, "inputs", command ...
  local name=$1 output=$2 inputs=$3 mark=$run/done/${1//\//-} log=$run/logs/${1//\//-}.log fresh=1 input begun=$SECONDS rc=0
  shift 3
  [ -e "$output" ] && [ -e "$mark" ] || fresh=0
  for input in $inputs; do [ "$input" -nt "$mark" ] && fresh=0; done
  if [ $fresh = 1 ]; then say "$name is there"; return 0; fi
  rm -rf "$mark" "$output"
  "$@" --threads 1 --seed "$seed" > "$log.out" 2> "$log" || rc=$?
  if [ $rc != 0 ]; then
    say "$name failed with exit code $rc, see $log:"
    tail -n 5 "$log" >&2
    return $rc
  fi
  touch "$mark"
  say "$name took $((SECONDS - begun)) s"
}

# Runs one function for each argument, `jobs` of them side by side; then ends if one of them failed.
for_each() {  # function, arguments ...
  local function=$1 argument pids=() pid failed=0
  shift
  for argument in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do sleep 0.2; done
    set -m  # a process group for each, so that a stop reaches the program in it
    "$function" "$argument" < /dev/null &
    set +m
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=$?; done
  [ $failed = 0 ] || exit $failed
}
trap 'for pid in $(jobs -rp); do kill -TERM -- "-$pid" 2> /dev/null; done' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

train() {  # an expert's language, or unified
  local name=finetune/expert_$1 output=$run/experts/$1
  [ "$1" = unified ] && name=finetune/unified output=$run/unified
  config "$name"
  stage "$name" "$output" "$run/configs/$name.yaml $base/model.safetensors $data/train" \
    "$bin/finetune" --config "$run/configs/$name.yaml"
}

experts_done() { for l in $languages; do echo "$run/done/finetune-expert_$l"; done; }

merge() {
  local name=merge/$1 how=blend
  [[ " $mixtures " == *" $1 "* ]] && how=moe
  config "$name"
  stage "$name" "$run/merged/$1" "$run/configs/$name.yaml $data/calibration $(experts_done)" \
    "$bin/merge" $how "$run/configs/$name.yaml" "$run/merged/$1"
}

answer() {
  local name=generate/$1 model=
  case $1 in
    base) model=$base/model.safetensors ;;
    expert_* | unified) model=$run/done/finetune-$1 ;;
    moe_answer) model=$run/done/merge-moe_contrastive ;;
    *) model=$run/done/merge-$1 ;;
  esac
  config "$name"
  stage "$name" "$run/answers/$1.jsonl" "$run/configs/$name.yaml $data/test $model" \
    "$bin/generate" --config "$run/configs/$name.yaml"
}

score() {
  local name=evaluate/$1 inputs=$run/done/generate-$1 l
  if [ "$1" = experts ]; then
    inputs=
    for l in $languages; do inputs+=" $run/done/generate-expert_$l"; done
  fi
  config "$name"
  stage "$name" "$run/scores/$1" "$run/configs/$name.yaml $data/test/references.jsonl $inputs" \
    "$bin/evaluate" codebleu --config "$run/configs/$name.yaml"
}

table() {
  local inputs=$run/configs/evaluate/table.yaml s
  for s in $systems; do inputs+=" $run/done/evaluate-$s"; done
  config evaluate/table
  stage evaluate/table "$run/table" "$inputs" "$bin/evaluate" table --config "$run/configs/evaluate/table.yaml"
}

systems="base experts unified $blends $mixtures moe_answer"

say "training four experts and the unified adapter (logs in $run/logs)"
for_each train unified $languages
say "merging"
for_each merge $blends $mixtures
say "answering 240 held-out tasks"
for_each answer base expert_python expert_java expert_javascript expert_cpp unified $blends $mixtures moe_answer
say "scoring"
for_each score $systems
table

cat "$run/logs/evaluate-table.log.out"
cat <<END

Where things are, in $run:
  experts/LANGUAGE/adapter, unified/adapter   PEFT adapters; metrics.jsonl beside them
  merged/NAME                                 blended models and mixtures, with router_report.json
  answers/NAME.jsonl                          what each system wrote
  scores/NAME                                 scores per task and per language, strict and compat
  table                                       the table above as JSON and Markdown
  configs, logs                               the YAML of each stage as run, and what it said
END
say "took $((SECONDS - started)) s after the build"
