"""One number: choose, digits, divisors, loops."""

from __future__ import annotations

from program.tree import (
    Bin, Both, Cmp, Count, Either, If, Let, Num, Print, Program, Role, Stmt, Text, Update, Var, While,
)  # fmt: skip
from stream import Stream

from .common import Chosen
from .ranges import REDUCES, reducer, reduction
from .registry import family

_ANSWERS = (("yes", "no"), ("red", "blue"), ("good", "bad"), ("hot", "cold"), ("left", "right"), ("big", "small"))


@family("choose", ("even", "odd", "multiple", "ending"), ("and", "or", "but_not"), ("above", "below"), in_base=True)
def choose(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    first, link, second = parts
    n = Var("n")
    value = stream.pick((4, 5, 6, 7, 8, 9, 10, 12, 15))
    one, two = Chosen.draw(first, stream), Chosen.draw(second, stream)
    yes, no = stream.pick(_ANSWERS)
    if link == "but_not":
        opposite = Cmp("<=" if second == "above" else ">=", n, Num(two.k))
        condition, words = Both(one.test(n), opposite), f"{one.predicate} but not {two.predicate}"
    else:
        join = Both if link == "and" else Either
        condition, words = join(one.test(n), two.test(n)), f"{one.predicate} {link} {two.predicate}"
    text = stream.pick(
        (
            "Print {yes} if n = {value} is {words}, otherwise {no}.",
            "For n = {value} print {yes} if n is {words}, else {no}.",
            "Let n = {value}. If it is {words}, print {yes}, otherwise print {no}.",
        )
    )
    body = (Let("int", n, Num(value)), If(condition, (Print(Text(yes)),), (Print(Text(no)),)))
    return text.format(yes=yes, no=no, value=value, words=words), Program(body)


_DIGIT_NUMBERS = (2745, 8316, 5093, 6381, 7264, 9457)
_DIGIT_CHOICES = (3, 4, 5, 6)


@family("digits", REDUCES, ("all", "even", "odd", "above", "below"))
def digits(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    reduce, filter_ = parts
    n, digit = Var("n"), Role("digit")
    number = stream.pick(_DIGIT_NUMBERS)
    chosen = Chosen.draw(filter_, stream, _DIGIT_CHOICES)
    kind = chosen.plural.replace("numbers", "digits")
    let, target = reducer(reduce)
    loop = While(
        Cmp(">", n, Num(0)),
        (
            Let("int", digit, Bin("%", n, Num(10))),
            *chosen.guard(digit, reduction(reduce, target, digit)),
            Update("//", n, Num(10)),
        ),
    )
    if reduce == "count":
        text = stream.pick(("Count the {kind} of {n}.", "Print how many {kind} {n} has."))
    else:
        text = stream.pick(("Print the {reduce} of the {kind} of {n}.", "Find the {reduce} of the {kind} of {n}."))
    described = text.format(kind=kind, n=number, reduce=reduce)
    return described, Program((Let("int", n, Num(number)), let, loop, Print(target)))


_DIVISOR_KINDS = {"all": "divisors", "even": "even divisors", "odd": "odd divisors", "proper": "proper divisors"}


@family("divisors", ("sum", "count", "largest", "list"), _DIVISOR_KINDS)
def divisors(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    output, kind = parts
    n, i = Var("n"), Role("row")
    number = stream.pick((12, 18, 20, 24, 28, 30, 36, 40, 42, 48))
    divides = Cmp("==", Bin("%", n, i), Num(0))
    if kind in ("even", "odd"):
        divides = Both(divides, Chosen.draw(kind, stream).test(i))
    last = Bin("-", n, Num(1)) if kind == "proper" else n
    kinds = _DIVISOR_KINDS[kind]
    let_n = Let("int", n, Num(number))
    if output == "list":
        text = stream.pick(("Print the {kinds} of {n}.", "List all {kinds} of {n}."))
        return text.format(kinds=kinds, n=number), Program((let_n, Count(i, Num(1), last, (If(divides, (Print(i),)),))))
    let, target = reducer(output)
    texts = {
        "sum": ("Print the sum of the {kinds} of {n}.", "Add up the {kinds} of {n}."),
        "count": ("Count the {kinds} of {n}.", "Print how many {kinds} {n} has."),
        "largest": ("Print the largest of the {kinds} of {n}.", "Find the largest of the {kinds} of {n}."),
    }[output]
    loop = Count(i, Num(1), last, (If(divides, (reduction(output, target, i),)),))
    return stream.pick(texts).format(kinds=kinds, n=number), Program((let_n, let, loop, Print(target)))


_STEPS = {
    "double": "double it",
    "triple": "triple it",
    "add": "add {k}",
    "halve": "halve it",
    "subtract": "subtract {k}",
}


def _step(step: str, target: Role, k: int) -> Stmt:
    op = {"double": "*", "triple": "*", "add": "+", "halve": "//", "subtract": "-"}[step]
    value = {"double": 2, "triple": 3, "halve": 2}.get(step, k)
    return Update(op, target, Num(value))


@family("loops", _STEPS, ("every", "last", "steps"), in_base=True)
def loops(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    step, output = parts
    rising = step in ("double", "triple", "add")
    k = stream.pick((3, 4, 6, 7))
    if rising:
        start, limit = stream.pick((1, 2, 3, 5)), stream.pick((20, 30, 50))
        sign, until = "<", f"while it is below {limit}"
    else:
        start, limit = stream.pick((20, 30, 40, 50)), stream.pick((3, 5, 8))
        sign, until = ">", f"while it is above {limit}"
    current, steps = Role("current"), Role("steps")
    change = _step(step, current, k)
    words = _STEPS[step].format(k=k)
    condition = Cmp(sign, current, Num(limit))
    head = Let("int", current, Num(start))
    if output == "every":
        show, body = "every value", (head, While(condition, (Print(current), change)))
    elif output == "last":
        show, body = "the last value", (head, While(condition, (change,)), Print(current))
    else:
        count = Update("+", steps, Num(1))
        show = "the number of steps"
        body = (head, Let("int", steps, Num(0)), While(condition, (change, count)), Print(steps))
    text = stream.pick(
        ("Start with {start} and {words} {until}; print {show}.", "Start at {start}, {words} {until} and print {show}.")
    )
    return text.format(start=start, words=words, until=until, show=show), Program(body)
