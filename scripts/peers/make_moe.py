"""Router rows and one whole mixture by mergekit-moe 0.1.5: tests/golden/moe. Run it in the mergekit environment."""
import shutil

from common import GOLDEN, deterministic, eager, fresh_directory, randomise, write_json, write_provenance
from make_merges import run_mergekit

SEED = 13
deterministic(SEED)

import sentencepiece  # noqa: E402
import torch  # noqa: E402
import yaml  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, MistralConfig, PreTrainedTokenizerFast  # noqa: E402

# D = 20: layers x experts x D is no multiple of 16, the block in which torch draws normals.
CONFIG = dict(
    vocab_size=512, hidden_size=20, intermediate_size=24, num_hidden_layers=3, num_attention_heads=2,
    num_key_value_heads=1, head_dim=10, max_position_embeddings=256, rms_norm_eps=1e-5, sliding_window=64,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, bos_token_id=1, eos_token_id=2)

# No run of four blanks (a user-defined piece that the fast tokenizer does not know) and no special token as text: with
# them mergekit would see other ids than SentencePiece's.
PYTHON = ["def count(items):\n  return len(items)", "for index in range(10):\n\ttotal += index"]
JAVA = ["public static int size(int[] data) {", "int count = 0; while (count < 10) { count++; }",
        "System.out.println(value);"]
JAVASCRIPT = ["const result = items.map(x);", "function name(text) { return text.length; }"]
OTHER = ["Write a function that will return the largest number.", "# the left and right node"]


def expert(model, positive=None, negative=None):
    out = {"source_model": f"../models/{model}"}
    if positive:
        out["positive_prompts"] = positive
    if negative:
        out["negative_prompts"] = negative
    return out


def moe(gate_mode, *experts, **rest):
    return {"base_model": "../models/base", "gate_mode": gate_mode, "dtype": "float32", "experts": list(experts), **rest}


THREE = [expert("x", PYTHON), expert("y", JAVA), expert("z", JAVASCRIPT)]
NEGATIVE = [expert("x", PYTHON, OTHER + JAVA), expert("y", JAVA, OTHER[:1]), expert("z", JAVASCRIPT)]
# name -> (config, further arguments)
CASES = {
    "hidden": (moe("hidden", *THREE), []),
    "hidden_negative": (moe("hidden", *NEGATIVE, experts_per_token=1), []),
    "hidden_one_prompt": (moe("hidden", expert("x", PYTHON[:1]), expert("y", ["  \t\n été 日本 \"q\""]),
                              expert("z", [""])), []),
    "hidden_bfloat16": (moe("hidden", *THREE[:2]) | {"dtype": "bfloat16"}, []),
    # One prompt a batch: mergekit's mean takes in the padding of shorter prompts.
    "hidden_avg": (moe("hidden_avg", expert("x", PYTHON[:1], OTHER[:1]), expert("y", JAVA[:1])), []),
    "cheap_embed": (moe("cheap_embed", *NEGATIVE), []),
    "random": (moe("random", expert("x"), expert("y"), expert("z")), ["--random-seed", "17"]),
    "random_two": (moe("random", expert("x"), expert("y")), ["--random-seed", "4294967295"]),
    "uniform_random": (moe("uniform_random", *THREE), ["--random-seed", "17"]),
}
KEEP_WHOLE = "hidden"


def fast_tokenizer(processor):
    """The SentencePiece model as the tokenizer.json that mergekit can load: Mistral's own way of writing one (a dummy
    prefix before every stretch of text, pieces merged in the order of their score)."""
    pieces = {processor.id_to_piece(i): i for i in range(processor.vocab_size())}
    merges = []
    for piece, index in pieces.items():
        if processor.is_control(index) or processor.is_unknown(index) or processor.is_byte(index):
            continue
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in pieces and right in pieces:
                merges.append((-processor.get_score(index), pieces[left], pieces[right], left, right))
    tokenizer = Tokenizer(models.BPE(vocab=pieces, merges=[tuple(merge[3:]) for merge in sorted(merges)],
                                     unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in ("<unk>", "<s>", "</s>")])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def make_models(directory, processor):
    base = AutoModelForCausalLM.from_config(MistralConfig(**CONFIG), dtype=torch.float32)
    randomise(base, SEED, linear_std=0.2).save_pretrained(directory / "base")
    fast_tokenizer(processor).save_pretrained(directory / "base")
    shutil.copy(GOLDEN / "tokenizer" / "tokenizer.model", directory / "base")
    for index, name in enumerate("xyz"):
        tuned = AutoModelForCausalLM.from_pretrained(directory / "base", dtype=torch.float32)
        generator = torch.Generator().manual_seed(SEED + 1 + index)
        with torch.no_grad():
            for key, parameter in sorted(tuned.named_parameters()):
                if ".mlp." in key:
                    parameter.add_(torch.empty_like(parameter).normal_(0.0, 0.05, generator=generator))
        tuned.save_pretrained(directory / name)


