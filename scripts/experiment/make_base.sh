#!/usr/bin/env bash
# Makes the data, the tokenizer and the base of the small experiment again, from nothing: for developers.
#
#   scripts/experiment/make_base.sh        into runs/tiny-base; at the end the base goes to experiments/tiny/base
#
# The tokenizer is retrained only where PYTHON (default python3) has the sentencepiece package. Finished parts are kept:
# remove runs/tiny-base to start over. About 15 minutes on two cores, most of it the training of 6.5 M tokens.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3}
bin=${BIN:-build/bin}
experiment=experiments/tiny
work=runs/tiny-base
say() { echo "make_base: $*" >&2; }

[ -n "${BIN:-}" ] || scripts/build.sh
mkdir -p "$work"

"$python" scripts/experiment/make_data.py
if "$python" -c 'import sentencepiece' 2> /dev/null; then
  "$python" scripts/experiment/make_tokenizer.py --output $experiment/base_start
else
  say "no sentencepiece package: the committed tokenizer stays"
fi

if [ ! -e $work/documents/code.jsonl ]; then
  "$python" scripts/experiment/base_documents.py --output $work/documents.part
  rm -rf $work/documents
  mv $work/documents.part $work/documents
fi

# A part is finished when its mark is there; an unfinished one is started over.
part() {  # name, output, command ...
  local name=$1 output=$2
  shift 2
  if [ -e "$work/$name.done" ]; then say "$name is there"; return; fi
  say "$name"
  rm -rf "$output"
  "$@"
  touch "$work/$name.done"
}

part start $work/start "$bin/make_checkpoint" --model-config $experiment/base_start/config.json --output $work/start \
  --seed 0 --dtype float32 --std 0.02
cp $experiment/base_start/tokenizer.model $work/start/
part everything $work/everything "$bin/finetune" --config configs/pipeline/tiny/base/everything.yaml --threads 1
part code $work/code "$bin/finetune" --config configs/pipeline/tiny/base/code.yaml --threads 1
part bfloat16 $work/bfloat16 "$bin/merge" blend configs/pipeline/tiny/base/to_bfloat16.yaml $work/bfloat16

mkdir -p $experiment/base
cp $work/bfloat16/{config.json,model.safetensors,tokenizer.model} $experiment/base/
say "held-out code loss: $(grep eval_loss $work/code/metrics.jsonl | tail -n 1)"
ls -l $experiment/base >&2
