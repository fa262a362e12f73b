"""50-step loss curves of transformers + peft (full and LoRA), and adapters with logits: tests/golden/training."""
import copy
import random

from common import GOLDEN, deterministic, eager, fresh_directory, randomise, write_json, write_jsonl, write_provenance

SEED = 11
deterministic(SEED)

import torch  # noqa: E402
from peft import LoraConfig, PeftModel, get_peft_model  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM, MistralConfig, Trainer, TrainingArguments, get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup)

VOCAB = 128
NUM_ROWS, NUM_EVAL_ROWS = 22, 6  # 22 rows in batches of 4: the sixth batch of every epoch has 2 rows
PROMPT_LENGTH = 12
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SCHEDULES = {"linear": get_linear_schedule_with_warmup, "cosine": get_cosine_schedule_with_warmup}

CONFIG = dict(
    vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5, sliding_window=None,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, bos_token_id=1, eos_token_id=2)

COMMON = dict(base="base", batch_size=4, micro_batch=2, max_steps=50, warmup_steps=5, schedule="linear",
              weight_decay=0.0, max_grad_norm=1.0, adam_beta1=0.9, adam_beta2=0.999, adam_eps=1e-8)
LORA = dict(COMMON, method="lora", rank=4, alpha=8, target_modules=ALL_LINEAR, lr=1e-2)
FULL = dict(COMMON, method="full", lr=2e-3)
RUNS = {
    "full": FULL,
    "full_decay": dict(FULL, weight_decay=0.01, max_grad_norm=5.0),
    "full_tied": dict(FULL, base="base_tied"),
    "lora": LORA,
    "lora_decay": dict(LORA, weight_decay=0.01),
    "lora_cosine_qv": dict(LORA, schedule="cosine", target_modules=["q_proj", "v_proj"], rank=3, alpha=12),
    "lora_one_micro_batch": dict(LORA, micro_batch=4, max_grad_norm=0.1),
}


def make_row(rng):
    """A row that can be learnt: counting up with a stride named by its second token; the prompt is not trained."""
    length, prompt = rng.randint(5, 20), rng.randint(2, 4)
    stride, start = rng.randint(1, 5), rng.randint(0, 90)
    ids = [1, 120 + stride] + [3 + (start + stride * i) % 100 for i in range(length - 3)] + [2]
    return {"input_ids": ids, "loss_mask": [0] * prompt + [1] * (length - prompt)}


def make_bases(directory):
    for name, tied in (("base", False), ("base_tied", True)):
        model = AutoModelForCausalLM.from_config(MistralConfig(**CONFIG, tie_word_embeddings=tied), dtype=torch.float32)
        randomise(model, SEED, linear_std=0.15, head_std=0.15)
        if tied:
            with torch.no_grad():
                model.model.embed_tokens.weight.mul_(0.2)
        model.save_pretrained(directory / name)


def load(directory, name):
    return eager(AutoModelForCausalLM.from_pretrained(directory / name, dtype=torch.float32))


def collate(rows):
    """Right padding. labels[i] is the id where token i is trained, else -100; transformers shifts them itself."""
    width = max(len(row["input_ids"]) for row in rows)
    pad = lambda values, fill: values + [fill] * (width - len(values))  # noqa: E731
    labels = [[i if m else -100 for i, m in zip(row["input_ids"], row["loss_mask"])] for row in rows]
    return {
        "input_ids": torch.tensor([pad(row["input_ids"], 0) for row in rows]),
        "attention_mask": torch.tensor([pad([1] * len(row["input_ids"]), 0) for row in rows]),
        "labels": torch.tensor([pad(label, -100) for label in labels]),
    }


def sum_nll(model, rows):
    batch = collate(rows)
    labels = batch.pop("labels")
    logits = model(**batch, use_cache=False).logits[:, :-1]
    return torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=-100, reduction="sum")


def trained_tokens(rows):
    return sum(sum(row["loss_mask"][1:]) for row in rows)


@torch.no_grad()
def mean_nll(model, rows):
    return float(sum(float(sum_nll(model, [row])) for row in rows) / trained_tokens(rows))


def parameter_groups(model, weight_decay):
    trainable = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    return [{"params": [p for name, p in trainable if "norm" not in name], "weight_decay": weight_decay},
            {"params": [p for name, p in trainable if "norm" in name], "weight_decay": 0.0}]


