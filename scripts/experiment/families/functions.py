"""Functions: function, max_of, recursion."""

from __future__ import annotations

from program.tree import Bin, Call, Cmp, Count, Expr, Function, If, Let, Num, Print, Program, Return, Role, Set, Var
from stream import Stream

from .registry import family

_NAMES = ("calc", "solve", "combine", "score", "mix")
_PARAMETERS = (("m", "n"), ("a", "b"), ("x", "y"), ("p", "q"))
_OPS = {"plus": "+", "minus": "-", "times": "*"}


def _left(kind: str, a: str, b: str) -> tuple[Expr, Expr, str, str]:
    """The two operands of the first operation, as trees and as words."""
    if kind == "swapped":
        return Var(b), Var(a), b, a
    if kind == "twice":
        return Bin("*", Num(2), Var(a)), Var(b), f"twice {a}", b
    return Var(a), Var(b), a, b


_SECOND = ("plus", "minus", "times", "again")


@family("function", ("plain", "swapped", "twice"), _OPS, _SECOND, ("once", "each"), in_base=True)
def function(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    left, first_op, second_op, calls = parts
    name, (a, b) = stream.pick(_NAMES), stream.pick(_PARAMETERS)
    x, y, x_words, y_words = _left(left, a, b)
    value, words = Bin(_OPS[first_op], x, y), f"{x_words} {first_op} {y_words}"
    if second_op == "again":
        value, words = Bin("+", value, Var(b)), f"{words}, then plus {b}"
    else:
        k = stream.pick((2, 3, 4, 5, 6))
        value, words = Bin(_OPS[second_op], value, Num(k)), f"{words}, then {second_op} {k}"
    p, q = stream.pick((2, 3, 4, 5)), stream.pick((1, 2, 3, 6))
    if calls == "once":
        show, body = f"{name}({p}, {q})", (Print(Call(name, (Num(p), Num(q)))),)
    else:
        i = Role("row")
        show = f"{name}(i, {q}) for i from 1 to {p}"
        body = (Count(i, Num(1), Num(p), (Print(Call(name, (i, Num(q)))),)),)
    text = stream.pick(
        (
            "Write a function {f}({a}, {b}) that returns {words}; print {show}.",
            "Function {f}({a}, {b}) returns {words}. Print {show}.",
            "Define {f}({a}, {b}) as {words} and print {show}.",
        )
    )
    return (
        text.format(f=name, a=a, b=b, words=words, show=show),
        Program(body, (Function(name, (a, b), (Return(value),)),)),
    )


@family("max_of", ("largest", "smallest"), ("2", "3", "4"), in_base=True)
def max_of(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    which, count = parts[0], int(parts[1])
    names = "abcd"[:count]
    values = stream.several((2, 3, 5, 7, 8, 10, 12, 15, 20, 25), count)
    best = Role(which)
    op = ">" if which == "largest" else "<"
    lets = tuple(Let("int", Var(n), Num(v)) for n, v in zip(names, values))
    tests = tuple(If(Cmp(op, Var(n), best), (Set(best, Var(n)),)) for n in names[1:])
    given = [f"{n} = {v}" for n, v in zip(names, values)]
    listed = ", ".join(given[:-1]) + " and " + given[-1]
    text = stream.pick(
        (
            "Print the {which} of {listed}.",
            "Find the {which} of {listed} and print it.",
            "Given {listed}, print the {which}.",
        )
    )
    return text.format(which=which, listed=listed), Program((*lets, Let("int", best, Var("a")), *tests, Print(best)))


_RULES = {
    "add": "n plus {f}(n - 1)",
    "multiply": "n times {f}(n - 1)",
    "double": "2 times {f}(n - 1)",
    "step": "{f}(n - 1) plus {k}",
    "pair": "{f}(n - 1) plus {f}(n - 2)",
    "squares": "n times n plus {f}(n - 1)",
    "triple": "3 times {f}(n - 1) plus {k}",
    "turn": "n minus {f}(n - 1)",
}


def _rule(rule: str, f: str, k: int) -> Expr:
    n = Var("n")
    before = Call(f, (Bin("-", n, Num(1)),))
    return {
        "add": Bin("+", n, before),
        "multiply": Bin("*", n, before),
        "double": Bin("*", Num(2), before),
        "step": Bin("+", before, Num(k)),
        "pair": Bin("+", before, Call(f, (Bin("-", n, Num(2)),))),
        "squares": Bin("+", Bin("*", n, n), before),
        "triple": Bin("+", Bin("*", Num(3), before), Num(k)),
        "turn": Bin("-", n, before),
    }[rule]


@family("recursion", _RULES, ("0", "1"), in_base=True)
def recursion(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    rule, stop = parts[0], int(parts[1])
    f, k = stream.pick(("fun", "rec", "f")), stream.pick((2, 3, 5))
    start, n = stream.pick((1, 2)), stream.pick((3, 4, 5, 6, 7))
    words = _RULES[rule].format(f=f, k=k)
    text = stream.pick(
        (
            "Write a recursive function {f}(n): {start} if n is at most {stop}, otherwise {words}. Print {f}({n}).",
            "Recursive function {f}(n) returns {start} for n up to {stop}, else {words}; print {f}({n}).",
        )
    )
    body = (If(Cmp("<=", Var("n"), Num(stop)), (Return(Num(start)),)), Return(_rule(rule, f, k)))
    return (
        text.format(f=f, start=start, stop=stop, words=words, n=n),
        Program((Print(Call(f, (Num(n),))),), (Function(f, ("n",), body),)),
    )
