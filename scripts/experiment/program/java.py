"""Java: one class Main with static methods."""

from __future__ import annotations

from . import tree as t
from .braces import BracesPrinter

_KINDS = {"int": "int", "long": "long", "text": "String"}


class JavaPrinter(BracesPrinter):
    language = "java"

    def program(self, program: t.Program) -> str:
        self.depth = 1
        for function in program.functions:
            parameters = ", ".join(f"int {p}" for p in function.parameters)
            self.braced(f"static int {function.name}({parameters})", function.body)
            self.line("")
        self.braced("public static void main(String[] args)", program.body)
        imports = ["import java.util.*;"] if "util" in self.needs else []
        return "\n".join(imports + ["public class Main {"] + self.lines + ["}"])

    # --- expressions ---

    def spell_Last(self, expr: t.Last):
        array = self.expr(expr.array)
        return f"{array}[{array}.length - 1]"

    def spell_Length(self, expr: t.Length):
        return f"{self.expr(expr.array)}.length"

    def spell_TextLength(self, expr: t.TextLength):
        return f"{self.expr(expr.text)}.length()"

    def spell_EndLetter(self, expr: t.EndLetter):
        word = self.expr(expr.text)
        return f"{word}.charAt({word}.length() - 1)" if expr.last else f"{word}.charAt(0)"

    def spell_Pick(self, expr: t.Pick):
        return f"Math.{'max' if expr.largest else 'min'}({self.expr(expr.left)}, {self.expr(expr.right)})"

    def spell_Huge(self, expr: t.Huge):
        return "Integer.MAX_VALUE"

    def spell_Repeat(self, expr: t.Repeat):
        return f'"{expr.letter}".repeat({self.expr(expr.times)})'

    def spell_IsIn(self, expr: t.IsIn):
        return self.compare(f'"{expr.letters}".indexOf({self.expr(expr.letter)})', "< 0" if expr.negated else ">= 0")

    def spell_Seen(self, expr: t.Seen):
        return f"{'!' if expr.negated else ''}{self.expr(expr.group)}.contains({self.expr(expr.element)})"

    def spell_Size(self, expr: t.Size):
        return f"{self.expr(expr.group)}.size()"

    # --- statements ---

    def do_Let(self, s: t.Let):
        self.line(f"{_KINDS[s.kind]} {self.name(s.target)} = {self.expr(s.value)};")

    def do_LetArray(self, s: t.LetArray):
        self.line(f"{'Integer' if s.boxed else 'int'}[] {s.name} = {{{', '.join(map(str, s.values))}}};")

    def do_LetSet(self, s: t.LetSet):
        self.needs.add("util")
        element = "Integer" if s.kind == "int" else "Character"
        self.line(f"Set<{element}> {self.name(s.target)} = new HashSet<>();")

    def do_Put(self, s: t.Put):
        self.line(f"{self.expr(s.group)}.add({self.expr(s.element)});")

    def do_Each(self, s: t.Each):
        self.braced(f"for (int {self.name(s.target)} : {self.expr(s.array)})", s.body)

    def do_EachLetter(self, s: t.EachLetter):
        self.braced(f"for (char {self.name(s.target)} : {self.expr(s.text)}.toCharArray())", s.body)

    def do_Print(self, s: t.Print):
        self.line(f"System.out.println({self.expr(s.value)});")

    def do_Sort(self, s: t.Sort):
        self.needs.add("util")
        order = ", Collections.reverseOrder()" if s.down else ""
        self.line(f"Arrays.sort({self.expr(s.array)}{order});")

    def do_ChangeWord(self, s: t.ChangeWord):
        w = self.name(s.target)
        self.line(
            {
                "reverse": f"{w} = new StringBuilder({w}).reverse().toString();",
                "upper": f"{w} = {w}.toUpperCase();",
                "double": f"{w} = {w}.repeat(2);",
                "drop_first": f"{w} = {w}.substring(1);",
                "drop_last": f"{w} = {w}.substring(0, {w}.length() - 1);",
                "add": f"{w} += '{s.letter}';",
            }[s.change]
        )

    def do_AppendNumber(self, s: t.AppendNumber):
        self.line(f"{self.name(s.target)} += {self.expr(s.number)};")
