"""What every golden script shares: determinism, provenance, tiny random models and compact JSON."""
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = REPOSITORY / "tests" / "golden"


def deterministic(seed):
    """One thread and a fixed seed: at::mean and at::norm of long vectors move with the number of threads."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TQDM_DISABLE", "1")
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)


def fresh_directory(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def write_jsonl(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_provenance(directory, packages, seed, details=None):
    """provenance.json: what made the goldens of a directory and the SHA-256 of each of its files. No dates."""
    import platform

    record = {
        "command": "python scripts/peers/" + " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "packages": {name: importlib.metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "seed": seed,
        "files_sha256": {
            str(file.relative_to(directory)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(directory.rglob("*"))
            if file.is_file() and file.name != "provenance.json"
        },
    }
    if "torch" in packages:
        import torch

        record["cpu_capability"] = torch.backends.cpu.get_cpu_capability()
        record["threads"] = torch.get_num_threads()
    if details:
        record["details"] = details
    write_json(directory / "provenance.json", record)


def randomise(model, seed, linear_std=0.3, head_std=0.6):
    """Weights large enough for logits of several units and clear greedy margins; norm gains away from 1."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if "norm" in name:
                parameter.uniform_(0.5, 1.5, generator=generator)
            elif "embed_tokens" in name:
                parameter.normal_(0.0, 1.0, generator=generator)
            elif "lm_head" in name:
                parameter.normal_(0.0, head_std, generator=generator)
            else:
                parameter.normal_(0.0, linear_std, generator=generator)
    return model


def eager(model):
    """Plain attention and one expert after another: the reference arithmetic (see README.md)."""
    model.set_attn_implementation("eager")
    if model.config.model_type == "mixtral":
        model.set_experts_implementation("eager")
    return model.eval()
