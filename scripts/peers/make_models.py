"""Tiny checkpoints with logits, router logits and greedy continuations of transformers: tests/golden/models."""
import sys

from common import GOLDEN, deterministic, eager, fresh_directory, randomise, write_json, write_provenance

SEED = 20
deterministic(SEED)

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import AutoModelForCausalLM, MistralConfig, MixtralConfig  # noqa: E402

NUM_GREEDY = 64
PROMPT_LENGTHS = (5, 24, 1)
MIN_MARGIN = 1e-3  # of the logits' largest magnitude; a seed that gives a closer greedy race is passed over
VOCAB = 128

MISTRAL = dict(
    vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5, sliding_window=None,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, bos_token_id=1, eos_token_id=2,
    pad_token_id=None, tie_word_embeddings=False,
)
MIXTRAL = dict(MISTRAL, intermediate_size=32, num_local_experts=4, num_experts_per_tok=2)

# case -> (config class, changes to the config, how it is saved)
CASES = {
    "mistral_mha": (MistralConfig, dict(num_key_value_heads=4), {}),
    "mistral_gqa2": (MistralConfig, dict(), {}),
    "mistral_mqa": (MistralConfig, dict(num_key_value_heads=1), {}),
    "mistral_window8": (MistralConfig, dict(sliding_window=8), {}),
    "mistral_head_dim": (MistralConfig, dict(head_dim=12), {}),
    "mistral_tied": (MistralConfig, dict(tie_word_embeddings=True), {}),
    "mistral_theta1e6": (MistralConfig, dict(rope_parameters={"rope_type": "default", "rope_theta": 1e6}), {}),
    "mistral_v4_config": (MistralConfig, dict(sliding_window=8), dict(v4_config=True)),
    "mistral_sharded": (MistralConfig, dict(), dict(shard="40KB")),
    "mistral_bfloat16": (MistralConfig, dict(), dict(dtype=torch.bfloat16)),
    "mistral_float16": (MistralConfig, dict(), dict(dtype=torch.float16)),
    "mistral_native": (MistralConfig, dict(head_dim=12, sliding_window=8), dict(layout="native")),
    "mixtral_e4k2": (MixtralConfig, dict(), {}),
    "mixtral_e3k1": (MixtralConfig, dict(num_local_experts=3, num_experts_per_tok=1), {}),
    "mixtral_e8k2": (MixtralConfig, dict(num_local_experts=8), {}),
    "mixtral_e4k2_fused": (MixtralConfig, dict(), dict(layout="fused")),
    "mixtral_e4k2_native": (MixtralConfig, dict(), dict(layout="native")),
    "mixtral_sharded_bfloat16": (MixtralConfig, dict(num_local_experts=3), dict(dtype=torch.bfloat16, shard="40KB")),
}


def build(config_class, changes, seed, dtype):
    base = MISTRAL if config_class is MistralConfig else MIXTRAL
    config = config_class(**{**base, **changes})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    randomise(model, seed)
    with torch.no_grad():  # only parameters: model.to(dtype) would round the rotary frequencies too
        for parameter in model.parameters():
            parameter.copy_(parameter.to(dtype))
    return model


def greedy(model, ids, smallest):
    """64 tokens, EOS is no stop; every token is decided by a whole forward and checked against the cached one.

    None where the best two logits are ever closer than `smallest`.
    """
    tokens, margins = [], []
    cache, step_input = None, ids
    whole = ids
    for _ in range(NUM_GREEDY):
        logits = model(whole, use_cache=False).logits[0, -1]
        cached = model(step_input, past_key_values=cache, use_cache=True)
        cache = cached.past_key_values
        best = torch.topk(logits, 2)
        if int(cached.logits[0, -1].argmax()) != int(best.indices[0]) or best.values[0] - best.values[1] < smallest:
            return None
        tokens.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
        step_input = best.indices[:1].reshape(1, 1)
        whole = torch.cat([whole, step_input], dim=1)
    return tokens, margins


