"""Trains the tokenizer of the small experiment (developers only; needs the `sentencepiece` package).

    python3 scripts/experiment/make_tokenizer.py --output experiments/tiny/base_start

SentencePiece BPE with 1,024 pieces: byte fallback, no normalisation, split digits, pieces of blanks only, the numbers
10..99 as one piece each wherever they stand, ids 0 unk, 1 bos, 2 eos. A newline has no piece of its own: it is a byte.
It is trained on the training tasks in all languages.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import sentencepiece

from make_data import DATA_DIR
from program import LANGUAGES

NUM_PIECES = 1024
NEWLINE_PIECE = "<0x0A>"


def training_lines() -> list[str]:
    """Lines as the encoder will meet them.

    The trainer takes one line at a time while real text has newlines inside. With the trainer's own dummy blank
    switched off, the blank is put here before a prompt and before the first line of an answer, and nowhere else.
    """
    lines = []
    for language in LANGUAGES:
        for row in map(json.loads, (DATA_DIR / f"train/{language}.jsonl").read_text(encoding="utf-8").splitlines()):
            first, *rest = row["code"].split("\n")
            lines += [f" [INST] {row['text']} [/INST]", f" {first}", *(line for line in rest if line)]
    return lines


def train(lines: list[str]) -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type="bpe",
        vocab_size=NUM_PIECES,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        user_defined_symbols=[str(n) for n in range(10, 100)],
        character_coverage=1.0,
        input_sentence_size=0,
        shuffle_input_sentence=False,
        num_threads=1,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        minloglevel=1,
    )
    return model.getvalue()


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


def with_dummy_prefix(model: bytes) -> bytes:
    """The model with normalizer_spec.add_dummy_prefix = true, as Mistral's has it.

    ModelProto's field 3 is the normalizer spec, whose field 3 is the flag: one byte of the protocol buffer changes.
    """
    at = 0
    while at < len(model):
        key, at = _varint(model, at)
        assert key & 7 == 2, "ModelProto has only length-delimited fields"
        length, at = _varint(model, at)
        if key >> 3 == 3:
            flag = model.index(b"\x18\x00", at, at + length)
            return model[: flag + 1] + b"\x01" + model[flag + 2 :]
        at += length
    raise ValueError("no normalizer spec in the model")


def check(model: bytes) -> None:
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    assert processor.vocab_size() == NUM_PIECES
    assert (processor.unk_id(), processor.bos_id(), processor.eos_id()) == (0, 1, 2)
    assert processor.encode("a\nb", out_type=str)[0].startswith("▁"), "dummy prefix"
    assert NEWLINE_PIECE in processor.encode("a\nb", out_type=str)
    for n in range(10, 100):
        assert str(n) in processor.encode(f"({n})", out_type=str)
    for line in ("    x = 12\n\tprint(x)  # Grüße 你好", " lead", "", "a  b", "if x:\n        y += 345\n"):
        assert processor.decode(processor.encode(line)) == line, line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="directory for tokenizer.model")
    options = parser.parse_args()
    model = with_dummy_prefix(train(training_lines()))
    check(model)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "tokenizer.model").write_bytes(model)
    print(f"{len(model):,d} bytes  {options.output / 'tokenizer.model'}", file=sys.stderr)


if __name__ == "__main__":
    main()
