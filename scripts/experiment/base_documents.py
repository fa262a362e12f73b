"""Writes what the base is trained on: programs of 11 of the 19 families, train structures only.

    python3 scripts/experiment/base_documents.py --output runs/tiny-base

Every task appears in two random languages: 80 % as a program under a comment, 10 % as an instruction pair, 10 % bare.
The first part (everything.jsonl) is trained with loss on all tokens, the rest (code.jsonl) with loss on the code only:
a description cannot be predicted, so its loss is noise once its words are known. Standard library only. Not kept in the
repository: this script writes the same bytes again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from program import LANGUAGES, LINE_COMMENT, SPELLING
from stream import Stream
from task import Task, endless_base_tasks

SEED = 0
NUM_EVERYTHING, NUM_CODE = 8_600, 62_000  # rows of about 92 tokens: 0.8 M and 5.7 M
SHARE_COMMENTED, SHARE_INSTRUCTION = 0.8, 0.1


def commented_row(task: Task, language: str) -> dict:
    head = f"{LINE_COMMENT[language]} {SPELLING[language]} program. {task.description}\n"
    return {"language": language, "prompt": head, "completion": task.code(language)}


def instruction_row(task: Task, language: str) -> dict:
    return {"language": language, "prompt": f"[INST] {task.text(language)} [/INST]", "completion": task.code(language)}


def bare_row(task: Task, language: str) -> dict:
    return {"language": language, "prompt": "", "completion": task.code(language)}


def draw_row(task: Task, language: str, stream: Stream) -> dict:
    kinds = (commented_row, instruction_row, bare_row)
    shares = (SHARE_COMMENTED, SHARE_INSTRUCTION, 1 - SHARE_COMMENTED - SHARE_INSTRUCTION)
    return stream.weighted(kinds, shares)(task, language)


def write_documents(path: Path, num_rows: int, stream: Stream) -> None:
    """Rows in random order; a task's two rows do not stand side by side."""
    rows = []
    tasks = endless_base_tasks(False, stream)
    while len(rows) < num_rows:
        task = next(tasks)
        rows += [draw_row(task, language, stream) for language in stream.several(LANGUAGES, 2)]
    order = sorted(range(num_rows), key=lambda _: stream.below(2**52))
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for i in order:
            out.write(json.dumps(rows[i], ensure_ascii=False) + "\n")
    print(f"{num_rows:9,d} rows  {path}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    write_documents(options.output / "everything.jsonl", NUM_EVERYTHING, Stream(options.seed, "everything"))
    write_documents(options.output / "code.jsonl", NUM_CODE, Stream(options.seed, "code"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
