"""What the four printers share: lines, indentation, and expressions with as few brackets as needed."""

from __future__ import annotations

from . import tree as t
from .habits import name_of

# How tightly an operator binds; an atom binds tightest.
_LEVEL = {"or": 1, "and": 2, "cmp": 4, "+": 5, "-": 5, "*": 6, "//": 6, "%": 6}
_ATOM = 9


class Printer:
    """Turns one Program into source text; a new object for each program.

    A subclass names its language, spells in `spell_X` each expression that differs between languages, and has one
    method `do_X` per statement.
    """

    language = ""
    indent_width = 4
    and_word = "&&"
    or_word = "||"
    equal_sign = "=="
    unequal_sign = "!="

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self.needs: set[str] = set()  # headers and imports that the printed text turned out to need
        self.changed: set[str] = set()  # variables that are assigned after their declaration

    # --- lines and statements ---

    def line(self, text: str) -> None:
        self.lines.append(" " * (self.indent_width * self.depth) + text if text else "")

    def statements(self, body: tuple[t.Stmt, ...]) -> None:
        for statement in body:
            getattr(self, "do_" + type(statement).__name__)(statement)

    def block(self, body: tuple[t.Stmt, ...]) -> None:
        self.depth += 1
        self.statements(body)
        self.depth -= 1

    def program(self, program: t.Program) -> str:
        raise NotImplementedError

    # --- expressions ---

    def name(self, expr: t.Expr) -> str:
        if isinstance(expr, t.Role):
            return name_of(expr.name, self.language)
        assert isinstance(expr, t.Var)
        return expr.name

    def expr(self, expr: t.Expr) -> str:
        return self._spell(expr)[0]

    def operand(self, expr: t.Expr) -> str:
        """The text of an expression, bracketed unless it is an atom."""
        text, level = self._spell(expr)
        return text if level == _ATOM else f"({text})"

    def _spell(self, expr: t.Expr) -> tuple[str, int]:
        if isinstance(expr, (t.Var, t.Role)):
            return self.name(expr), _ATOM
        if isinstance(expr, t.Num):
            return str(expr.value), _ATOM
        if isinstance(expr, t.Bin):
            return self.binary(expr)
        if isinstance(expr, t.Cmp):
            sign = {"==": self.equal_sign, "!=": self.unequal_sign}.get(expr.op, expr.op)
            return self._infix(expr, sign, _LEVEL["cmp"])
        if isinstance(expr, t.Both):
            return self._infix(expr, self.and_word, _LEVEL["and"])
        if isinstance(expr, t.Either):
            return self._infix(expr, self.or_word, _LEVEL["or"])
        if isinstance(expr, t.Join):
            return self._infix(expr, "+", _LEVEL["+"])
        if isinstance(expr, t.Call):
            return f"{expr.name}({', '.join(self.expr(a) for a in expr.arguments)})", _ATOM
        if isinstance(expr, t.Power):
            return self.power(expr)
        spelled = getattr(self, "spell_" + type(expr).__name__)(expr)
        return spelled if isinstance(spelled, tuple) else (spelled, _ATOM)

    def _infix(self, expr, sign: str, level: int) -> tuple[str, int]:
        left, left_level = self._spell(expr.left)
        right, right_level = self._spell(expr.right)
        if left_level < level:
            left = f"({left})"
        # The right side of - // % needs its brackets at the same level: a - (b + c).
        if right_level < level or (right_level == level and sign not in ("+", "*", self.and_word, self.or_word)):
            right = f"({right})"
        return f"{left} {sign} {right}", level

    def binary(self, expr: t.Bin) -> tuple[str, int]:
        return self._infix(expr, expr.op, _LEVEL[expr.op])

    def power(self, expr: t.Power) -> tuple[str, int]:
        return " * ".join([self.operand(expr.base)] * expr.exponent), _LEVEL["*"]

    def compare(self, text: str, sign: str) -> tuple[str, int]:
        """For spellings that end in a comparison."""
        return f"{text} {sign}", _LEVEL["cmp"]

    def one_more(self, expr: t.Expr) -> str:
        """expr + 1, computed where it is a number and not written where it ends in - 1."""
        if isinstance(expr, t.Num):
            return str(expr.value + 1)
        return self.expr(expr.left if ends_in_minus_one(expr) else t.Bin("+", expr, t.Num(1)))


def ends_in_minus_one(expr: t.Expr) -> bool:
    return isinstance(expr, t.Bin) and expr.op == "-" and expr.right == t.Num(1)


def assigned_names(printer: Printer, body: tuple[t.Stmt, ...]) -> set[str]:
    """The names that `body` assigns to after their declaration."""
    names: set[str] = set()
    for statement in body:
        if isinstance(statement, (t.Set, t.Update, t.ChangeWord, t.AppendNumber)):
            target = statement.target
            names.add(printer.name(target.array if isinstance(target, t.At) else target))
        for inner in ("body", "otherwise"):
            names |= assigned_names(printer, getattr(statement, inner, ()))
    return names
