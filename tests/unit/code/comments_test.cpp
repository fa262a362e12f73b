#include "quartet/code/comments.h"

#include <gtest/gtest.h>

#include "quartet/code/python_text.h"
#include "quartet/code/source_view.h"

namespace quartet::code {
namespace {

std::string python(std::string_view text) {
  return remove_comments_compat(text, "python");
}
std::string java(std::string_view text) {
  return remove_comments_compat(text, "java");
}

TEST(CompatComments, PythonCommentsAndDocstrings) {
  EXPECT_EQ(python("# a\nx = 1 # b\n\ny = x"), "x = 1 \ny = x");
  EXPECT_EQ(python("\"\"\" doc\nlines \"\"\"\nx = 1"), "x = 1");
  EXPECT_EQ(python("def f(x):\n    'doc'\n    return x"), "def f(x):\n    return x");
  EXPECT_EQ(python("x = 'kept' # gone"), "x = 'kept' ");
}

TEST(CompatComments, PythonStringAtColumnZero) {
  EXPECT_EQ(python("a = [\n\"x\" ,\n\"y\" ]"), "a = [\n ,\n ]");
  EXPECT_EQ(python("if a:\n  b\n'c'"), "if a:\n  b");
}

TEST(CompatComments, PythonTextThatDoesNotTokeniseStays) {
  for (const char* text : {"x = (1 # c", "x = '''a # b", "if x:\n    y\n  z # c", "x = 1 ) # c", "x = \\"})
    EXPECT_EQ(python(text), text);
}

TEST(CompatComments, PythonBlanks) {
  EXPECT_EQ(python("if x:\n\ty = 1\n\tz = 2"), "if x:\n\ty = 1\n z = 2")
      << "only the line that opens a block keeps its tabs";
  EXPECT_EQ(python("x\t=\t1"), "x = 1");
  EXPECT_EQ(python("x\t? 1"), "x\t? 1") << "a sign that is no Python takes the blanks before it along";
  EXPECT_EQ(python("x = 1 + \\\n  2"), "x = 1 +  2");
}

TEST(CompatComments, PythonStringsOverLines) {
  EXPECT_EQ(python("x = 'a\\\nb' # c\ny"), "x = 'a\\\nb' \ny");
  EXPECT_EQ(python("x = 'a # b\ny # c"), "x = 'a \ny ") << "an open quote is an odd sign, the rest is code";
  EXPECT_EQ(python("Rb'doc'\nx = bR\"\"\"a # b\n\"\"\" # c"), "x = bR\"\"\"a # b\n\"\"\" ");
}

TEST(CompatComments, BraceLanguages) {
  EXPECT_EQ(java("int x; // a\n/* b\n c */ int y;"), "int x;  \n  int y;");
  EXPECT_EQ(java("s = \"a // b\"; c = '\\''; // d"), "s = \"a // b\"; c = '\\'';  ");
  EXPECT_EQ(java("c = ' // d"), "c = '  ") << "an open quote hides nothing";
  EXPECT_EQ(java("a '\\' // b"), "a '\\'  ");
  EXPECT_EQ(java("/* a"), "/* a");
  EXPECT_EQ(java("x = 1'000; // don't\ny"), "x = 1'000; // don't\ny") << "two apostrophes make a string, as upstream";
}

std::vector<std::string> tokens(Grammar grammar, const char* text) {
  const SyntaxTree tree(grammar, text);
  const SourceView view = view_source(tree);
  return {view.tokens.begin(), view.tokens.end()};
}

TEST(SourceView, NeitherCommentsNorLayout) {
  const auto plain = tokens(Grammar::kPython, "def f(x):\n    return x + 'a b'");
  EXPECT_EQ(plain, (std::vector<std::string>{"def", "f", "(", "x", ")", ":", "return", "x", "+", "'a b'"}));
  EXPECT_EQ(tokens(Grammar::kPython, "# c\ndef f( x ):  # d\n\n  'doc'\n  return x + \\\n    'a b'\n"), plain);
  EXPECT_EQ(tokens(Grammar::kCpp, "int /* a */ x = 'c';// b\n"),
            (std::vector<std::string>{"int", "x", "=", "'c'", ";"}));
  EXPECT_EQ(tokens(Grammar::kJavascript, "a = `b ${c}` // d"), (std::vector<std::string>{"a", "=", "`b ${c}`"}));
}

TEST(SourceView, OnlyTheFirstStringOfABodyIsADocstring) {
  EXPECT_EQ(tokens(Grammar::kPython, "x = 1\n'kept'"), (std::vector<std::string>{"x", "=", "1", "'kept'"}));
  EXPECT_EQ(tokens(Grammar::kPython, "'gone'\n'kept'"), (std::vector<std::string>{"'kept'"}));
  EXPECT_EQ(tokens(Grammar::kPython, "if x:\n  'kept'"), (std::vector<std::string>{"if", "x", ":", "'kept'"}));
}

TEST(PythonText, SplitAndStrip) {
  EXPECT_EQ(python_strip(" \t\xc2\xa0x y\xe3\x80\x80\n"), "x y");
  EXPECT_EQ(python_split("\x1c"
                         "a\xc2\x85"
                         "b\xe2\x80\xa8"
                         "c")
                .size(),
            3u);
  EXPECT_EQ(python_split("a\xe2\x80\x8b"
                         "b")
                .size(),
            1u)
      << "U+200B is no blank";
  EXPECT_TRUE(python_split(" \n").empty());
}

TEST(PythonText, WordCharacters) {
  for (const char32_t c : {U'_', U'z', U'7', U'é', U'中', U'²', U'٣'})
    EXPECT_TRUE(is_python_word(c)) << static_cast<int>(c);
  for (const char32_t c : {U'$', U'\u2581', U'\u00a0', U'\U0001F600', U'–'})
    EXPECT_FALSE(is_python_word(c)) << static_cast<int>(c);
}

}  // namespace
}  // namespace quartet::code
