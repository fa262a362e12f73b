"""Pairs of programs scored by codebleu 0.6.0 at hash seed 0 and some others: tests/golden/codebleu. Run it in the codebleu environment."""
import json
import logging
import os
import random
import re
import signal
import subprocess
import sys
import warnings

SCORE = "--score"  # of a child process: scores the rows on its standard input under its own hash seed
if os.environ.get("PYTHONHASHSEED") != "0" and SCORE not in sys.argv:  # data-flow values depend on the order of Python's sets
    os.execve(sys.executable, [sys.executable, *sys.argv], dict(os.environ, PYTHONHASHSEED="0"))
warnings.filterwarnings("ignore", category=FutureWarning)
logging.disable(logging.WARNING)  # "no reference data-flows": known, and kept as the value 0

from codebleu import calc_codebleu  # noqa: E402
from codebleu_programs import EDGES, PROGRAMS  # noqa: E402
from codebleu_traps import TRAPS  # noqa: E402
from common import GOLDEN, fresh_directory, write_jsonl, write_provenance  # noqa: E402

SEED = 19
HASH_SEEDS = [1, 42, 4294967295]  # beside 0
MUTANTS = {"python": 6, "java": 6, "javascript": 6, "cpp": 6}  # of every program
FEWER_MUTANTS = 4
LIMIT_SECONDS = 10  # a pair takes milliseconds
COMPONENTS = ("codebleu", "ngram_match_score", "weighted_ngram_match_score", "syntax_match_score", "dataflow_match_score")


def rename(text, rng):
    words = sorted(set(re.findall(r"\b[a-z]\w*\b", text)))
    return re.sub(rf"\b{rng.choice(words)}\b", rng.choice(["zeta", "k", "value_2"]), text)


def delete_token(text, rng):
    parts = re.split(r"(\s+)", text)
    del parts[rng.randrange(len(parts))]
    return "".join(parts)


def swap_lines(text, rng):
    separator = "\n" if text.count("\n") > 1 else "; "
    parts = text.split(separator)
    i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
    parts[i], parts[j] = parts[j], parts[i]
    return separator.join(parts)


def cut(text, rng):
    return text[:rng.randint(1, len(text))]


def double(text, rng):
    return text + "\n" + cut(text, rng)


def change_number(text, rng):
    return re.sub(r"\d+", str(rng.randrange(1000)), text, count=1)


def space_out(text, rng):
    return re.sub(r"([(){};,])", r" \1 ", text)


MUTATIONS = [rename, delete_token, swap_lines, cut, double, change_number, space_out]


def pairs(programs, num_mutants, rng):
    """(prediction, list of references): equal, mutated up to three times, another program, several references."""
    for index, program in enumerate(programs):
        yield program, [program]
        for _ in range(num_mutants):
            mutant = program
            for mutation in rng.choices(MUTATIONS, k=rng.randint(1, 3)):
                mutant = mutation(mutant, rng) or program
            yield mutant, [program]
        other = programs[(index + 3) % len(programs)]
        yield other, [program]
        yield rename(program, rng), [program, delete_token(other, rng), cut(program, rng)]
    for prediction, reference in EDGES:
        yield prediction, [reference]


def score(language, references, predictions):
    values = calc_codebleu(references, predictions, lang=language)
    return {name: float(values[name]) for name in COMPONENTS}


def returns(language, references, prediction):
    """False where the package never comes back: tree-sitter's JavaScript 0.20.3 loops for ever over `{if(x{}else(x`."""
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT_SECONDS)
        score(language, [references], [prediction])
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def score_child():
    rows = json.load(sys.stdin)
    json.dump([score(row["language"], [row["references"]], [row["prediction"]]) for row in rows], sys.stdout)


def rows_that_depend_on_the_seed(rows):
    """The rows again under other hash seeds, where their score is then another one."""
    found = []
    for hash_seed in HASH_SEEDS:
        child = subprocess.run([sys.executable, __file__, SCORE], input=json.dumps(rows), capture_output=True, text=True, check=True,
                               env=dict(os.environ, PYTHONHASHSEED=str(hash_seed)))
        for row, values in zip(rows, json.loads(child.stdout), strict=True):
            if values["dataflow_match_score"] != row["dataflow_match_score"]:
                found.append({**row, **values, "hash_seed": hash_seed})
    return found


def main():
    directory = fresh_directory(GOLDEN / "codebleu")
    rng = random.Random(SEED)
    rows, pooled, endless = [], {}, []
    for language, programs in PROGRAMS.items():
        made = []
        for prediction, references in pairs(programs, MUTANTS.get(language, FEWER_MUTANTS), rng):
            if returns(language, references, prediction):
                made.append((prediction, references))
            else:
                endless.append({"language": language, "prediction": prediction, "references": references})
        rows += [{"language": language, "prediction": prediction, "references": references,
                  **score(language, [references], [prediction])} for prediction, references in made]
        single = [(prediction, references) for prediction, references in made if len(references) == 1]
        pooled[language] = {"pairs": len(single), **score(
            language, [references for _, references in single], [prediction for prediction, _ in single])}
    write_jsonl(directory / "vectors.jsonl", rows)
    write_jsonl(directory / "pooled.jsonl", [{"language": language, **values} for language, values in pooled.items()])
    write_jsonl(directory / "endless.jsonl", endless)
    traps = [{"language": language, "name": name, "prediction": prediction, "references": references,
              **score(language, [references], [prediction])} for language, name, prediction, references in TRAPS]
    write_jsonl(directory / "traps.jsonl", traps)
    seeded = rows_that_depend_on_the_seed([row for row in rows + traps if len(row["prediction"]) < 1000])
    write_jsonl(directory / "hash_seeds.jsonl", seeded)
    write_provenance(directory, ["codebleu", "tree-sitter"], SEED,
                     {"hash_seeds": [0, *HASH_SEEDS], "vectors": len(rows), "endless": len(endless), "traps": len(traps), "seeded": len(seeded)})
    print(len(rows), "scored,", len(endless), "endless,", len(traps), "traps,", len(seeded), "depend on the seed")


if __name__ == "__main__":
    score_child() if SCORE in sys.argv else main()