def train(model, rows, run):
    """The loop that the goldens come from: rows in order, the true token mean over all micro-batches of a step."""
    optimizer = torch.optim.AdamW(parameter_groups(model, run["weight_decay"]), lr=run["lr"], eps=run["adam_eps"],
                                  betas=(run["adam_beta1"], run["adam_beta2"]))
    scheduler = SCHEDULES[run["schedule"]](optimizer, run["warmup_steps"], run["max_steps"])
    starts = range(0, len(rows), run["batch_size"])
    batches = [rows[start:start + run["batch_size"]] for start in starts]
    metrics = []
    for step in range(run["max_steps"]):
        batch = batches[step % len(batches)]
        count, total = trained_tokens(batch), 0.0
        optimizer.zero_grad()
        for start in range(0, len(batch), run["micro_batch"]):
            nll = sum_nll(model, batch[start:start + run["micro_batch"]])
            (nll / count).backward()
            total += float(nll.detach())
        trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
        norm = torch.nn.utils.clip_grad_norm_(trainable, run["max_grad_norm"])
        lr = scheduler.get_last_lr()[0]
        optimizer.step()
        scheduler.step()
        metrics.append({"step": step + 1, "loss": total / count, "lr": lr, "grad_norm": float(norm),
                        "tokens": sum(len(row["input_ids"]) for row in batch), "trained_tokens": count})
    return metrics


class InOrderTrainer(Trainer):
    """The Trainer of transformers; only the order of the rows and the weight-decay groups are pinned."""

    def _get_train_sampler(self, *arguments, **keywords):
        return torch.utils.data.SequentialSampler(self.train_dataset)


def train_with_trainer(model, rows, run, directory):
    """The same run by the Trainer of transformers, to check the loop above."""
    from transformers.trainer_callback import PrinterCallback

    arguments = TrainingArguments(
        output_dir=str(directory), per_device_train_batch_size=run["micro_batch"], max_steps=run["max_steps"],
        gradient_accumulation_steps=run["batch_size"] // run["micro_batch"], learning_rate=run["lr"],
        lr_scheduler_type=run["schedule"], warmup_steps=run["warmup_steps"], weight_decay=run["weight_decay"],
        max_grad_norm=run["max_grad_norm"], optim="adamw_torch", logging_steps=1, save_strategy="no", report_to=[],
        use_cpu=True, disable_tqdm=True, remove_unused_columns=False, seed=SEED)
    trainer = InOrderTrainer(model=model, args=arguments, train_dataset=rows, data_collator=collate)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return [row for row in trainer.state.log_history if "loss" in row]


def compare(metrics, logged, run_name):
    differences = {}
    for ours, theirs in (("loss", "loss"), ("grad_norm", "grad_norm"), ("lr", "learning_rate")):
        differences[ours] = max(abs(a[ours] - b[theirs]) for a, b in zip(metrics, logged, strict=True))
    assert differences["loss"] < 5e-6 and differences["lr"] < 1e-12 and differences["grad_norm"] < 1e-4, (
        run_name, differences)
    return differences


def add_adapter(model, run):
    torch.manual_seed(SEED)
    return get_peft_model(model, LoraConfig(
        r=run["rank"], lora_alpha=run["alpha"], lora_dropout=0.0, target_modules=run["target_modules"],
        task_type="CAUSAL_LM"))


def save_adapter(model, directory):
    config = model.peft_config["default"]
    config.base_model_name_or_path = "base"
    for name in ("target_modules", "exclude_modules"):  # sets: their order differs from run to run
        if isinstance(getattr(config, name), set):
            setattr(config, name, sorted(getattr(config, name)))
    model.save_pretrained(directory)
    (directory / "README.md").unlink()


@torch.no_grad()
def logits_of(model, ids):
    return model(ids, use_cache=False).logits[0].contiguous()


def adapter_logits(adapted, ids):
    """Logits with the adapter live and folded into the weights."""
    live = logits_of(adapted, ids)
    merged = logits_of(copy.deepcopy(adapted).merge_and_unload(), ids)
    return {"logits.live": live, "logits.folded": merged}


