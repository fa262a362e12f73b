"""C++: the headers that are needed, using namespace std, vectors, cout."""

from __future__ import annotations

from . import tree as t
from .braces import BracesPrinter

_KINDS = {"int": "int", "long": "long long", "text": "string"}


class CppPrinter(BracesPrinter):
    language = "cpp"
    indent_width = 2

    def program(self, program: t.Program) -> str:
        for function in program.functions:
            parameters = ", ".join(f"int {p}" for p in function.parameters)
            self.braced(f"int {function.name}({parameters})", function.body)
            self.line("")
        self.line("int main() {")
        self.block(program.body)
        self.depth = 1
        self.line("return 0;")
        self.depth = 0
        self.line("}")
        headers = [f"#include <{header}>" for header in sorted(self.needs | {"iostream"})]
        return "\n".join(headers + ["using namespace std;"] + self.lines)

    # --- expressions ---

    def spell_Last(self, expr: t.Last):
        return f"{self.expr(expr.array)}.back()"

    def spell_Length(self, expr: t.Length):
        return f"{self.expr(expr.array)}.size()"

    def spell_TextLength(self, expr: t.TextLength):
        return f"{self.expr(expr.text)}.size()"

    def spell_EndLetter(self, expr: t.EndLetter):
        return f"{self.expr(expr.text)}.{'back' if expr.last else 'front'}()"

    def spell_Pick(self, expr: t.Pick):
        self.needs.add("algorithm")
        return f"{'max' if expr.largest else 'min'}({self.expr(expr.left)}, {self.expr(expr.right)})"

    def spell_Huge(self, expr: t.Huge):
        self.needs.add("climits")
        return "INT_MAX"

    def spell_Repeat(self, expr: t.Repeat):
        self.needs.add("string")
        return f"string({self.expr(expr.times)}, '{expr.letter}')"

    def spell_IsIn(self, expr: t.IsIn):
        self.needs.add("string")
        found = f'string("{expr.letters}").find({self.expr(expr.letter)})'
        return self.compare(found, f"{'==' if expr.negated else '!='} string::npos")

    def spell_Seen(self, expr: t.Seen):
        return f"{'!' if expr.negated else ''}{self.expr(expr.group)}.count({self.expr(expr.element)})"

    def spell_Size(self, expr: t.Size):
        return f"{self.expr(expr.group)}.size()"

    # --- statements ---

    def do_Let(self, s: t.Let):
        if s.kind == "text":
            self.needs.add("string")
        self.line(f"{_KINDS[s.kind]} {self.name(s.target)} = {self.expr(s.value)};")

    def do_LetArray(self, s: t.LetArray):
        self.needs.add("vector")
        self.line(f"vector<int> {s.name} = {{{', '.join(map(str, s.values))}}};")

    def do_LetSet(self, s: t.LetSet):
        self.needs.add("set")
        self.line(f"set<{'int' if s.kind == 'int' else 'char'}> {self.name(s.target)};")

    def do_Put(self, s: t.Put):
        self.line(f"{self.expr(s.group)}.insert({self.expr(s.element)});")

    def do_Each(self, s: t.Each):
        self.braced(f"for (int {self.name(s.target)} : {self.expr(s.array)})", s.body)

    def do_EachLetter(self, s: t.EachLetter):
        self.braced(f"for (char {self.name(s.target)} : {self.expr(s.text)})", s.body)

    def do_Print(self, s: t.Print):
        self.line(f"cout << {self.expr(s.value)} << endl;")

    def do_Sort(self, s: t.Sort):
        self.needs.add("algorithm")
        first, last = ("rbegin", "rend") if s.down else ("begin", "end")
        array = self.expr(s.array)
        self.line(f"sort({array}.{first}(), {array}.{last}());")

    def do_ChangeWord(self, s: t.ChangeWord):
        w = self.name(s.target)
        if s.change in ("reverse", "upper"):
            self.needs.add("algorithm")
        self.line(
            {
                "reverse": f"reverse({w}.begin(), {w}.end());",
                "upper": f"transform({w}.begin(), {w}.end(), {w}.begin(), ::toupper);",
                "double": f"{w} += {w};",
                "drop_first": f"{w}.erase(0, 1);",
                "drop_last": f"{w}.pop_back();",
                "add": f"{w} += '{s.letter}';",
            }[s.change]
        )

    def do_AppendNumber(self, s: t.AppendNumber):
        self.line(f"{self.name(s.target)} += to_string({self.expr(s.number)});")
