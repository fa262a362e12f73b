"""Arrays: replace, search, sorting, two_arrays, distinct."""

from __future__ import annotations

from program.tree import (
    At, Bin, Break, Count, Each, EachLetter, Expr, If, Indices, Last, Let, LetSet, Num, Pick, Print, Program, Put, Role,
    Seen, Set, Size, Sort, Stmt, Text, Update, Var,
)  # fmt: skip
from stream import Stream

from .common import ARRAYS, FILTERS, REPEATING_ARRAYS, WORDS, Chosen, array
from .ranges import reducer
from .registry import family

_REPLACEMENTS = {
    "constant": "by {k}",
    "double": "by its double",
    "more": "by itself plus {k}",
    "square": "by its square",
}


@family("replace", FILTERS, _REPLACEMENTS)
def replace(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    filter_, replacement = parts
    chosen, name, k = Chosen.draw(filter_, stream), stream.pick(tuple(ARRAYS)), stream.pick((0, 1, 5))
    if replacement == "more":
        k = stream.pick((2, 3, 5))
    i, x = Role("row"), Role("item")
    place = At(Var(name), i)
    change = {
        "constant": Set(place, Num(k)),
        "double": Update("*", place, Num(2)),
        "more": Update("+", place, Num(k)),
        "square": Update("*", place, place),
    }[replacement]
    text = stream.pick(
        (
            "Replace every {what} in the array {name} {by} and print the array.",
            "In the array {name} replace each {what} {by}; print all elements.",
        )
    )
    described = text.format(what=chosen.singular, name=name, by=_REPLACEMENTS[replacement].format(k=k))
    loop = Indices(i, Var(name), chosen.guard(place, change))
    return described, Program((array(name), loop, Each(x, Var(name), (Print(x),))))


@family("search", ("first", "last"), ("index", "value"), ("even", "odd", "multiple", "above", "below"), in_base=True)
def search(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    which, output, filter_ = parts
    chosen, name = Chosen.draw(filter_, stream), stream.pick(tuple(ARRAYS))
    found = Role("position")
    stop = (Break(),) if which == "first" else ()
    if output == "index":
        i = Role("row")
        place = At(Var(name), i)
        loop = Indices(i, Var(name), (If(chosen.test(place), (Set(found, i), *stop)),))
    else:
        x = Role("item")
        loop = Each(x, Var(name), (If(chosen.test(x), (Set(found, x), *stop)),))
    text = stream.pick(
        (
            "Print the {output} of the {which} {what} in the array {name}, or -1.",
            "Find the {output} of the {which} {what} in the array {name}; print -1 if there is none.",
        )
    )
    described = text.format(output=output, which=which, what=chosen.singular, name=name)
    return described, Program((array(name), Let("int", found, Num(-1)), loop, Print(found)))


@family("sorting", ("up", "down"), ("all", "first", "last", "second", "middle", "few"))
def sorting(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    order, output = parts
    down = order == "down"
    name, few = stream.pick(tuple(ARRAYS)), stream.pick((2, 3, 4))
    a, x, i = Var(name), Role("item"), Role("row")
    show: Stmt
    show, words = {
        "all": (Each(x, a, (Print(x),)), "print it"),
        "first": (Print(At(a, Num(0))), "print the first element"),
        "last": (Print(Last(a)), "print the last element"),
        "second": (Print(At(a, Num(1))), "print the second element"),
        "middle": (Print(At(a, Num(2))), "print the middle element"),
        "few": (Count(i, Num(0), Num(few - 1), (Print(At(a, i)),)), f"print its first {few} elements"),
    }[output]
    how = "in descending order" if down else stream.pick(("", "in ascending order"))
    text = stream.pick(("Sort the array {name} {how} and {words}.", "Sort {name} {how}, then {words}."))
    described = " ".join(text.format(name=name, how=how, words=words).split()).replace(" ,", ",")
    return described, Program((array(name, boxed=down), Sort(a, down), show))


_PAIR_OPS = {
    "plus": ("the sum", lambda a, b: Bin("+", a, b)),
    "minus": ("the difference", lambda a, b: Bin("-", a, b)),
    "times": ("the product", lambda a, b: Bin("*", a, b)),
    "larger": ("the larger", lambda a, b: Pick(True, a, b)),
    "smaller": ("the smaller", lambda a, b: Pick(False, a, b)),
    "twice": ("the first plus twice the second", lambda a, b: Bin("+", a, Bin("*", Num(2), b))),
}


@family("two_arrays", _PAIR_OPS, ("print", "total"), in_base=True)
def two_arrays(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    op, output = parts
    one, two = stream.several(tuple(ARRAYS), 2)
    i = Role("row")
    words, combine = _PAIR_OPS[op]
    value = combine(At(Var(one), i), At(Var(two), i))
    if output == "print":
        text = stream.pick(
            (
                "Print {what} of each pair of elements of {one} and {two}.",
                "For each index print {what} of {one} and {two}.",
            )
        )
        body: tuple[Stmt, ...] = (Indices(i, Var(one), (Print(value),)),)
    else:
        text = stream.pick(
            (
                "Add up {what} of each pair of elements of {one} and {two}.",
                "For each index add up {what} of {one} and {two}.",
            )
        )
        let, total = reducer("sum")
        body = (let, Indices(i, Var(one), (Update("+", total, value),)), Print(total))
    return text.format(what=words, one=one, two=two), Program((array(one), array(two), *body))


_DISTINCT = {
    "count": "Print how many different {elements} {where} has.",
    "print": "Print the different {elements} of {where} in order.",
    "repeats": "Print the {elements} of {where} that came before.",
    "count_repeats": "Count the {elements} of {where} that came before.",
}


def _distinct_body(output: str, group: Expr, x: Expr) -> tuple[tuple[Stmt, ...], tuple[Stmt, ...], tuple[Stmt, ...]]:
    """What stands before the loop, in it, and after it."""
    count = Role("count")
    put = Put(group, x)
    if output == "count":
        return (), (put,), (Print(Size(group)),)
    if output == "print":
        return (), (If(Seen(group, x, negated=True), (Print(x), put)),), ()
    if output == "repeats":
        return (), (If(Seen(group, x), (Print(x),)), put), ()
    return (Let("int", count, Num(0)),), (If(Seen(group, x), (Update("+", count, Num(1)),)), put), (Print(count),)


@family("distinct", ("array", "word"), _DISTINCT)
def distinct(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    source, output = parts
    group = Role("group")
    if source == "array":
        name = stream.pick(REPEATING_ARRAYS)
        x: Expr = Role("item")
        before, body, after = _distinct_body(output, group, x)
        given: Stmt = array(name)
        loop: Stmt = Each(x, Var(name), body)
        described = _DISTINCT[output].format(elements="numbers", where=f"the array {name}")
    else:
        word = stream.pick(WORDS)
        x = Role("letter")
        before, body, after = _distinct_body(output, group, x)
        given = Let("text", Var("word"), Text(word))
        loop = EachLetter(x, Var("word"), body)
        described = _DISTINCT[output].format(elements="letters", where=f"the word {word}")
    return described, Program((given, LetSet("int" if source == "array" else "letter", group), *before, loop, *after))
