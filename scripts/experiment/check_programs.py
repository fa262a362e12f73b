"""Runs a sample of the tasks in all four languages and compares what they print.

    python3 scripts/experiment/check_programs.py --tasks 60

Languages whose toolchain is missing are left out, by name. Exit 1 if any two outputs differ.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from make_data import DATA_DIR
from program import LANGUAGES, SPELLING
from task import run_python

NEEDS = {"python": (), "java": ("javac", "java"), "javascript": ("node",), "cpp": ("g++",)}
SEPARATOR = "\x1e"  # printed between the programs of a batch


def load_programs(split: str, language: str) -> dict[int, str]:
    if split == "test":
        rows = map(json.loads, (DATA_DIR / "test/references.jsonl").read_text(encoding="utf-8").splitlines())
        return {i: r["reference"] for i, r in enumerate(r for r in rows if r["language"] == language)}
    rows = map(json.loads, (DATA_DIR / f"{split}/{language}.jsonl").read_text(encoding="utf-8").splitlines())
    return {row["id"]: row["code"] for row in rows}


def run(command: list[str], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:3])} … failed:\n{done.stderr[:2000]}")
    return done.stdout


def run_java(codes: list[str], folder: Path) -> list[str]:
    """One javac and one java for all: each program's class is renamed, a driver calls one after the other."""
    calls = []
    for i, code in enumerate(codes):
        (folder / f"Main{i}.java").write_text(code.replace("public class Main {", f"public class Main{i} {{"))
        calls.append(f"Main{i}.main(args); System.out.print('\\u001e');")
    driver = "public class All { public static void main(String[] args) { %s } }" % "\n".join(calls)
    (folder / "All.java").write_text(driver)
    run(["javac", *(f"Main{i}.java" for i in range(len(codes))), "All.java"], folder)
    return run(["java", "All"], folder).split(SEPARATOR)[:-1]


def run_javascript(codes: list[str], folder: Path) -> list[str]:
    blocks = [f"{{\n{code}\n}}\nprocess.stdout.write('\\x1e');\n" for code in codes]
    (folder / "all.js").write_text("".join(blocks))
    return run(["node", "all.js"], folder).split(SEPARATOR)[:-1]


def run_cpp(codes: list[str], folder: Path) -> list[str]:
    """One translation unit: each program in a name space of its own, its main called from the real one."""
    headers = sorted({line for code in codes for line in code.split("\n") if line.startswith("#include")})
    parts = headers + ["using namespace std;"]
    for i, code in enumerate(codes):
        body = [line for line in code.split("\n") if not line.startswith(("#include", "using namespace"))]
        parts += [f"namespace program{i} {{", *body, "}"]
    calls = " ".join(f"program{i}::main(); cout << '\\x1e';" for i in range(len(codes)))
    parts.append(f"int main() {{ {calls} }}")
    (folder / "all.cpp").write_text("\n".join(parts))
    run(["g++", "-std=c++17", "-O0", "all.cpp", "-o", "all"], folder)
    return run([str(folder / "all")], folder).split(SEPARATOR)[:-1]


def outputs(language: str, codes: list[str]) -> list[str]:
    if language == "python":
        return [run_python(code) for code in codes]
    runner = {"java": run_java, "javascript": run_javascript, "cpp": run_cpp}[language]
    with tempfile.TemporaryDirectory() as folder:
        return runner(codes, Path(folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=60, help="how many, evenly spread (default 60)")
    parser.add_argument("--split", choices=("train", "calibration", "test"), default="train")
    options = parser.parse_args()

    present = [lang for lang in LANGUAGES if all(shutil.which(tool) for tool in NEEDS[lang])]
    for language in sorted(set(LANGUAGES) - set(present)):
        print(f"{SPELLING[language]} left out: needs {' and '.join(NEEDS[language])}", file=sys.stderr)
    programs = {language: load_programs(options.split, language) for language in present}
    ids = sorted(programs["python"])
    ids = ids[:: max(1, len(ids) // options.tasks)][: options.tasks]
    printed = {language: outputs(language, [programs[language][i] for i in ids]) for language in present}

    bad = 0
    for row, i in enumerate(ids):
        expected = printed["python"][row]
        for language in present:
            if printed[language][row] != expected:
                bad += 1
                print(f"task {i}: {language} prints {printed[language][row]!r}, python {expected!r}", file=sys.stderr)
    names = ", ".join(SPELLING[language] for language in present)
    print(f"{len(ids)} tasks of {options.split} in {names}: {bad} outputs differ", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
