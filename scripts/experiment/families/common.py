"""The parts that families are composed of: filters, maps, arrays and words.

Values are kept few (six bounds, small numbers, arrays that go by name), so that a tiny model has to learn which parts a
program is made of and not how to copy long numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from program.tree import Bin, Cmp, Expr, If, LetArray, Num, Power, Stmt
from stream import Stream

BOUNDS = (10, 12, 15, 20, 25, 30)
SMALL_BOUNDS = (3, 4, 5, 6, 7, 8)  # for products: 8! cubed still is an exact double
STARTS = (1, 1, 1, 2, 3, 5)

# An array's name stands for its values: descriptions do not list them.
ARRAYS = {
    "data": (4, 9, 2, 7, 4),
    "nums": (3, 8, 6, 3, 5),
    "codes": (7, 2, 9, 6, 8),
    "marks": (12, 25, 7, 12, 18),
    "values": (6, 14, 30, 9, 21),
    "prices": (15, 8, 20, 15, 11),
    "scores": (10, 27, 16, 24, 5),
    "sizes": (13, 4, 22, 13, 28),
}
DIGIT_ARRAYS = ("data", "nums", "codes")  # for products
REPEATING_ARRAYS = ("data", "nums", "marks", "prices", "sizes")

WORDS = (
    "river", "apple", "stone", "tiger", "lemon", "piano", "green", "table",
    "queen", "night", "sugar", "train", "banana", "letter", "summer", "coffee",
)  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """Which numbers count; {k} in the texts is its parameter."""

    plural: str
    singular: str
    predicate: str  # "n is ..."
    test: Callable[[Expr, int], Expr] | None
    choices: tuple[int, ...] = (0,)


def _rest(x: Expr, divisor: int, op: str, value: int) -> Expr:
    return Cmp(op, Bin("%", x, Num(divisor)), Num(value))


FILTERS = {
    "all": Filter("numbers", "number", "", None),
    "even": Filter("even numbers", "even number", "even", lambda x, k: _rest(x, 2, "==", 0)),
    "odd": Filter("odd numbers", "odd number", "odd", lambda x, k: _rest(x, 2, "==", 1)),
    "multiple": Filter(
        "multiples of {k}", "multiple of {k}", "a multiple of {k}", lambda x, k: _rest(x, k, "==", 0), (3, 4, 5)
    ),
    "other": Filter(
        "numbers not divisible by {k}",
        "number not divisible by {k}",
        "not divisible by {k}",
        lambda x, k: _rest(x, k, "!=", 0),
        (3, 4, 5),
    ),
    "above": Filter(
        "numbers above {k}", "number above {k}", "above {k}", lambda x, k: Cmp(">", x, Num(k)), (3, 4, 6, 8)
    ),
    "below": Filter(
        "numbers below {k}", "number below {k}", "below {k}", lambda x, k: Cmp("<", x, Num(k)), (5, 7, 9, 12)
    ),
    "ending": Filter(
        "numbers ending in {k}",
        "number ending in {k}",
        "a number ending in {k}",
        lambda x, k: _rest(x, 10, "==", k),
        (2, 4, 5, 7),
    ),
}


@dataclass(frozen=True)
class Chosen:
    """A filter with its parameter."""

    kind: Filter
    k: int

    @staticmethod
    def draw(name: str, stream: Stream, choices: tuple[int, ...] = ()) -> "Chosen":
        return Chosen(FILTERS[name], stream.pick(choices or FILTERS[name].choices))

    @property
    def plural(self) -> str:
        return self.kind.plural.format(k=self.k)

    @property
    def singular(self) -> str:
        return self.kind.singular.format(k=self.k)

    @property
    def predicate(self) -> str:
        return self.kind.predicate.format(k=self.k)

    def test(self, x: Expr) -> Expr:
        assert self.kind.test is not None
        return self.kind.test(x, self.k)

    def guard(self, x: Expr, *body: Stmt) -> tuple[Stmt, ...]:
        """`body`, done only where x passes."""
        return body if self.kind.test is None else (If(self.test(x), body),)


@dataclass(frozen=True)
class Map:
    """What is computed of a number."""

    plural: str  # put before "even numbers"
    value: Callable[[Expr], Expr]


MAPS = {
    "id": Map("the", lambda x: x),
    "square": Map("the squares of the", lambda x: Power(x, 2)),
    "cube": Map("the cubes of the", lambda x: Power(x, 3)),
    "double": Map("the doubles of the", lambda x: Bin("*", Num(2), x)),
    "triple": Map("the triples of the", lambda x: Bin("*", Num(3), x)),
    "ones": Map("the last digits of the", lambda x: Bin("%", x, Num(10))),
}


def array(name: str, boxed: bool = False) -> LetArray:
    return LetArray(name, ARRAYS[name], boxed)