def make_run(root, name, run, rows, eval_rows, prompt, scratch):
    directory = fresh_directory(root / name)
    write_json(directory / "run.json", run)
    lora = run["method"] == "lora"

    def fresh_model():
        model = load(root, run["base"])
        return add_adapter(model, run) if lora else model

    model = fresh_model()
    golden = {"prompt.input_ids": prompt[0].clone(), "logits.initial": logits_of(model, prompt)}
    if lora:
        save_adapter(model, directory / "initial_adapter")
    initial_eval = mean_nll(model, eval_rows)
    metrics = train(model, rows, run)
    differences = compare(metrics, train_with_trainer(fresh_model(), rows, run, scratch), name)
    doubles = train(fresh_model().double(), rows, run)
    drift = max(abs(a["loss"] - b["loss"]) for a, b in zip(metrics, doubles, strict=True))
    if lora:
        save_adapter(model, directory / "final_adapter")
        golden |= adapter_logits(model, prompt)
    else:
        golden["logits.final"] = logits_of(model, prompt)
    save_file(golden, directory / "golden.safetensors")
    write_jsonl(directory / "metrics.jsonl", metrics)
    write_json(directory / "eval.json", {"initial_loss": initial_eval, "final_loss": mean_nll(model, eval_rows)})
    clipped = sum(row["grad_norm"] > run["max_grad_norm"] for row in metrics)
    print(f"{name}: loss {metrics[0]['loss']:.4f} -> {metrics[-1]['loss']:.4f}, {clipped} steps clipped, "
          f"Trainer {differences['loss']:.1e}, float64 {drift:.1e}")
    return {"max_difference_to_transformers_trainer": differences, "max_loss_difference_to_float64": drift,
            "steps_clipped": clipped}


# Adapters as peft writes them, with random A and B: what a loader must understand. name -> LoraConfig arguments.
ADAPTERS = {
    "plain": dict(r=4, lora_alpha=8, target_modules=ALL_LINEAR),
    "rslora": dict(r=4, lora_alpha=8, use_rslora=True, target_modules=ALL_LINEAR),
    "patterns": dict(r=4, lora_alpha=8, target_modules=ALL_LINEAR, rank_pattern={"q_proj": 2, "layers.1.mlp.up_proj": 6},
                     alpha_pattern={"down_proj": 24, "layers.0.self_attn.q_proj": 3}),
    "layers": dict(r=4, lora_alpha=4, target_modules=["q_proj", "down_proj"], layers_to_transform=[1]),
    "lm_head": dict(r=4, lora_alpha=8, target_modules=["v_proj", "lm_head"]),
    "bfloat16": dict(r=4, lora_alpha=8, target_modules=ALL_LINEAR),
}


def make_adapter(root, name, arguments, prompt):
    directory = fresh_directory(root / "adapters" / name)
    torch.manual_seed(SEED)
    model = get_peft_model(load(root, "base"), LoraConfig(lora_dropout=0.0, task_type="CAUSAL_LM", **arguments))
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for key, parameter in sorted(model.named_parameters()):
            if "lora_" in key:
                parameter.normal_(0.0, 0.15, generator=generator)
                if name == "bfloat16":
                    parameter.copy_(parameter.bfloat16())
                    parameter.data = parameter.data.bfloat16()
    save_adapter(model, directory)
    again = PeftModel.from_pretrained(load(root, "base"), directory).eval()
    golden = {"prompt.input_ids": prompt[0].clone(), "logits.base": logits_of(load(root, "base"), prompt),
              **adapter_logits(again, prompt)}
    save_file(golden, directory / "golden.safetensors")
    shift = float((golden["logits.live"] - golden["logits.base"]).abs().max())
    folded = float((golden["logits.live"] - golden["logits.folded"]).abs().max())
    print(f"adapter {name}: moves logits by up to {shift:.2f}, live - folded {folded:.1e}")
    return {"live_minus_folded_abs_max": folded, "logits_abs_max": float(golden["logits.live"].abs().max())}


def main():
    import tempfile

    root = fresh_directory(GOLDEN / "training")
    make_bases(root)
    rng = random.Random(SEED)
    rows = [make_row(rng) for _ in range(NUM_ROWS)]
    eval_rows = [make_row(rng) for _ in range(NUM_EVAL_ROWS)]
    write_jsonl(root / "train.jsonl", rows)
    write_jsonl(root / "eval.jsonl", eval_rows)
    prompt = torch.tensor([[1, 122] + [3 + 2 * i for i in range(PROMPT_LENGTH - 2)]])
    with tempfile.TemporaryDirectory() as scratch:
        runs = {name: make_run(root, name, run, rows, eval_rows, prompt, scratch) for name, run in RUNS.items()}
    adapters = {name: make_adapter(root, name, arguments, prompt) for name, arguments in ADAPTERS.items()}
    write_provenance(root, ["torch", "transformers", "peft", "accelerate", "safetensors"], SEED,
                     {"runs": runs, "adapters": adapters})


if __name__ == "__main__":
    main()