@torch.no_grad()
def goldens(model, seed):
    """Golden tensors of a float32 model, or None where a greedy race is too close to be a fair test."""
    generator = torch.Generator().manual_seed(seed)
    golden, scale, min_margin = {}, 0.0, float("inf")
    for index, length in enumerate(PROMPT_LENGTHS):
        ids = torch.randint(3, VOCAB, (1, length), generator=generator)
        ids[0, 0] = 1
        arguments = dict(output_router_logits=True) if model.config.model_type == "mixtral" else {}
        output = model(ids, use_cache=False, **arguments)
        scale = max(scale, float(output.logits.abs().max()))
        continuation = greedy(model, ids, MIN_MARGIN * scale)
        if continuation is None:
            return None
        tokens, margins = continuation
        min_margin = min(min_margin, min(margins))
        golden[f"prompt.{index}.input_ids"] = ids[0].contiguous()
        golden[f"prompt.{index}.logits"] = output.logits[0].contiguous()
        golden[f"prompt.{index}.greedy"] = torch.tensor(tokens)
        golden[f"prompt.{index}.greedy_margin"] = torch.tensor(margins)
        for layer, router in enumerate(getattr(output, "router_logits", None) or ()):
            golden[f"prompt.{index}.router_logits.{layer}"] = router.contiguous()
    if min_margin < MIN_MARGIN * scale:
        return None
    return golden, scale, min_margin


def native_rows(weight, num_heads):
    """HF row h*K + p*K/2 + j becomes native row h*K + 2j + p (Mistral rotates neighbouring pairs)."""
    rows, columns = weight.shape
    head_dim = rows // num_heads
    return weight.reshape(num_heads, 2, head_dim // 2, columns).transpose(1, 2).reshape(rows, columns).contiguous()


def check_native_rows():
    """Attention scores of permuted rows under Mistral's own rotation (neighbouring pairs as complex numbers) equal
    those of the rows as they are under rotate-half: the meaning of the permutation, checked without its formula."""
    num_heads, head_dim, hidden, length = 3, 8, 16, 5
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randn(length, hidden, dtype=torch.float64, generator=generator)
    weights = torch.randn(2, num_heads * head_dim, hidden, dtype=torch.float64, generator=generator)
    frequencies = 10000.0 ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), frequencies)[:, None]  # [T, 1, K/2]

    def halves(y):
        a, b = y.chunk(2, dim=-1)
        return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)

    def pairs(y):
        rotated = torch.view_as_complex(y.reshape(length, num_heads, -1, 2)) * torch.polar(torch.ones_like(angles), angles)
        return torch.view_as_real(rotated).flatten(-2)

    def scores(matrices, rotate):
        q, k = (rotate((x @ matrix.T).reshape(length, num_heads, head_dim)) for matrix in matrices)
        return torch.einsum("thk,shk->hts", q, k)

    native = [native_rows(matrix, num_heads) for matrix in weights]
    assert torch.allclose(scores(weights, halves), scores(native, pairs), rtol=1e-12, atol=1e-12)


