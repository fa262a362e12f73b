"""Prints how many tokens the prompts and answers of the small experiment have (developers only; needs `sentencepiece`).

    python3 scripts/experiment/token_statistics.py
"""

from __future__ import annotations

import json
from pathlib import Path

import sentencepiece

from make_data import DATA_DIR
from program import LANGUAGES, SPELLING

TOKENIZER = DATA_DIR.parent / "base_start" / "tokenizer.model"


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(TOKENIZER))
    print("language     prompt mean/max   answer mean/max   longest sample   unknown or byte tokens (without newline)")
    newline = tokenizer.piece_to_id("<0x0A>")
    for language in LANGUAGES:
        prompts, answers, strange = [], [], 0
        for row in rows(DATA_DIR / f"train/{language}.jsonl"):
            prompt = tokenizer.encode(f"[INST] {row['text']} [/INST]")
            answer = tokenizer.encode(row["code"])
            prompts.append(len(prompt))
            answers.append(len(answer))
            strange += sum(i != newline and (tokenizer.is_byte(i) or tokenizer.is_unknown(i)) for i in prompt + answer)
        total = [p + a + 2 for p, a in zip(prompts, answers)]
        n = len(prompts)
        print(
            f"{SPELLING[language]:12s} {sum(prompts) / n:8.1f}/{max(prompts):<8d}"
            f" {sum(answers) / n:8.1f}/{max(answers):<8d} {max(total):10d} {strange:14d}"
        )


if __name__ == "__main__":
    main()