@torch.no_grad()
def mean_state(model, prompts, average):
    """[L, D]: the states that enter each layer at the last token (or their mean over tokens), mean over prompts; one
    prompt at a time, no padding, float32."""
    rows = []
    for ids in prompts:
        states = torch.stack(model(torch.tensor([ids]), output_hidden_states=True).hidden_states[:-1])[:, 0]  # [L, T, D]
        rows.append(states.mean(dim=1) if average else states[:, -1])
    return torch.stack(rows).mean(dim=0)


def unit(rows):
    return rows / rows.norm(dim=-1, keepdim=True).clamp(min=1e-8)


def float32_gates(model, prompts, mode):
    """The formula of mergekit in float32: [L, E, D]."""
    rows = []
    for expert_prompts in prompts:
        if mode == "cheap_embed":
            def state(lists):
                embedding = model.get_input_embeddings().weight.detach()
                return unit(sum(embedding[torch.tensor(ids)].sum(dim=0) for ids in lists))[None].repeat(
                    model.config.num_hidden_layers, 1)
        else:
            def state(lists):
                return mean_state(model, lists, mode == "hidden_avg")
        row = state(expert_prompts["positive_ids"])
        if expert_prompts["negative_ids"]:
            row = row - state(expert_prompts["negative_ids"])
        rows.append(unit(row))
    return torch.stack(rows, dim=1)


def prompt_ids(config, processor, tokenizer):
    """BOS + SentencePiece ids of every prompt; mergekit's tokenizer gives the same."""
    out = []
    for entry in config["experts"]:
        record = {}
        for kind in ("positive", "negative"):
            texts = entry.get(f"{kind}_prompts", [])
            record[f"{kind}_ids"] = [[1] + processor.encode(text) for text in texts]
            for text, ids in zip(texts, record[f"{kind}_ids"], strict=True):
                used = tokenizer("<s>" + text, add_special_tokens=False)["input_ids"]
                assert used == ids, (text, used, ids)
        out.append(record)
    return out


def check_experts(written, config, directory):
    """Every fused tensor is the experts' own, bit for bit: gate rows above up rows."""
    sources = [load_file(directory / entry["source_model"] / "model.safetensors") for entry in config["experts"]]
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"model.layers.{layer}.mlp"
        for index, source in enumerate(sources):
            gate_up = torch.cat([source[f"{name}.gate_proj.weight"], source[f"{name}.up_proj.weight"]])
            down = source[f"{name}.down_proj.weight"]
            dtype = written[f"{name}.experts.gate_up_proj"].dtype
            assert torch.equal(written[f"{name}.experts.gate_up_proj"][index], gate_up.to(dtype))
            assert torch.equal(written[f"{name}.experts.down_proj"][index], down.to(dtype))


@torch.no_grad()
def whole_logits(directory, ids):
    """Float32 logits of the mixture that mergekit wrote."""
    mixture = eager(AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32))
    return {"prompt.input_ids": torch.tensor(ids), "logits": mixture(torch.tensor([ids]), use_cache=False).logits[0]}


def make_case(root, name, config, arguments, processor, tokenizer, model):
    directory = fresh_directory(root / name)
    (directory / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=110),
                                           encoding="utf-8")
    run_mergekit("mergekit-moe", directory, *arguments)
    written = load_file(directory / "out" / "model.safetensors")
    check_experts(written, config, directory)
    layers = range(CONFIG["num_hidden_layers"])
    gates = torch.stack([written[f"model.layers.{layer}.mlp.gate.weight"] for layer in layers])  # [L, E, D]
    golden = {"gates.mergekit": gates}
    details = {}
    if "random" not in config["gate_mode"]:
        prompts = prompt_ids(config, processor, tokenizer)
        write_json(directory / "prompts.json", prompts)
        exact = float32_gates(model, prompts, config["gate_mode"])
        golden["gates.float32"] = exact
        cosine = torch.nn.functional.cosine_similarity(gates.float(), exact, dim=-1)
        details["min_cosine_mergekit_to_float32"] = float(cosine.min())
    if name == KEEP_WHOLE:
        golden |= whole_logits(directory / "out", prompts[0]["positive_ids"][0])
    save_file({key: tensor.contiguous() for key, tensor in golden.items()}, directory / "golden.safetensors")
    (directory / "out" / "config.json").rename(directory / "mergekit_config.json")
    if name == KEEP_WHOLE:
        (directory / "out" / "model.safetensors").rename(directory / "mergekit_model.safetensors")
    shutil.rmtree(directory / "out")
    print(name, details)
    return {"arguments": arguments, **details}


def main():
    root = fresh_directory(GOLDEN / "moe")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(GOLDEN / "tokenizer" / "tokenizer.model"))
    make_models(root / "models", processor)
    tokenizer = AutoTokenizer.from_pretrained(root / "models" / "base")
    model = AutoModelForCausalLM.from_pretrained(root / "models" / "base", dtype=torch.float32,
                                                 attn_implementation="eager").eval()
    details = {name: make_case(root, name, config, arguments, processor, tokenizer, model)
               for name, (config, arguments) in CASES.items()}
    write_provenance(root, ["mergekit", "torch", "transformers", "tokenizers", "sentencepiece", "safetensors"], SEED,
                     {"cases": details})


if __name__ == "__main__":
    main()
