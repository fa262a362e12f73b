"""Drawing tasks: a family, one of its structures, and parameters for which the program prints something sensible."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from math import sqrt
from typing import Iterator

from families import FAMILIES, Family
from program import LANGUAGES, SPELLING, Program, print_program
from stream import Stream

MAX_OUTPUT_LINES = 30


@dataclass(frozen=True)
class Task:
    family: str
    structure: str
    description: str
    program: Program

    def text(self, language: str) -> str:
        """The prompt in the study's words."""
        return f"Write a {SPELLING[language]} program to complete the following. {self.description}"

    def code(self, language: str) -> str:
        return print_program(self.program, language)


def run_python(code: str) -> str:
    """What a generated Python program prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "<task>", "exec"), {})  # our own generated programs only
    return output.getvalue()


def _is_sensible(output: str) -> bool:
    """A task must print something, not too much, and never the start value of a minimum over nothing."""
    lines = output.split("\n")[:-1]
    return 0 < len(lines) <= MAX_OUTPUT_LINES and "inf" not in lines


def draw_task(families: list[Family], held_out: bool, stream: Stream) -> Task:
    """One task of a structure on the asked side of the split.

    Families are drawn by the square root of their size: by size alone three of them would be two thirds of the data.
    """
    choices = [(f, f.select(held_out)) for f in families]
    weights = [sqrt(len(structures)) for _, structures in choices]
    while True:
        family, structures = stream.weighted(choices, weights)
        structure = stream.pick(structures)
        task = Task(family.name, structure, *family.build(tuple(structure.split(".")), stream))
        if _is_sensible(run_python(task.code("python"))):
            return task


def draw_distinct(count: int, held_out: bool, stream: Stream, taken: set[str] | None = None) -> list[Task]:
    """`count` tasks of all families whose descriptions differ from each other and from those in `taken`."""
    seen = set(taken or ())
    tasks: list[Task] = []
    while len(tasks) < count:
        task = draw_task(list(FAMILIES.values()), held_out, stream)
        if task.description not in seen:
            seen.add(task.description)
            tasks.append(task)
    return tasks


def endless_base_tasks(held_out: bool, stream: Stream) -> Iterator[Task]:
    """Tasks of the families that the base may see; they repeat where a family has few."""
    families = [f for f in FAMILIES.values() if f.in_base]
    while True:
        yield draw_task(families, held_out, stream)


__all__ = ["LANGUAGES", "Task", "draw_distinct", "draw_task", "endless_base_tasks", "run_python"]
