"""Scores mutated programs with codebleu 0.6.0 and with `evaluate codebleu`, and reports every difference.

usage: fuzz_codebleu.py [--evaluate build/bin/evaluate] [--seed N] [--pairs N] [--hash-seeds N ...] [--languages ID ...]
                        [--texts FILE.jsonl ...]
The pairs are dealt out to the hash seeds. --texts adds programs to mutate: rows with `language` and `reference` (and
`prediction`). Run it in the codebleu environment; one of Python 3.10 or before compares with `--pyhash 2-4`.
Pairs that Quartet gives up (tree-sitter's error recovery would not end, or nested loops) are tried with the package too,
which should not return. A pair on which the package alone does not return counts as a difference.
"""
import argparse
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", category=FutureWarning)
logging.disable(logging.WARNING)

from codebleu import calc_codebleu  # noqa: E402
from codebleu_programs import EDGES, PROGRAMS  # noqa: E402
from codebleu_traps import TRAPS  # noqa: E402

COMPONENTS = ("codebleu", "ngram_match_score", "weighted_ngram_match_score", "syntax_match_score", "dataflow_match_score")
SCORE = "--score"  # of a child process: scores the rows on its standard input under its own hash seed
PROGRAM_WEIGHT = 10  # beside the cases of goldens, which are short
LIMIT_SECONDS = 30  # a pair takes milliseconds
SNIPPETS = [
    "# c\n", "#", '"""doc"""', '\n"x"\n', "'", '"', "'''", "\\\n", "\\", "\t", "\u00a0", "\u2581", "é", "É", "ß", "\u05b0", "中", "🙂", "//x\n", "/* y */", "/*",
    "*/", "\n", "\r\n", "\r", "(", ")", "[", "]", "{", "}", ";", ":", "if x :\n    y = 1\n", "else :", "elif y :\n", "x , y = y , x",
    "for i in range ( 3 ) :\n\tx += i\nelse :\n\tx = 2\n", "while ( a < b ) { a ++ ; b = a ; }", "a [ i ] = b [ j ]", 'f"{x}"', "x . y = 's'",
    "for ( int i = 0 ; i < n ; i ++ ) { s += i ; }", "for ( let i = 0 ; i < n ; i ++ ) { s += i ; }", "for ( int v : vs ) { t = v ; }",
    "do { a = b ; } while ( a ) ;", "if ( a ) { b = c ; } else { b = d ; }", "if ( a ) b = c ; else if ( d ) b = e ; else b = f ;",
    "lambda q , z = 3 : q", "[ p for p in q if p for r in p ]", "class A :\n    '''d'''\n    def f ( self , k = 2 ) :\n        return k\n",
    "#define X 1\n", "#include <a>\n", "`a${b}`", "/re/g", "let { a , b = 2 } = c ;", "a => a + 1", "int x = 1 , y = x ;", "x = y = z ;", "-- j",
    "switch ( a ) { case 1 : b = 2 ; break ; default : b = 3 ; }", "match x :\n    case 1 :\n        y = 2\n", "( y := x )", "$", "?", "!", "\x0c",
    "\x1c", "\x85", "\u3000", "1'000", 'R"(x)"', 'rb"q"', "\ufeff", "\x00", "x = y", "x += y ;", "i ++", "else", "end", "return x", ","]
OWN_SNIPPETS = {
    "c_sharp": ["foreach ( var v in vs ) { s = v ; }", "int a = b , c ;", "a ++ ;", '$"{x}"', '@"c:\\"', "fixed int a [ 3 ] = b ;", "x ?? y", "#if A\n", "var"],
    "php": ["<?php ", "?>", "foreach ($a as $x) { $s = $x; }", "foreach ($a as $k => $v)", "for ($i = 0; $i < 3; $i++) $s .= $i;", "$x = $y;", "$a->b",
            "elseif ($x)", "else { $y = $x; }", "if ($a):", "endif;", "endforeach;", '"a $x {$y}"', "<<<E\n $x\nE;\n", "function ($a, $b = 1) use (&$c) {", "$", "$i++", "=>"],
    "go": ["for i := 0 ; i < n ; i ++ { s = i }", "for a < b { a = b }", "var a , b = c , d", "a , b = b , a", ":=", "i ++", "`raw`", "func ( a int ) {", "range", "update ;",
           "if x = y ; x > 0 { z = x } else { z = y }", "<- ch", "switch x { case 1 : y = x }"],
    "ruby": ["for i in a do b = i end", "for i , j in a\n s += i\nend\n", "until a do a = b end", "x = y while z", "x = 1 if y", "unless a\n b = c\nelse\n b = d\nend\n", "elsif x\n",
             "case a\nwhen 1 then b = a\nelse b = c\nend\n", "def f a:, b: 1\n", "def f ( a: , b: a )\n", "do | x , y = 1 |", "a , b = b , a", "a , b , c = \"x\"", "x ||= y", "#{", "#{x}", "<<~E\n",
             "E\n", "=begin\n", "=end\n", ":sym", "%w[a b]", "/re/", "->(x) {", "?a", "__END__\n", "when 2 then", "@a", "then", "do", "a . b = \"x\""],
    "rust": ["let mut a = b ;", "if let Some ( a ) = b { c = a ; } else { c = d ; }", "match a { 1 => b = c , _ => d }", "loop { a = b ; b = a ; }", "while let Some ( a ) = b { c = a ; }",
             "for i in a { s += i ; }", "fn f ( a : i32 ) -> b { c }", "pub fn", "fn f < T > ( ) { }", "'a", "&mut", "r#\"x\"#", "b'x'", "| a | a", "m ! ( a )", "#[a]\n", "=>", "-> T", "impl A { }"],
}


