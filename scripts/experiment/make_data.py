"""Writes the data of the small experiment: training, calibration and test tasks in four languages.

    python3 scripts/experiment/make_data.py                 # writes experiments/tiny/data
    python3 scripts/experiment/make_data.py --check         # compares what is there, byte by byte; exit 1 if it differs

Standard library only. The same tasks are written in every language, so that scores can be paired by task. Test tasks
have structures that no training, calibration or base task has.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from base_documents import commented_row
from program import LANGUAGES
from stream import Stream
from task import Task, draw_distinct, endless_base_tasks

SEED = 0
NUM_TRAIN, NUM_CALIBRATION, NUM_TEST, NUM_BASE_EVAL = 1000, 24, 60, 30
DATA_DIR = Path(__file__).resolve().parents[2] / "experiments" / "tiny" / "data"


def jsonl(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def task_table(tasks: list[Task]) -> str:
    """Which structure each id has; ids are the same in every language."""
    return "id,family,structure\n" + "".join(f"{i},{t.family},{t.structure}\n" for i, t in enumerate(tasks))


def pairs(tasks: list[Task], language: str) -> str:
    return jsonl([{"id": i, "text": t.text(language), "code": t.code(language)} for i, t in enumerate(tasks)])


def test_id(language: str, i: int) -> str:
    return f"{language}-{i:02d}"


def prompts(tasks: list[Task], language: str) -> str:
    return jsonl(
        [
            {
                "id": test_id(language, i),
                "language": language,
                "prompt": t.text(language),
                "family": t.family,
                "structure": t.structure,
            }
            for i, t in enumerate(tasks)
        ]
    )


def references(tasks: list[Task], language: str) -> str:
    return jsonl(
        [{"id": test_id(language, i), "language": language, "reference": t.code(language)} for i, t in enumerate(tasks)]
    )


def data_files(seed: int) -> dict[str, str]:
    """Every data file that is kept in the repository: path below DATA_DIR -> contents."""


    train = draw_distinct(NUM_TRAIN, False, Stream(seed, "train"))
    used = {t.description for t in train}
    calibration = draw_distinct(NUM_CALIBRATION, False, Stream(seed, "calibration"), used)
    test = draw_distinct(NUM_TEST, True, Stream(seed, "test"))
    base_eval = [task for task, _ in zip(endless_base_tasks(True, Stream(seed, "base eval")), range(NUM_BASE_EVAL))]

    files = {"train/tasks.csv": task_table(train), "calibration/tasks.csv": task_table(calibration)}
    for language in LANGUAGES:
        files[f"train/{language}.jsonl"] = pairs(train, language)
        files[f"calibration/{language}.jsonl"] = pairs(calibration, language)
        files[f"test/prompts_{language}.jsonl"] = prompts(test, language)
    files["test/prompts.jsonl"] = "".join(prompts(test, language) for language in LANGUAGES)
    files["test/references.jsonl"] = "".join(references(test, language) for language in LANGUAGES)
    files["base/eval.jsonl"] = jsonl([commented_row(t, language) for t in base_eval for language in LANGUAGES])
    return files


def differences(files: dict[str, str], directory: Path) -> list[str]:
    problems = []
    for name, contents in files.items():
        path = directory / name
        if not path.is_file():
            problems.append(f"{path}: missing")
        elif path.read_bytes() != contents.encode():
            problems.append(f"{path}: differs from what the generator writes")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=DATA_DIR)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args()

    files = data_files(options.seed)
    if options.check:
        problems = differences(files, options.output)
        print("\n".join(problems) or f"{len(files)} files as generated", file=sys.stderr)
        return 1 if problems else 0
    for name, contents in files.items():
        path = options.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents.encode())
        print(f"{len(contents.encode()):9,d} bytes  {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
