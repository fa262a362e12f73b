"""Files of the reference safetensors writer and the inputs that made them: tests/golden/safetensors."""
from common import GOLDEN, deterministic, fresh_directory, write_json, write_provenance

SEED = 3
deterministic(SEED)

import torch  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import save, save_file  # noqa: E402

DTYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "F16": torch.float16,
    "BF16": torch.bfloat16, "I32": torch.int32, "F32": torch.float32, "F64": torch.float64, "I64": torch.int64,
}
BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def bytes_of(tensor):
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def tensor_of(dtype_name, *shape):
    """Random bits, so that infinities, NaNs and negative zeros are written too; booleans stay 0 or 1."""
    dtype = DTYPES[dtype_name]
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, dtype=torch.uint8).bool()
    count = 1
    for dim in shape:
        count *= dim
    size = torch.empty((), dtype=dtype).element_size()
    raw = torch.randint(0, 256, (count * size,), dtype=torch.uint8)
    return raw.view(dtype).reshape(shape) if count else torch.empty(shape, dtype=dtype)


def cases():
    yield "empty", {}, {"framework": "pt"}
    yield "empty_without_metadata", {}, None
    yield "one_without_metadata", {"attn0": tensor_of("F32", 1, 1, 2, 3)}, None
    yield "one", {"attn0": tensor_of("F32", 1, 1, 2, 3)}, {"format": "pt"}
    for name in DTYPES:
        yield f"dtype_{name.lower()}", {"a": tensor_of(name, 3, 5), "b": tensor_of(name, 7)}, {"format": "pt"}
    mixed = {f"{name.lower()}.{letter}": tensor_of(name, *shape) for name in DTYPES
             for letter, shape in (("z", (3,)), ("a", (2, 5)), ("m", ()))}
    yield "mixed_dtypes", mixed, {"format": "pt"}
    yield "rank_0", {"scalar": tensor_of("F32"), "counter": tensor_of("I64"), "flag": tensor_of("BOOL")}, {"format": "pt"}
    yield "zero_size", {"none": tensor_of("F32", 0), "rows": tensor_of("BF16", 0, 4), "columns": tensor_of("F32", 3, 0, 2),
                        "some": tensor_of("F32", 2)}, {"format": "pt"}
    yield "names", {name: tensor_of("F32", 2) for name in (
        "größe", "重み.層0", "emoji 🙂", 'quote " slash / backslash \\', "tab\tnewline\nbell\x07delete\x7f", "", " ",
        "a", "A", "a.b", "a_b", "a.10", "a.2", "\u00e9", "e\u0301", "\U0001F600", "\uffff")}, {"format": "pt"}
    # The order of the names in the file is by bytes of UTF-8: U+FFFF before U+1F600, which UTF-16 order turns round.
    yield "metadata_value", {"a": tensor_of("F32", 1)}, {"größe": 'a "quoted" \\ value\n\u0001 ü 🙂'}
    model = {f"model.layers.{layer}.{part}.weight": tensor_of("BF16", 4, 3) for layer in range(12)
             for part in ("self_attn.q_proj", "mlp.up_proj")}
    model |= {f"model.layers.{layer}.input_layernorm.weight": tensor_of("F32", 3) for layer in range(12)}
    yield "model_like", model, {"format": "pt"}


def main():
    directory = fresh_directory(GOLDEN / "safetensors")
    described = []
    for name, tensors, metadata in cases():
        path = directory / f"{name}.safetensors"
        save_file(tensors, path, metadata=metadata)
        assert path.read_bytes() == save(tensors, metadata=metadata), name
        with safe_open(path, framework="pt") as file:
            assert sorted(file.keys()) == sorted(tensors) and (file.metadata() or None) == metadata, name
        reverse = {torch_type: text for text, torch_type in DTYPES.items()}
        described.append({"file": path.name, "metadata": metadata, "tensors": [
            {"name": key, "dtype": reverse[tensor.dtype], "shape": list(tensor.shape), "hex": bytes_of(tensor).hex()}
            for key, tensor in tensors.items()]})
    write_json(directory / "inputs.json", described)
    write_provenance(directory, ["torch", "safetensors"], SEED, {"cases": len(described)})
    print(len(described), "cases")


if __name__ == "__main__":
    main()
