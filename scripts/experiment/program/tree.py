"""The statement tree of a small program: what it does, without saying in which language.

A name is either a `Var`, spelled as the task's description spells it, or a `Role` ("total", "item"), for which each
language has its own habit (habits.py). Integers stay within 32 bits and `long` within 2^53 by the choice of the
parameters, so that all four languages compute the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class Expr:
    """Something that has a value."""


class Stmt:
    """Something that is done."""


# --- expressions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Num(Expr):
    value: int


@dataclass(frozen=True)
class Text(Expr):
    value: str


@dataclass(frozen=True)
class Letter(Expr):
    """One character literal."""

    value: str


@dataclass(frozen=True)
class Var(Expr):
    name: str


@dataclass(frozen=True)
class Role(Expr):
    name: str


@dataclass(frozen=True)
class Bin(Expr):
    """`op` is one of + - * // %; both sides are integers, for // and % not negative."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Power(Expr):
    base: Expr
    exponent: int


@dataclass(frozen=True)
class Cmp(Expr):
    """`op` is one of == != < <= > >=."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Both(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Either(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True)
class At(Expr):
    array: Expr
    index: Expr


@dataclass(frozen=True)
class Last(Expr):
    """The last element of an array."""

    array: Expr


@dataclass(frozen=True)
class Length(Expr):
    """The number of elements of an array."""

    array: Expr


@dataclass(frozen=True)
class TextLength(Expr):
    text: Expr


@dataclass(frozen=True)
class EndLetter(Expr):
    """The first or the last letter of a word."""

    text: Expr
    last: bool


@dataclass(frozen=True)
class Call(Expr):
    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Pick(Expr):
    """The larger or the smaller of two integers."""

    largest: bool
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Huge(Expr):
    """More than any value of the task."""


@dataclass(frozen=True)
class Repeat(Expr):
    """A character, `times` over."""

    letter: str
    times: Expr


@dataclass(frozen=True)
class Join(Expr):
    """Two texts in a row."""

    left: Expr
    right: Expr


@dataclass(frozen=True)
class IsIn(Expr):
    """Whether a letter is one of `letters`."""

    letter: Expr
    letters: str
    negated: bool = False


@dataclass(frozen=True)
class Seen(Expr):
    """Whether a set holds an element."""

    group: Expr
    element: Expr
    negated: bool = False


@dataclass(frozen=True)
class Size(Expr):
    """The number of elements of a set."""

    group: Expr


# --- statements ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Let(Stmt):
    """Declares a variable; `kind` is one of int, long, text."""

    kind: str
    target: Expr
    value: Expr


@dataclass(frozen=True)
class LetArray(Stmt):
    """An integer array; `boxed` where it will be sorted downwards (Java needs objects for that)."""

    name: str
    values: tuple[int, ...]
    boxed: bool = False


@dataclass(frozen=True)
class LetSet(Stmt):
    """An empty set of `kind` int or letter."""

    kind: str
    target: Expr


@dataclass(frozen=True)
class Set(Stmt):
    target: Expr
    value: Expr


@dataclass(frozen=True)
class Update(Stmt):
    """target op= value, with op one of + - * //."""

    op: str
    target: Expr
    value: Expr


@dataclass(frozen=True)
class Put(Stmt):
    """Adds an element to a set."""

    group: Expr
    element: Expr


@dataclass(frozen=True)
class Count(Stmt):
    """A counted loop over first .. last, both included, upwards or downwards by 1."""

    target: Expr
    first: Expr
    last: Expr
    body: tuple[Stmt, ...]
    down: bool = False


@dataclass(frozen=True)
class Indices(Stmt):
    """A loop over the indices of an array."""

    target: Expr
    array: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class Each(Stmt):
    """A loop over the elements of an array."""

    target: Expr
    array: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class EachLetter(Stmt):
    target: Expr
    text: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class While(Stmt):
    condition: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class If(Stmt):
    condition: Expr
    body: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...] = ()


@dataclass(frozen=True)
class Break(Stmt):
    pass


@dataclass(frozen=True)
class Return(Stmt):
    value: Expr


@dataclass(frozen=True)
class Print(Stmt):
    value: Expr


@dataclass(frozen=True)
class Sort(Stmt):
    array: Expr
    down: bool = False


@dataclass(frozen=True)
class ChangeWord(Stmt):
    """Changes a word in place; `change` is one of reverse, upper, double, drop_first, drop_last, add."""

    target: Expr
    change: str
    letter: str = ""


@dataclass(frozen=True)
class AppendNumber(Stmt):
    """Appends the digits of a number to a text."""

    target: Expr
    number: Expr


@dataclass(frozen=True)
class Function:
    """An integer function of integers."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class Program:
    body: tuple[Stmt, ...]
    functions: tuple[Function, ...] = field(default_factory=tuple)
