#!/usr/bin/env python3
"""Speed of `evaluate codebleu` beside codebleu 0.6.0: the same rows, one core, both sides in turn in one sitting.

usage: bench_codebleu.py ROWS.jsonl [--bin build/bin] [--repeats 3] [--core 0]

Rows: `id`, `language`, `prediction`, `reference` (a string), as `evaluate codebleu --predictions` reads them. Run by the Python
of quartet-peers-codebleu. Prints for every repeat and every way of running it the pairs a second and the ratio to the Python
package in the same repeat. The package is timed in CPU seconds over its calls alone (no reading); `evaluate` by its own line
(reading and the guard's first pass included) and as a whole process in CPU seconds (reports and intervals too).
Needs `evaluate`, and `code_bleu_bench` (-DQUARTET_BENCH=ON) for the time of parsing alone.
"""
import argparse
import json
import logging
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

WAYS = (("compat", 1), ("strict", 1), ("both", 1), ("compat", 2))


def peer_rate(rows):
    """Pairs per CPU second of the Python package, with a warm-up on the first rows."""
    from codebleu import calc_codebleu
    logging.disable(logging.WARNING)
    for row in rows[:5]:
        calc_codebleu([row["reference"]], [row["prediction"]], row["language"])
    start = time.process_time()
    for row in rows:
        calc_codebleu([row["reference"]], [row["prediction"]], row["language"])
    return len(rows) / (time.process_time() - start)


def child_cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def our_rates(args, mode, threads, num_rows):
    """Pairs a second as `evaluate` says it, and of the whole process per CPU second."""
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder:
        before = child_cpu_seconds()
        run = subprocess.run(
            [f"{args.bin}/evaluate", "codebleu", "--predictions", args.rows, "--output", f"{folder}/scores", "--mode", mode,
             "--threads", str(threads), "--no-guard"], capture_output=True, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores if threads > 1 else {args.core}))
        if run.returncode != 0:
            sys.exit(f"evaluate failed:\n{run.stderr}")
        whole = num_rows / (child_cpu_seconds() - before)
    return int(re.search(r"([0-9]+) pairs/s on", run.stderr + run.stdout).group(1)), whole


def parse_rate(args):
    """Pairs per CPU second when the two texts of a pair are parsed and nothing else."""
    program = f"{args.bin}/code_bleu_bench"
    if not os.path.exists(program):
        return None
    run = subprocess.run(["taskset", "-c", str(args.core), program, args.rows, "1", "parse"], capture_output=True, text=True,
                         check=True)
    return json.loads(run.stdout)["pairs/s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    args = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    rows = [json.loads(line) for line in open(args.rows)]
    all_cores = os.sched_getaffinity(0)
    for repeat in range(args.repeats):
        os.sched_setaffinity(0, {args.core})
        peer = peer_rate(rows)
        os.sched_setaffinity(0, all_cores)
        print(f"{repeat + 1}: codebleu 0.6.0        {peer:7.0f} pairs/s  1.0")
        for mode, threads in WAYS:
            rate, whole = our_rates(args, mode, threads, len(rows))
            print(f"{repeat + 1}: {mode}, {threads} thread{'s' if threads > 1 else ' '}    {rate:9d} pairs/s {rate / peer:5.1f}"
                  f"   whole process {whole:5.0f} a CPU second, {whole / peer:.1f}")
        parsing = parse_rate(args)
        if parsing:
            print(f"{repeat + 1}: parsing alone         {parsing:7.0f} pairs/s {parsing / peer:5.1f}", flush=True)


if __name__ == "__main__":
    main()
