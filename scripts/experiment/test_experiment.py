"""Tests of the generator. Standard library only:

python3 -m unittest discover -s scripts/experiment -p 'test_*.py'
"""

import json
import unittest

from base_documents import draw_row
from families import FAMILIES
from make_data import DATA_DIR, SEED, data_files, differences
from program import LANGUAGES, print_program
from program.tree import Bin, Both, Cmp, Either, Num, Print, Program, Var
from stream import Stream
from task import endless_base_tasks, run_python

A, B, C = Var("a"), Var("b"), Var("c")


def printed(expr, language: str) -> str:
    """The text of one expression."""
    return print_program(Program((Print(expr),)), language)


class Brackets(unittest.TestCase):
    def test_only_where_needed(self):
        cases = {
            "a - b + c": Bin("+", Bin("-", A, B), C),
            "a - (b + c)": Bin("-", A, Bin("+", B, C)),
            "a - (b - c)": Bin("-", A, Bin("-", B, C)),
            "a + b * c": Bin("+", A, Bin("*", B, C)),
            "(a + b) * c": Bin("*", Bin("+", A, B), C),
            "a % (b * c)": Bin("%", A, Bin("*", B, C)),
        }
        for text, expr in cases.items():
            self.assertEqual(printed(expr, "python"), f"print({text})")
            self.assertEqual(printed(expr, "javascript"), f"console.log({text});")

    def test_logic(self):
        expr = Both(Cmp(">", A, Num(1)), Either(Cmp("<", B, Num(2)), Cmp("==", C, Num(3))))
        self.assertEqual(printed(expr, "python"), "print(a > 1 and (b < 2 or c == 3))")
        self.assertEqual(printed(expr, "javascript"), "console.log(a > 1 && (b < 2 || c === 3));")

    def test_integer_division(self):
        expr = Bin("*", Bin("//", A, Num(10)), B)
        self.assertEqual(printed(expr, "python"), "print(a // 10 * b)")
        self.assertEqual(printed(expr, "javascript"), "console.log(Math.floor(a / 10) * b);")
        self.assertEqual(printed(expr, "cpp").split("\n")[3], "  cout << a / 10 * b << endl;")


class Families(unittest.TestCase):
    def test_count(self):
        self.assertEqual(len(FAMILIES), 19)
        self.assertEqual(sum(len(f.structures) for f in FAMILIES.values()), 878)
        self.assertEqual(sum(f.in_base for f in FAMILIES.values()), 11)

    def test_every_structure_runs_in_python_and_is_written_in_every_language(self):
        for family in FAMILIES.values():
            self.assertEqual(len(set(family.structures)), len(family.structures))
            for structure in family.structures:
                description, program = family.build(tuple(structure.split(".")), Stream("test", structure))
                self.assertNotIn("{", description)
                self.assertNotIn("  ", description)
                for language in LANGUAGES:
                    self.assertTrue(print_program(program, language))
                run_python(print_program(program, "python"))  # an error in a program is an error here

    def test_split_keeps_both_sides_apart(self):
        held_out = sum(len(f.select(True)) for f in FAMILIES.values())
        for family in FAMILIES.values():
            self.assertFalse(set(family.select(True)) & set(family.select(False)))
        self.assertTrue(140 <= held_out <= 210, held_out)


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = data_files(SEED)

    def structures(self, text: str, column: int = 1) -> set[tuple[str, ...]]:
        return {tuple(line.split(",")[column:]) for line in text.splitlines()[1:]}

    def test_the_committed_files_are_what_the_generator_writes(self):
        self.assertEqual(differences(self.files, DATA_DIR), [])

    def test_no_test_structure_is_trained_on(self):
        trained = self.structures(self.files["train/tasks.csv"]) | self.structures(self.files["calibration/tasks.csv"])
        base = endless_base_tasks(False, Stream("any"))
        trained |= {(t.family, t.structure) for t, _ in zip(base, range(2000))}
        rows = [json.loads(line) for line in self.files["test/prompts.jsonl"].splitlines()]
        tested = {(row["family"], row["structure"]) for row in rows}
        self.assertFalse(trained & tested)
        texts = {json.loads(line)["text"] for line in self.files["train/python.jsonl"].splitlines()}
        self.assertFalse(texts & {row["prompt"] for row in rows})

    def test_every_prompt_has_its_reference_and_names_its_language(self):
        rows = [json.loads(line) for line in self.files["test/prompts.jsonl"].splitlines()]
        references = [json.loads(line) for line in self.files["test/references.jsonl"].splitlines()]
        self.assertEqual([r["id"] for r in rows], [r["id"] for r in references])
        self.assertEqual(len({r["id"] for r in rows}), 240)
        for row in rows:
            spelling = {"python": "Python", "java": "Java", "javascript": "Javascript", "cpp": "C++"}[row["language"]]
            self.assertEqual(row["prompt"].split()[2], spelling)

    def test_base_documents_have_the_three_kinds(self):
        stream = Stream("kinds")
        tasks = endless_base_tasks(False, stream)
        rows = [draw_row(next(tasks), "java", stream) for _ in range(500)]
        bare = sum(r["prompt"] == "" for r in rows)
        instruction = sum(r["prompt"].startswith("[INST] Write a Java program") for r in rows)
        commented = sum(r["prompt"].startswith("// Java program. ") and r["prompt"].endswith("\n") for r in rows)
        self.assertEqual(bare + instruction + commented, 500)
        self.assertTrue(360 < commented < 440 and 25 < bare < 80 and 25 < instruction < 80)


if __name__ == "__main__":
    unittest.main()
