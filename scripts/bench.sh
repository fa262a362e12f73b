#!/usr/bin/env bash
# Speed of `generate` on a Mistral of 125 M parameters, as a user would see it: prompt and decode rates from its own summary
# line. Compare only with figures of the same sitting on a quiet machine (tests/bench/README.md has ours and the peers').
#
#   scripts/bench.sh [WORK_DIR]        default runs/bench; BIN=DIR takes the programs from there; THREADS=2; REPEATS=3
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-runs/bench}
bin=${BIN:-build/bin}
threads=${THREADS:-$(nproc)}
repeats=${REPEATS:-3}
mkdir -p "$work"

cat > "$work/config.json" <<'END'
{"architectures": ["MistralForCausalLM"], "model_type": "mistral", "vocab_size": 32000, "hidden_size": 768,
 "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 12, "num_key_value_heads": 4, "head_dim": 64,
 "hidden_act": "silu", "max_position_embeddings": 32768, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
 "sliding_window": null, "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2}
END
for dtype in float32 bfloat16; do
  [ -d "$work/$dtype" ] || "$bin/make_checkpoint" --model-config "$work/config.json" --output "$work/$dtype" --dtype $dtype --quiet
done

prompts() {  # rows tokens: rows of fixed ids
  awk -v rows="$1" -v tokens="$2" 'BEGIN { for (r = 0; r < rows; ++r) { printf "{\"id\": %d, \"prompt_ids\": [1", r
    for (t = 1; t < tokens; ++t) printf ", %d", 3 + (r * 7919 + t * 104729) % 31990; print "]}" } }'
}

measure() {  # name dtype rows prompt_tokens new_tokens batch
  prompts "$3" "$4" > "$work/prompts.jsonl"
  for _ in $(seq "$repeats"); do
    "$bin/generate" --model "$work/$2" --prompts "$work/prompts.jsonl" --output "$work/out.jsonl" --max-new-tokens "$5" \
      --batch-size "$6" --ignore-eos --threads "$threads" 2>&1 | grep -o 'prompt [0-9].*' | sed "s/^/$1: /"
  done
}

measure "float32 prefill 512" float32 3 512 1 1
measure "float32 decode batch 1" float32 1 64 128 1
measure "float32 decode batch 8" float32 8 64 128 8
measure "bfloat16 prefill 128" bfloat16 3 128 1 1
measure "bfloat16 decode batch 1" bfloat16 1 64 128 1