def native_state(model):
    config, state = model.config, model.state_dict()
    out = {"tok_embeddings.weight": state["model.embed_tokens.weight"], "norm.weight": state["model.norm.weight"],
           "output.weight": state["lm_head.weight"]}
    for layer in range(config.num_hidden_layers):
        hf, native = f"model.layers.{layer}", f"layers.{layer}"
        out[f"{native}.attention_norm.weight"] = state[f"{hf}.input_layernorm.weight"]
        out[f"{native}.ffn_norm.weight"] = state[f"{hf}.post_attention_layernorm.weight"]
        out[f"{native}.attention.wq.weight"] = native_rows(
            state[f"{hf}.self_attn.q_proj.weight"], config.num_attention_heads)
        out[f"{native}.attention.wk.weight"] = native_rows(
            state[f"{hf}.self_attn.k_proj.weight"], config.num_key_value_heads)
        out[f"{native}.attention.wv.weight"] = state[f"{hf}.self_attn.v_proj.weight"]
        out[f"{native}.attention.wo.weight"] = state[f"{hf}.self_attn.o_proj.weight"]
        if config.model_type == "mistral":
            for ours, theirs in (("w1", "gate_proj"), ("w2", "down_proj"), ("w3", "up_proj")):
                out[f"{native}.feed_forward.{ours}.weight"] = state[f"{hf}.mlp.{theirs}.weight"]
            continue
        out[f"{native}.feed_forward.gate.weight"] = state[f"{hf}.mlp.gate.weight"]
        for expert in range(config.num_local_experts):
            gate, up = state[f"{hf}.mlp.experts.gate_up_proj"][expert].chunk(2)
            prefix = f"{native}.feed_forward.experts.{expert}"
            out[f"{prefix}.w1.weight"], out[f"{prefix}.w3.weight"] = gate, up
            out[f"{prefix}.w2.weight"] = state[f"{hf}.mlp.experts.down_proj"][expert]
    return {name: tensor.contiguous().clone() for name, tensor in out.items()}


def native_params(config):
    params = {
        "dim": config.hidden_size, "n_layers": config.num_hidden_layers,
        "head_dim": getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        "hidden_dim": config.intermediate_size, "n_heads": config.num_attention_heads,
        "n_kv_heads": config.num_key_value_heads, "norm_eps": config.rms_norm_eps, "vocab_size": config.vocab_size,
        "rope_theta": config.rope_parameters["rope_theta"],
    }
    if config.sliding_window:
        params["sliding_window"] = config.sliding_window
    if config.model_type == "mixtral":
        params["moe"] = {"num_experts": config.num_local_experts, "num_experts_per_tok": config.num_experts_per_tok}
    return params


def to_v4_config(directory):
    """The spelling of transformers 4: rope_theta and torch_dtype."""
    import json

    path = directory / "config.json"
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["torch_dtype"] = config.pop("dtype")
    del config["head_dim"]
    config["transformers_version"] = "4.36.0"
    write_json(path, config)


def save(model, directory, layout="hf", shard=None, v4_config=False, dtype=None):
    if layout == "native":
        save_file(native_state(model), directory / "consolidated.safetensors")
        write_json(directory / "params.json", native_params(model.config))
        return
    model.save_pretrained(directory, **({"max_shard_size": shard} if shard else {}))
    if layout == "fused":
        state = {name: tensor.contiguous().clone() for name, tensor in model.state_dict().items()}
        save_file(state, directory / "model.safetensors", metadata={"format": "pt"})
    if v4_config:
        to_v4_config(directory)


def make_case(name, config_class, changes, saving, root):
    dtype = saving.get("dtype", torch.float32)
    for seed in range(SEED, SEED + 200):
        model = build(config_class, changes, seed, dtype)
        golden = goldens(eager(model), seed)
        if golden:
            break
    else:
        raise SystemExit(f"{name}: no seed gives clear greedy margins")
    directory = fresh_directory(root / name)
    save(model.to(dtype), directory, **saving)
    tensors, scale, min_margin = golden
    save_file(tensors, directory / "golden.safetensors")
    if saving.get("layout") != "native":  # transformers reads back what was written, with the same logits
        loaded = eager(AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32))
        with torch.no_grad():
            again = loaded(tensors["prompt.1.input_ids"][None], use_cache=False).logits[0]
        assert torch.equal(again, tensors["prompt.1.logits"]), name
    print(f"{name}: seed {seed}, logits up to {scale:.2f}, smallest greedy margin {min_margin:.3f}")
    return {"init_seed": seed, "logits_abs_max": scale, "min_greedy_margin": min_margin}


def main():
    check_native_rows()
    root = fresh_directory(GOLDEN / "models")
    details = {name: make_case(name, *case, root) for name, case in CASES.items()}
    write_provenance(root, ["torch", "transformers", "safetensors"], SEED, {"cases": details})


if __name__ == "__main__":
    sys.exit(main())
