"""Blends by mergekit 0.1.5 of tiny Mistral checkpoints: tests/golden/merge. Run it in the mergekit environment."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from common import GOLDEN, deterministic, fresh_directory, randomise, write_provenance

SEED = 5
deterministic(SEED)

import torch  # noqa: E402
import yaml  # noqa: E402
from peft import LoraConfig, get_peft_model  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformers import AutoModelForCausalLM, MistralConfig  # noqa: E402

# Odd F and V, so that no tensor is a whole number of vector registers; four layers, so that gradients have a shape.
CONFIG = dict(
    vocab_size=67, hidden_size=16, intermediate_size=23, num_hidden_layers=4, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5, sliding_window=None,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, bos_token_id=1, eos_token_id=2)
MODELS = "../../models"
BASE, A, B, C = (f"{MODELS}/{name}" for name in ("base", "a", "b", "c"))


def entry(model, **parameters):
    return {"model": model, **({"parameters": parameters} if parameters else {})}


def blend(method, *models, parameters=None, base=None, **rest):
    config = {"merge_method": method, "models": list(models), **rest}
    if base:
        config["base_model"] = base
    if parameters:
        config["parameters"] = parameters
    return config


def source(model, first, last, **parameters):
    return {**entry(model, **parameters), "layer_range": [first, last]}


def when(name, value):
    return {"filter": name, "value": value}


CASES = {
    "linear": blend("linear", entry(A, weight=0.2), entry(B, weight=0.5), entry(C, weight=0.9)),
    "linear_raw": blend("linear", entry(BASE, weight=0.15), entry(A, weight=0.7), entry(B, weight=-0.4),
                        entry(C, weight=1.1), parameters={"normalize": False}),
    "linear_gradient": blend("linear", entry(A, weight=[0.0, 0.5, 0.3, 0.7, 1.0]),
                             entry(B, weight=[when("self_attn", [1.0, 0.25]), when("mlp.up", 0.1), {"value": 0.6}]),
                             entry(C, weight=[when("layers.2.", 2.0), {"value": 0.35}])),
    # A filter that matches nothing falls through to the next level; "*" matches everything.
    "linear_levels": blend("linear", entry(A), entry(B, weight=[when("down_proj", 0.9)]), entry(C, weight=0.4),
                           parameters={"weight": [when("norm", 0.8), when("*", [0.3, 0.5])]}),
    "task_arithmetic": blend("task_arithmetic", entry(A, weight=0.6), entry(B, weight=0.3), entry(C, weight=-0.2),
                             base=BASE),
    "task_arithmetic_normalize": blend("task_arithmetic", entry(A, weight=0.6), entry(B, weight=0.3),
                                       entry(C, weight=0.45), base=BASE,
                                       parameters={"normalize": True, "lambda": 0.55}),
    "task_arithmetic_listed_base": blend("task_arithmetic", entry(B, weight=[0.1, 0.9]), entry(BASE),
                                         entry(A, weight=0.25), base=BASE),
    "ties_d02": blend("ties", entry(A, weight=0.5), entry(B, weight=0.3), entry(C, weight=0.2), base=BASE,
                      parameters={"density": 0.2}),
    "ties_mixed": blend("ties", entry(A, weight=0.5, density=0.2), entry(B, weight=0.3, density=0.35),
                        entry(C, weight=0.4, density=0.5), base=BASE,
                        parameters={"normalize": False, "lambda": 0.7}),
    "ties_full": blend("ties", entry(A, weight=1.0, density=1.0), entry(B, weight=1.0, density=0.5),
                       entry(C, weight=1.0, density=1.0), base=BASE, parameters={"lambda": 1.3}),
    "ties_negative": blend("ties", entry(A, weight=0.8, density=0.35), entry(B, weight=-0.6, density=0.5), base=BASE,
                           parameters={"normalize": False}),
    # Two entries on 16 elements of a norm, and one on 16 x 0.01 (mergekit keeps at least one).
    "ties_tiny_density": blend("ties", entry(A, weight=0.5, density=0.13), entry(B, weight=0.5, density=0.01), base=BASE),
    "ties_levels": blend(
        "ties", entry(A, weight=[when("mlp", [0.2, 0.9, 0.4]), {"value": 0.5}], density=[0.2, 0.8]),
        entry(B, density=[when("q_proj", 1.0), when("layers.3", 0.35)]), entry(C, weight=0.3), base=BASE,
        parameters={"weight": 0.45, "density": [when("embed_tokens", 0.9), {"value": [0.5, 0.25]}],
                    "lambda": [when("down_proj", [1.0, 0.5]), {"value": 0.9}],
                    "normalize": [when("self_attn", False), {"value": True}]}),
    "slices": {
        "merge_method": "task_arithmetic", "base_model": BASE, "parameters": {"weight": 0.5},
        "slices": [
            {"sources": [source(BASE, 0, 2), source(A, 0, 2, weight=[0.2, 0.8]), source(B, 0, 2)],
             "parameters": {"weight": [when("mlp", 0.3)]}},
            {"sources": [source(BASE, 1, 4), source(C, 1, 4, weight=[when("layers.1.", 0.1), {"value": 0.7}]),
                         source(B, 1, 4)],
             "parameters": {"lambda": 0.6}},
            {"sources": [source(BASE, 3, 4), source(A, 3, 4, weight=[0.1, 0.9]), source(B, 3, 4)]},
        ],
    },
    "dtype_bfloat16": blend("task_arithmetic", entry(A, weight=0.6), entry(B, weight=0.3), base=BASE,
                            parameters={"lambda": 0.7}, dtype="bfloat16"),
    "linear_dtype_bfloat16": blend("linear", entry(A, weight=0.2), entry(B, weight=0.5), entry(C, weight=0.9),
                                   dtype="bfloat16"),
    "out_dtype_bfloat16": blend("ties", entry(A, weight=0.6, density=0.35), entry(B, weight=0.3, density=0.5), base=BASE,
                                dtype="float32", out_dtype="bfloat16"),
    "inputs_bfloat16_linear": blend("linear", entry(f"{MODELS}/a_bf16", weight=0.3), entry(f"{MODELS}/b_bf16", weight=0.6)),
    "inputs_bfloat16_task": blend("task_arithmetic", entry(f"{MODELS}/a_bf16", weight=0.3),
                                  entry(f"{MODELS}/b_bf16", weight=0.6), base=f"{MODELS}/base_bf16"),
    "inputs_bfloat16_to_float32": blend("task_arithmetic", entry(f"{MODELS}/a_bf16", weight=0.3),
                                        entry(f"{MODELS}/b_bf16", weight=0.6), base=f"{MODELS}/base_bf16", dtype="float32",
                                        out_dtype="bfloat16"),
    # Without dtype the widest input type wins; every density is 1, so no choice among equal magnitudes is made.
    "inputs_mixed_ties": blend("ties", entry(f"{MODELS}/a_bf16", weight=0.3), entry(B, weight=0.6),
                               base=f"{MODELS}/base_bf16"),
    "tied_and_untied": blend("linear", entry(f"{MODELS}/tied", weight=0.5), entry(A, weight=0.5)),
    "lora": blend("task_arithmetic", entry(f"{BASE}+{MODELS}/adapter", weight=0.5), entry(A, weight=0.25), base=BASE),
}


def make_models(directory):
    base = randomise(AutoModelForCausalLM.from_config(MistralConfig(**CONFIG), dtype=torch.float32), SEED)
    base.save_pretrained(directory / "base")
    for index, name in enumerate("abc"):
        tuned = AutoModelForCausalLM.from_pretrained(directory / "base", dtype=torch.float32)
        generator = torch.Generator().manual_seed(SEED + 1 + 3 * index)
        with torch.no_grad():
            for _, parameter in sorted(tuned.named_parameters()):
                before = parameter.clone()
                parameter.add_(torch.empty_like(parameter).normal_(0.0, 0.05, generator=generator))
                deltas = (parameter - before).abs().flatten()
                assert deltas.unique().numel() == deltas.numel(), "equal magnitudes: ties would depend on the sort"
        tuned.save_pretrained(directory / name)
    for name in ("base", "a", "b"):
        AutoModelForCausalLM.from_pretrained(directory / name, dtype=torch.bfloat16).save_pretrained(
            directory / f"{name}_bf16")
    tied = AutoModelForCausalLM.from_config(MistralConfig(**CONFIG, tie_word_embeddings=True), dtype=torch.float32)
    randomise(tied, SEED + 9).save_pretrained(directory / "tied")
    adapted = get_peft_model(base, LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj", "down_proj"],
                                              task_type="CAUSAL_LM"))
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, parameter in sorted(adapted.named_parameters()):
            if "lora_" in name:
                parameter.normal_(0.0, 0.2, generator=generator)
    adapted.peft_config["default"].base_model_name_or_path = "../base"
    adapted.peft_config["default"].target_modules = ["down_proj", "q_proj"]
    adapted.save_pretrained(directory / "adapter")
    (directory / "adapter" / "README.md").unlink()


def run_mergekit(program, directory, *arguments):
    """mergekit's own command, run in a case's directory, so that the paths of its config are relative to it."""
    environment = dict(os.environ, PYTHONHASHSEED="0", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    command = [str(Path(sys.executable).parent / program), "config.yaml", "out", "--no-write-model-card", *arguments]
    result = subprocess.run(command, cwd=directory, env=environment, text=True, capture_output=True)
    if result.returncode:
        raise SystemExit(f"{directory.name}: {' '.join(command)}\n{result.stdout}\n{result.stderr}")
    return result.stderr


def keep_only(directory, names):
    for file in directory.iterdir():
        if file.name not in names:
            file.unlink()


def make_case(root, name, config):
    directory = fresh_directory(root / name)
    (directory / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False, default_flow_style=None, width=110))
    cache = directory / "lora_cache"
    run_mergekit("mergekit-yaml", directory, "--no-copy-tokenizer", "--lora-merge-cache", "lora_cache")
    shutil.rmtree(cache, ignore_errors=True)
    keep_only(directory / "out", {"config.json", "model.safetensors"})
    written = load_file(directory / "out" / "model.safetensors")
    assert all(torch.isfinite(tensor.float()).all() for tensor in written.values()), name
    layers = json.loads((directory / "out" / "config.json").read_text())["num_hidden_layers"]
    dtypes = sorted({str(tensor.dtype) for tensor in written.values()})
    print(f"{name}: {len(written)} tensors, {layers} layers, {dtypes}")


def main():
    root = fresh_directory(GOLDEN / "merge")
    make_models(root / "models")
    for name, config in CASES.items():
        make_case(root / "blend", name, config)
    write_provenance(root, ["mergekit", "torch", "transformers", "peft", "safetensors"], SEED)


if __name__ == "__main__":
    main()
