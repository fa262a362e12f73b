"""Hashes of strings and orders of sets of real Pythons under several hash seeds: tests/golden/python_sets.

usage: make_python_sets.py PYTHON ...
Give it at least one interpreter from 3.11 on (SipHash-1-3) and one from 3.7 to 3.10 (SipHash-2-4).
"""
import json
import os
import random
import subprocess
import sys

from common import GOLDEN, fresh_directory, write_jsonl, write_provenance

SEED = 7
HASH_SEEDS = [0, 1, 42, 65535, 65536, 2147483648, 4294967295]
WORDS = ["", "a", "ab", "abc", "abcdefg", "abcdefgh", "abcdefghi", "x" * 64, "größe", "ÿ", "Ā", "▁", "重み", "\uffff", "🙂", "🙂 x", "\x00"]
SET_SIZES = [2, 3, 4, 5, 6, 9, 12, 13, 20, 39, 70, 300]

# Runs in the interpreters that are given.
CHILD = """
import json, sys
words, lists = json.loads(sys.stdin.read())
mask = (1 << 64) - 1
print(json.dumps([sys.version.split()[0], sys.hash_info.algorithm, [hash(word) & mask for word in words],
                  [list(set(items)) for items in lists]]))
"""


def ask(python, hash_seed, lists):
    child = subprocess.run([python, "-c", CHILD], input=json.dumps([WORDS, lists]), capture_output=True, text=True, check=True,
                           env=dict(os.environ, PYTHONHASHSEED=str(hash_seed)))
    return json.loads(child.stdout)


def main():
    directory = fresh_directory(GOLDEN / "python_sets")
    rng = random.Random(SEED)
    lists = [[f"v{rng.randrange(2 * size + 900)}" for _ in range(size)] for size in SET_SIZES for _ in range(2)]
    versions, hashes, orders = {}, [], []
    for python in sys.argv[1:]:
        for hash_seed in HASH_SEEDS:
            version, algorithm, values, sets = ask(python, hash_seed, lists)
            if algorithm in versions and versions[algorithm] != version:  # a further Python of its kind must agree
                known = [row for row in hashes if row["algorithm"] == algorithm and row["hash_seed"] == hash_seed]
                assert [row["hash"] for row in known] == [str(value) for value in values], (version, hash_seed)
                known = [row for row in orders if row["algorithm"] == algorithm and row["hash_seed"] == hash_seed]
                assert [row["set"] for row in known] == sets, (version, hash_seed)
                continue
            versions[algorithm] = version
            hashes += [{"algorithm": algorithm, "hash_seed": hash_seed, "text": word, "hash": str(value)}
                       for word, value in zip(WORDS, values, strict=True)]
            orders += [{"algorithm": algorithm, "hash_seed": hash_seed, "items": items, "set": found}
                       for items, found in zip(lists, sets, strict=True)]
    assert set(versions) == {"siphash13", "siphash24"}, f"both kinds of Python are needed, got {versions}"
    write_jsonl(directory / "hashes.jsonl", hashes)
    write_jsonl(directory / "orders.jsonl", [row for row in orders if row["hash_seed"] in (0, 4294967295)])
    sys.argv = sys.argv[:1] + ["PYTHON ..."]
    write_provenance(directory, [], SEED, {"pythons": versions, "hash_seeds": HASH_SEEDS})


if __name__ == "__main__":
    main()
