"""Small programs as statement trees, and four printers that write them as source text."""

from .cpp import CppPrinter
from .habits import LANGUAGES, LINE_COMMENT, SPELLING
from .java import JavaPrinter
from .javascript import JavascriptPrinter
from .python import PythonPrinter
from .tree import Program

_PRINTERS = {"python": PythonPrinter, "java": JavaPrinter, "javascript": JavascriptPrinter, "cpp": CppPrinter}


def print_program(program: Program, language: str) -> str:
    """The source text of a program in one of LANGUAGES, without a newline at the end."""
    return _PRINTERS[language]().program(program)


__all__ = ["LANGUAGES", "LINE_COMMENT", "SPELLING", "Program", "print_program"]
