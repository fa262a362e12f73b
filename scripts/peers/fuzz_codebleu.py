"""Scores mutated programs with codebleu 0.6.0 and with `evaluate codebleu`, and reports every difference.

usage: fuzz_codebleu.py [--evaluate build/bin/evaluate] [--seed N] [--pairs N] [--texts FILE.jsonl ...]
--texts adds programs to mutate: rows with `language` and `reference` (and `prediction`). Run it in the codebleu environment.
Pairs that Quartet gives up (tree-sitter's error recovery would not end) are left out: the package would never return.
"""
import argparse
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, *sys.argv], dict(os.environ, PYTHONHASHSEED="0"))
warnings.filterwarnings("ignore", category=FutureWarning)
logging.disable(logging.WARNING)

from codebleu import calc_codebleu  # noqa: E402
from codebleu_programs import EDGES, PROGRAMS  # noqa: E402
from codebleu_traps import TRAPS  # noqa: E402

COMPONENTS = ("codebleu", "ngram_match_score", "weighted_ngram_match_score", "syntax_match_score", "dataflow_match_score")
SNIPPETS = [
    "# c\n", "#", '"""doc"""', '\n"x"\n', "'", '"', "'''", "\\\n", "\\", "\t", "\u00a0", "\u2581", "é", "中", "🙂", "//x\n", "/* y */", "/*",
    "*/", "\n", "\r\n", "\r", "(", ")", "[", "]", "{", "}", ";", ":", "if x :\n    y = 1\n", "else :", "elif y :\n", "x , y = y , x",
    "for i in range ( 3 ) :\n\tx += i\nelse :\n\tx = 2\n", "while ( a < b ) { a ++ ; b = a ; }", "a [ i ] = b [ j ]", 'f"{x}"', "x . y = 's'",
    "for ( int i = 0 ; i < n ; i ++ ) { s += i ; }", "for ( let i = 0 ; i < n ; i ++ ) { s += i ; }", "for ( int v : vs ) { t = v ; }",
    "do { a = b ; } while ( a ) ;", "if ( a ) { b = c ; } else { b = d ; }", "if ( a ) b = c ; else if ( d ) b = e ; else b = f ;",
    "lambda q , z = 3 : q", "[ p for p in q if p for r in p ]", "class A :\n    '''d'''\n    def f ( self , k = 2 ) :\n        return k\n",
    "#define X 1\n", "#include <a>\n", "`a${b}`", "/re/g", "let { a , b = 2 } = c ;", "a => a + 1", "int x = 1 , y = x ;", "x = y = z ;", "-- j",
    "switch ( a ) { case 1 : b = 2 ; break ; default : b = 3 ; }", "match x :\n    case 1 :\n        y = 2\n", "( y := x )", "$", "?", "!", "\x0c",
    "\x1c", "\x85", "\u3000", "1'000", 'R"(x)"', 'rb"q"', "\ufeff", "\x00"]


def mutate(text, rng):
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6])):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.randrange(1, 30))
        kind = rng.randrange(8)
        if kind == 0:
            text = text[:start]
        elif kind == 1:
            text = text[:start] + text[end:]
        elif kind in (2, 3):
            text = text[:start] + rng.choice(SNIPPETS) + text[start:]
        elif kind == 4:
            text = text[:start] + text[start:end] * 2 + text[end:]
        elif kind == 5:
            text = text[:start] + " " + rng.choice(SNIPPETS) + " " + text[start:]
        elif kind == 6:
            text = text.replace(" NEW_LINE ", "\n").replace(" INDENT ", "\n    ").replace(" DEDENT ", "\n")
        else:
            words = text.split(" ")
            words[rng.randrange(len(words))] = rng.choice(words)
            text = " ".join(words)
    return text


def programs(paths):
    texts = {language: [*own, *(text for pair in EDGES for text in pair)] for language, own in PROGRAMS.items()}
    for language, _, prediction, references in TRAPS:
        texts[language] += [text for text in (prediction, *references) if len(text) < 1500]
    for path in paths:
        for line in Path(path).read_text(encoding="utf-8").split("\n"):
            row = json.loads(line) if line else {}
            if row.get("language") in texts:
                texts[row["language"]] += [row[field][:1500] for field in ("reference", "prediction") if field in row]
    return texts


def make_rows(texts, num_pairs, rng):
    rows = []
    for number in range(num_pairs):
        language = list(texts)[number % len(texts)]
        base = rng.choice(texts[language])
        references = [mutate(base, rng) for _ in range(2 if rng.random() < 0.15 else 1)]
        prediction = mutate(base if rng.random() < 0.8 else rng.choice(texts[language]), rng)
        rows.append({"id": number, "language": language, "prediction": prediction, "reference": references})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluate", default="build/bin/evaluate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--texts", nargs="*", default=[])
    arguments = parser.parse_args()
    rows = make_rows(programs(arguments.texts), arguments.pairs, random.Random(arguments.seed))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        subprocess.run([arguments.evaluate, "codebleu", "--predictions", file, "--output", Path(folder) / "out", "--mode", "compat",
                        "--no-guard", "--quiet"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        scored = [json.loads(line) for line in (Path(folder) / "out" / "scores_per_sample.jsonl").read_text(encoding="utf-8").split("\n") if line]
    num_given_up = num_different = num_bit_equal = 0
    for row, own in zip(rows, scored, strict=True):
        if own["dataflow_match_score"] is None:
            num_given_up += 1
            continue
        peer = calc_codebleu([row["reference"]], [row["prediction"]], lang=row["language"])
        num_bit_equal += all(own[name] == peer[name] for name in COMPONENTS)
        if any(abs(own[name] - peer[name]) > 1e-12 for name in COMPONENTS):
            num_different += 1
            print(json.dumps({**row, "own": [own[name] for name in COMPONENTS], "peer": [peer[name] for name in COMPONENTS]}))
    print(f"{len(rows)} pairs, seed {arguments.seed}: {num_different} differ, {num_bit_equal} bit-equal, {num_given_up} given up")
    sys.exit(num_different > 0)


if __name__ == "__main__":
    main()
