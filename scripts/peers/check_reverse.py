"""The other direction, by hand: what Quartet wrote is loaded by transformers, peft and safetensors and compared.

    generate --model DIR [--adapter DIR] --prompts P.jsonl --output out.jsonl --logits logits.safetensors \\
             --dtype float32 --max-new-tokens 64
    python scripts/peers/check_reverse.py DIR [--adapter DIR] --rows out.jsonl --logits logits.safetensors

Without --rows only the files are checked: they open, and the reference writer gives the same bytes. Exit 1 on any
difference beyond the tolerances.
"""
import argparse
import json
import sys
from pathlib import Path

from common import deterministic, eager

deterministic(0)

import torch  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save  # noqa: E402

LOGITS_TOLERANCE = 1e-5  # of the largest logit
ADAPTER_TOLERANCE = 1e-4  # absolute, on logits of +-10: peft's own live and folded logits differ by 4e-5


def check_files(directory):
    """Each safetensors file opens in the reference package and is byte-equal to what its writer makes of it."""
    failures = []
    for path in sorted(directory.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        same = save(load_file(path), metadata=metadata) == path.read_bytes()
        print(f"{path.name}: metadata {metadata}, {'byte-equal' if same else 'OTHER BYTES than the reference writer'}")
        if not same:
            failures.append(f"{path}: other bytes than the reference writer")
    index = directory / "model.safetensors.index.json"
    if index.exists():
        for name, shard in json.loads(index.read_text())["weight_map"].items():
            with safe_open(directory / shard, framework="pt") as file:
                if name not in file.keys():
                    failures.append(f"{index}: {name} is not in {shard}")
    return failures


def load(directory, adapter):
    from transformers import AutoModelForCausalLM

    model, report = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, output_loading_info=True)
    problems = {key: value for key, value in report.items() if value}
    if problems:
        raise SystemExit(f"{directory}: transformers reports {problems}")
    eager(model)
    if adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, adapter).eval()
    return model


@torch.no_grad()
def greedy(model, ids, count, eos):
    cache, step_input, tokens = None, torch.tensor([ids]), []
    while len(tokens) < count:
        output = model(step_input, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        tokens.append(int(output.logits[0, -1].argmax()))
        step_input = torch.tensor([[tokens[-1]]])
        if tokens[-1] == eos:
            break
    return tokens


@torch.no_grad()
def check_rows(model, rows, logits, adapter):
    failures, worst, scale, equal = [], 0.0, 0.0, 0
    for row in rows:
        ids = row["prompt_ids"]
        theirs = model(torch.tensor([ids]), use_cache=False).logits[0]
        ours = logits[f"logits.{row['id']}"]
        difference, size = float((ours - theirs).abs().max()), float(theirs.abs().max())
        worst, scale = max(worst, difference), max(scale, size)
        if difference > (ADAPTER_TOLERANCE if adapter else LOGITS_TOLERANCE * size):
            failures.append(f"row {row['id']}: logits differ by {difference:.2e}, scale {size:.1f}")
        expected = greedy(model, ids, row["num_tokens"], model.config.eos_token_id)
        equal += expected == row["token_ids"]
        if expected != row["token_ids"]:
            pairs = enumerate(zip(expected, row["token_ids"]))  # one may be the beginning of the other
            first = next((i for i, (a, b) in pairs if a != b), min(len(expected), len(row["token_ids"])))
            failures.append(f"row {row['id']}: greedy token {first} differs")
    print(f"{len(rows)} rows: logits within {worst:.2e} of {scale:.1f}, greedy continuation equal in {equal}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--rows", type=Path, help="output of generate (greedy)")
    parser.add_argument("--logits", type=Path, help="generate --logits")
    arguments = parser.parse_args()
    if bool(arguments.rows) != bool(arguments.logits):
        parser.error("--rows and --logits belong together")
    failures = check_files(arguments.model) + (check_files(arguments.adapter) if arguments.adapter else [])
    if arguments.rows:
        rows = [json.loads(line) for line in arguments.rows.read_text(encoding="utf-8").splitlines() if line]
        model = load(arguments.model, arguments.adapter)
        failures += check_rows(model, rows, load_file(arguments.logits), arguments.adapter)
    for failure in failures:
        print("FAIL", failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