def mutate(text, language, texts, rng):
    snippets = SNIPPETS if rng.random() < 0.5 else OWN_SNIPPETS.get(language, SNIPPETS)
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6])):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.randrange(1, 30))
        kind = rng.randrange(10)
        if kind == 0:
            text = text[:start]
        elif kind == 1:
            text = text[:start] + text[end:]
        elif kind in (2, 3):
            text = text[:start] + rng.choice(snippets) + text[start:]
        elif kind == 4:
            text = text[:start] + text[start:end] * 2 + text[end:]
        elif kind == 5:
            text = text[:start] + " " + rng.choice(snippets) + " " + text[start:]
        elif kind == 6:
            text = text.replace(" NEW_LINE ", "\n").replace(" INDENT ", "\n    ").replace(" DEDENT ", "\n")
        elif kind == 7:
            other = rng.choice(texts)
            begin = rng.randrange(len(other) + 1)
            text = text[:start] + other[begin:begin + rng.randrange(1, 80)] + text[start:]
        else:
            words = text.split(" ")
            words[rng.randrange(len(words))] = rng.choice(words)
            text = " ".join(words)
    return text


def programs(paths):
    texts = {language: own * PROGRAM_WEIGHT + [text for pair in EDGES for text in pair] for language, own in PROGRAMS.items()}
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
        known = texts[language]
        base = rng.choice(known)
        references = [mutate(base, language, known, rng) for _ in range(rng.choice([2, 2, 3]) if rng.random() < 0.15 else 1)]
        prediction = mutate(base if rng.random() < 0.8 else rng.choice(known), language, known, rng)
        rows.append({"id": number, "language": language, "prediction": prediction, "reference": references})
    return rows


def score_child():
    """One line a row, at once; dies of an alarm where the package does not return."""
    for row in json.load(sys.stdin):
        signal.alarm(LIMIT_SECONDS)
        values = calc_codebleu([row["reference"]], [row["prediction"]], lang=row["language"])
        print(json.dumps([values[name] for name in COMPONENTS]), flush=True)


def package_scores(rows, hash_seed):
    """Five numbers a row; None where the package does not return."""
    scores = []
    while len(scores) < len(rows):
        child = subprocess.run([sys.executable, __file__, SCORE], input=json.dumps(rows[len(scores):]), stdout=subprocess.PIPE, text=True,
                               check=False, env=dict(os.environ, PYTHONHASHSEED=str(hash_seed)))
        scores += [json.loads(line) for line in child.stdout.splitlines()]
        if child.returncode == -signal.SIGALRM:
            scores.append(None)
        elif child.returncode != 0:
            sys.exit(f"the package failed on {json.dumps(rows[len(scores)])}")
    return scores


def quartet_scores(evaluate, rows, hash_seed):
    """Five numbers a row; None where it gives up."""
    pyhash = ["--pyhash", "2-4"] if sys.hash_info.algorithm == "siphash24" else []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        subprocess.run([evaluate, "codebleu", "--predictions", file, "--output", Path(folder) / "out", "--mode", "compat", "--hashseed",
                        str(hash_seed), *pyhash, "--no-guard", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        lines = (Path(folder) / "out" / "scores_per_sample.jsonl").read_text(encoding="utf-8").split("\n")
    scored = [json.loads(line) for line in lines if line]
    assert [row["id"] for row in scored] == [row["id"] for row in rows]
    return [None if row["dataflow_match_score"] is None else [row[name] for name in COMPONENTS] for row in scored]


def compare(rows, own_scores, peer_scores, hash_seed):
    """Prints each difference; (different, bit-equal) of these rows."""
    num_different = num_bit_equal = 0
    for row, own, peer in zip(rows, own_scores, peer_scores, strict=True):
        num_bit_equal += own == peer
        if peer is None or any(abs(a - b) > 1e-12 for a, b in zip(own, peer, strict=True)):
            num_different += 1
            print(json.dumps({**row, "hash_seed": hash_seed, "own": own, "peer": peer}), flush=True)
    return num_different, num_bit_equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluate", default="build/bin/evaluate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--hash-seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--languages", nargs="*", default=list(PROGRAMS))
    parser.add_argument("--texts", nargs="*", default=[])
    arguments = parser.parse_args()
    texts = {language: known for language, known in programs(arguments.texts).items() if language in arguments.languages}
    rows = make_rows(texts, arguments.pairs, random.Random(arguments.seed))
    share = -(-len(rows) // len(arguments.hash_seeds))
    num_given_up = num_returned = num_different = num_bit_equal = 0
    for part, hash_seed in enumerate(arguments.hash_seeds):
        dealt = rows[part * share:(part + 1) * share]
        own = quartet_scores(arguments.evaluate, dealt, hash_seed)
        kept = [i for i, scores in enumerate(own) if scores is not None]
        given_up = [row for row, scores in zip(dealt, own, strict=True) if scores is None]
        num_given_up += len(given_up)
        num_returned += sum(scores is not None for scores in package_scores(given_up, hash_seed))
        dealt = [dealt[i] for i in kept]
        different, bit_equal = compare(dealt, [own[i] for i in kept], package_scores(dealt, hash_seed), hash_seed)
        num_different += different
        num_bit_equal += bit_equal
    print(f"{len(rows)} pairs, seed {arguments.seed}, hash seeds {arguments.hash_seeds}: {num_different} differ, {num_bit_equal} bit-equal, "
          f"{num_given_up} given up (the package returns on {num_returned} of them)")
    sys.exit(num_different > 0)


if __name__ == "__main__":
    score_child() if SCORE in sys.argv else main()
