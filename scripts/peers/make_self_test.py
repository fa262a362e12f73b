"""Writes the vectors that `evaluate doctor` checks, taken from tests/golden/codebleu: two of each language."""
import json

from common import GOLDEN

COMPONENTS = ("ngram_match_score", "weighted_ngram_match_score", "syntax_match_score", "dataflow_match_score")
TARGET = GOLDEN.parent.parent / "src" / "eval" / "self_test_vectors.inc"
PER_LANGUAGE = 2


def literal(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main():
    rows = [json.loads(line) for line in (GOLDEN / "codebleu" / "vectors.jsonl").read_text(encoding="utf-8").split("\n") if line]
    lines = ["// Written by scripts/peers/make_self_test.py from values of codebleu 0.6.0."]
    for language in dict.fromkeys(row["language"] for row in rows):
        telling = [row for row in rows if row["language"] == language and len(row["references"]) == 1
                   and all(0 < row[name] < 1 for name in COMPONENTS) and (row["prediction"] + row["references"][0]).isascii()]
        telling.sort(key=lambda row: sum(abs(row[name] - 0.5) for name in COMPONENTS))
        for row in telling[:PER_LANGUAGE]:
            lines += [f"{{{literal(language)},", f" {literal(row['prediction'])},", f" {literal(row['references'][0])},",
                      f" {{{', '.join(repr(row[name]) for name in ('codebleu', *COMPONENTS))}}}}},"]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET}: {(len(lines) - 1) // 4} vectors")


if __name__ == "__main__":
    main()
