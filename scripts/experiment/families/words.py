"""Words and letters: text, letters, pattern."""

from __future__ import annotations

from program.tree import (
    AppendNumber, Bin, ChangeWord, Cmp, Count, EachLetter, EndLetter, Expr, If, IsIn, Join, Let, Letter, Num, Print,
    Program, Repeat, Role, Stmt, Text, TextLength, Update, Var,
)  # fmt: skip
from stream import Stream

from .common import WORDS
from .registry import family

_CHANGES = {
    "reverse": "reverse it",
    "upper": "change it to upper case",
    "double": "write it twice in a row",
    "drop_first": "remove its first letter",
    "drop_last": "remove its last letter",
    "add": "add the letter {letter}",
}
_OUTPUTS = {
    "word": "print it",
    "length": "print its length",
    "first": "print its first letter",
    "last": "print its last letter",
    "letters": "print every letter",
    "again": "print it two times",
}


def _show(output: str, word: Var) -> tuple[Stmt, ...]:
    letter = Role("letter")
    return {
        "word": (Print(word),),
        "length": (Print(TextLength(word)),),
        "first": (Print(EndLetter(word, last=False)),),
        "last": (Print(EndLetter(word, last=True)),),
        "letters": (EachLetter(letter, word, (Print(letter),)),),
        "again": (Print(word), Print(word)),
    }[output]


@family("text", _CHANGES, _OUTPUTS)
def text(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    change, output = parts
    word, letter = stream.pick(WORDS), stream.pick("sxyz")
    template = stream.pick(
        ("Take the word {word}, {change} and {output}.", "For the word {word}: {change}, then {output}.")
    )
    described = template.format(word=word, change=_CHANGES[change].format(letter=letter), output=_OUTPUTS[output])
    body = (Let("text", Var("word"), Text(word)), ChangeWord(Var("word"), change, letter), *_show(output, Var("word")))
    return described, Program(body)


_LETTER_TESTS = {
    "vowel": ("vowels", lambda c, k: IsIn(c, "aeiou")),
    "consonant": ("consonants", lambda c, k: IsIn(c, "aeiou", negated=True)),
    "same": ("letters {k}", lambda c, k: Cmp("==", c, Letter(k))),
    "different": ("letters other than {k}", lambda c, k: Cmp("!=", c, Letter(k))),
    "before": ("letters before {k}", lambda c, k: Cmp("<", c, Letter(k))),
    "after": ("letters after {k}", lambda c, k: Cmp(">", c, Letter(k))),
}


@family("letters", ("count", "print"), _LETTER_TESTS, in_base=True)
def letters(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    output, kind = parts
    word, k = stream.pick(WORDS), stream.pick("egmnrt")
    letter, count = Role("letter"), Role("count")
    words, test = _LETTER_TESTS[kind]
    let = Let("text", Var("word"), Text(word))
    if output == "count":
        template = stream.pick(("Count the {what} in the word {word}.", "Print how many {what} the word {word} has."))
        loop = EachLetter(letter, Var("word"), (If(test(letter, k), (Update("+", count, Num(1)),)),))
        body = (let, Let("int", count, Num(0)), loop, Print(count))
    else:
        template = stream.pick(("Print the {what} of the word {word}.", "List the {what} in the word {word}."))
        body = (let, EachLetter(letter, Var("word"), (If(test(letter, k), (Print(letter),)),)))
    return template.format(what=words.format(k=k), word=word), Program(body)


_SYMBOLS = {"*": "stars", "#": "hashes", "+": "plus signs", "o": "letters o"}


def _number_row(first: Expr, last: Expr, number: Expr, down: bool = False) -> tuple[Stmt, ...]:
    line = Role("line")
    loop = Count(Role("column"), first, last, (AppendNumber(line, number),), down)
    return (Let("text", line, Text("")), loop, Print(line))


# n rows, i the row, w another width
_SHAPES = {
    "square": "a square of {symbols} with side {n}",
    "rectangle": "a rectangle of {symbols} with {n} rows and {w} columns",
    "triangle": "a triangle of {symbols} with {n} rows",
    "falling": "a falling triangle of {symbols} with {n} rows",
    "stairs": "a right triangle of {symbols} with {n} rows and dots before them",
    "slope": "a diagonal of {symbols} with {n} rows and dots before them",
    "frame": "{n} rows of i {symbols} between two bars",
    "counting": "a triangle of the numbers from 1 to i with {n} rows",
    "repeated": "a triangle of the row number i, i times, with {n} rows",
    "backwards": "a triangle of the numbers from i down to 1 with {n} rows",
}


def _row(shape: str, symbol: str, n: int, w: int) -> tuple[Stmt, ...]:
    i, j = Role("row"), Role("column")
    if shape in ("counting", "repeated"):
        return _number_row(Num(1), i, j if shape == "counting" else i)
    if shape == "backwards":
        return _number_row(i, Num(1), j, down=True)
    row = {
        "square": Repeat(symbol, Num(n)),
        "rectangle": Repeat(symbol, Num(w)),
        "triangle": Repeat(symbol, i),
        "falling": Repeat(symbol, i),
        "stairs": Join(Repeat(".", Bin("-", Num(n), i)), Repeat(symbol, i)),
        "slope": Join(Repeat(".", i), Text(symbol)),
        "frame": Join(Join(Text("|"), Repeat(symbol, i)), Text("|")),
    }[shape]
    return (Print(row),)


@family("pattern", _SHAPES, in_base=True)
def pattern(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    (shape,) = parts
    symbol = stream.pick(tuple(_SYMBOLS))
    n, w = stream.pick((3, 4, 5, 6)), stream.pick((2, 7, 8, 9))
    described = _SHAPES[shape].format(symbols=_SYMBOLS[symbol], n=n, w=w)
    down = shape == "falling"
    first, last = (n, 1) if down else (1, n)
    loop = Count(Role("row"), Num(first), Num(last), _row(shape, symbol, n, w), down)
    return stream.pick(("Print {}.", "Draw {}.")).format(described), Program((loop,))
