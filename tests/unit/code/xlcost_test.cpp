#include "quartet/code/xlcost.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "support/test_files.h"

namespace quartet::code {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using enum XlcostDamage;

std::string python(std::string_view text) {
  return detokenize_xlcost(Grammar::kPython, text).text;
}
std::string java(std::string_view text) {
  return detokenize_xlcost(Grammar::kJava, text).text;
}
std::string cpp(std::string_view text) {
  return detokenize_xlcost(Grammar::kCpp, text).text;
}
std::vector<XlcostDamage> damage(Grammar grammar, std::string_view text) {
  return detokenize_xlcost(grammar, text).damage;
}

TEST(Xlcost, BlanksInStringsAreNoise) {
  EXPECT_EQ(java("\" _ _ main _ _ \""), "\"__main__\"");
  EXPECT_EQ(java("' inf '"), "'inf'");
  EXPECT_EQ(java("\" , ▁ \""), "\", \"");
  EXPECT_EQ(java("\" \""), "\"\"");
  EXPECT_EQ(java("\" ▁ \""), "\" \"");
  EXPECT_EQ(java("\" - 1\""), "\"-1\"");
  EXPECT_EQ(java("\" Sum ▁ of ▁ all:▁▁ \""), "\"Sum of all:  \"");
}

TEST(Xlcost, MarksInStringsBecomeEscapes) {
  EXPECT_EQ(java("\" Yes STRNEWLINE \""), "\"Yes\\n\"");
  EXPECT_EQ(java("\" NEW_LINE a ▁ TABSYMBOL b\""), "\"\\na \\tb\"");
  EXPECT_EQ(java("\"NEW_LINE\");"), "\"\\n\" );");
  EXPECT_EQ(java("\" STRNEWLINES NEW_LINEX \""), "\"STRNEWLINESNEW_LINEX\"") << "whole words only";
}

TEST(Xlcost, QuotesAndEscapes) {
  EXPECT_EQ(java("x = \" it ' s \" + ' \" ' ;"), "x = \"it's\" + '\"' ;");
  EXPECT_EQ(java("\" a \\\" b \" + c"), "\"a\\\"b\" + c") << "a backslash takes the next character along";
  EXPECT_EQ(java("'\\\\' + 'x'"), "'\\\\' + 'x'");
  EXPECT_EQ(java("a \" x"), "a \" x") << "a quote without partner is a token";
  EXPECT_EQ(java("a ' \" x \""), "a ' \"x\"");
  EXPECT_EQ(java("\" a \\"), "\" a \\");
  EXPECT_EQ(detokenize_xlcost(Grammar::kJavascript, "` a ▁ b ` + ' c '").text, "`a b` + 'c'");
  EXPECT_EQ(java("` a ▁ b `"), "` a ▁ b `") << "only JavaScript has these";
}

TEST(Xlcost, PythonTripleQuotes) {
  EXPECT_EQ(python("x = \"\"\" a ▁ \" b \"\"\" + '' + ''' c '''"), "x = \"\"\"a \"b\"\"\" + '' + '''c'''\n");
  EXPECT_EQ(python("\"\"\" a ▁ b \" c \""), "\"\"\" a ▁ b \"c\"\n") << "without partner";
  EXPECT_EQ(java("\"\"\" a b \"\"\""), "\"\" \"ab\" \"\"") << "only Python has these";
}

TEST(Xlcost, PythonLinesAndLevels) {
  EXPECT_EQ(
      python("def f ( x ) : NEW_LINE INDENT if x : NEW_LINE INDENT return 1 NEW_LINE DEDENT DEDENT print ( f ( 0 ) ) "
             "NEW_LINE"),
      "def f ( x ) :\n    if x :\n        return 1\nprint ( f ( 0 ) )\n");
  EXPECT_EQ(python("a NEW_LINE NEW_LINE b"), "a\nb\n") << "no empty lines";
  EXPECT_EQ(python("a DEDENT DEDENT b INDENT c"), "a\nb\n    c\n") << "the level stops at 0; marks end a line";
  EXPECT_EQ(python("x = ( 1 , NEW_LINE 2 )"), "x = ( 1 ,\n2 )\n");
  EXPECT_EQ(python(""), "");
  EXPECT_EQ(python(" NEW_LINE INDENT "), "");
}

TEST(Xlcost, BraceLanguages) {
  EXPECT_EQ(cpp("#include <a> NEW_LINE int x ; INDENT y DEDENT z NEW_LINE"), "#include <a>\nint x ;\ny\nz");
  EXPECT_EQ(cpp("int a = 1 << 2 ; a < < b"), "int a = 1 << 2 ; a < < b");
  EXPECT_EQ(java(""), "");
}

TEST(Xlcost, DirectivesBeginLines) {
  EXPECT_EQ(cpp("int x ; # define N 5 NEW_LINE int y ;"), "int x ;\n# define N 5\nint y ;");
  EXPECT_EQ(cpp("x ; #define S(a) #a NEW_LINE #include<b> NEW_LINE #pragma once"),
            "x ;\n#define S(a) #a\n#include<b>\n#pragma once");
  EXPECT_EQ(cpp("#define CAT( a , b ) # a ## b"), "#define CAT( a , b ) # a ## b") << "signs of a macro's body";
  EXPECT_EQ(java("x ; # define N 5"), "x ; # define N 5") << "only C and C++ have directives";
  EXPECT_EQ(cpp("' # ' + \" #include \""), "'#' + \"#include\"");
}

TEST(Xlcost, TextThatIsNoXlcostStays) {
  const char* program = "def f(x):\n    print(\"a  b\")\n";
  EXPECT_EQ(python(program), program);
  EXPECT_THAT(damage(Grammar::kPython, program), ElementsAre(kNotTokenized));
  EXPECT_EQ(python(python("if x : NEW_LINE INDENT print ( ' a ▁ b ' ) NEW_LINE")), "if x :\n    print ( 'a b' )\n");
  EXPECT_EQ(java("\nx = \" a \" ;\n"), "x = \"a\" ;") << "one line, whatever is around it";
  EXPECT_THAT(damage(Grammar::kJava, "\nx = \" a \" ;\n"), IsEmpty());
  EXPECT_EQ(python("a\nb NEW_LINE c"), "a b\nc\n") << "with a mark, only marks count";
  EXPECT_THAT(damage(Grammar::kPython, "a ;\nb NEW_LINE c"), Contains(kLineBreak));
}

TEST(Xlcost, WholePrograms) {
  const std::initializer_list<std::pair<Grammar, const char*>> programs = {
      {Grammar::kPython, R"(import math NEW_LINE class A ( B ) : NEW_LINE INDENT x = [ 0 ] * 5 NEW_LINE
         def f ( self , * a , k = - 1 ) : NEW_LINE INDENT print ( ' a ▁ b ' , end = " " ) NEW_LINE
         return not x [ 0 ] if a else lambda y : y NEW_LINE DEDENT DEDENT
         if __name__ == ' _ _ main _ _ ' : NEW_LINE INDENT for i , j in f ( 3 ) : NEW_LINE INDENT
         x [ i ] ^= 1e9 if 0 else ' a ' ' b ' NEW_LINE DEDENT DEDENT)"},
      {Grammar::kJava, R"(import java . util . * ; public class GFG {
         static int [ ] f ( int [ ] a , List < Integer > b ) throws E {
         for ( int x : a ) if ( ( x & 1 ) == 0 || ! ok ( x ) ) return ( int [ ] ) b ; else b . add ( ( int ) x ) ;
         if ( o instanceof String s && a [ 0 ] > 0 ) { } do { x ++ ; } while ( x < 3 ) ;
         sort ( a , ( p , q ) -> p - q ) ; return new int [ ] { 1 , 2 } ; }
         @ Override public String toString ( ) { return " a ▁ b " + ' c ' ; } })"},
      {Grammar::kJavascript, R"(let a = [ 1 , 2 ] ; for ( let x of a ) if ( x in b ) c ( x ) ;
         else ( function ( ) { return typeof x ; } ) ( ) ;
         class A extends B { static f ( x ) { return async ( y ) => { await y ; } ; } }
         var r = new Array ( 5 ) . fill ( 0 ) . map ( ( ) => 1 ) ; while ( a [ 0 ] -- ) { })"},
      {Grammar::kCpp, R"(#include <bits/stdc++.h> NEW_LINE #define ll long long NEW_LINE
         #define sq( x ) ( x ) * ( x ) NEW_LINE #define N 5 NEW_LINE using namespace std ;
         template < class T > T f ( const vector < T > & a , unsigned int n ) { auto g = [ & ] ( int i ) { return i ; } ;
         if ( ( double ) n / 2 > 0 and a [ n - 1 ] ) cout << " a ▁ b " " c " << endl ;
         printf ( " %" PRId64 , n ) ; int ( * h ) ( int ) = 0 ; return ( T ) ( n ) ; }
         int main ( ) { char c = '0' ; if ( Node r = c ) f ( r ) ; if ( Node * p = q ) delete [ ] p ;
         return sizeof ( int ) ; })"}};
  for (const auto& [grammar, text] : programs) {
    std::string one_line = text;
    std::replace(one_line.begin(), one_line.end(), '\n', ' ');
    EXPECT_THAT(damage(grammar, one_line), IsEmpty()) << text;
  }
}

TEST(Xlcost, LostOperators) {
  for (const char* condition :
       {"n % 2 == 0 n % 3 == 0", "a [ i ] b [ i ]", "f ( x ) g ( y )", "( a == b ) ( c == d )", "( a < b ) c",
        "x == 'a' x == 'b'", "s . empty ( ) ! t", "n == 0 ( n > 5 )", "( a > 0 && b ) c", "x == y z == 3", "n 3"}) {
    const std::string text = base::cat("if ( ", condition, " ) return ;");
    for (const Grammar grammar : {Grammar::kJava, Grammar::kJavascript, Grammar::kCpp})
      EXPECT_THAT(damage(grammar, text), Contains(kLostOperator)) << text;
  }
  EXPECT_THAT(damage(Grammar::kJavascript, "let a = 1 ; b = f ( a ) c = 2 ;"), Contains(kLostOperator));
  EXPECT_THAT(damage(Grammar::kJavascript, "a = b c = d ;"), Contains(kLostOperator));
  EXPECT_THAT(damage(Grammar::kCpp, "#define N 5 int main ( ) { }"), Contains(kLostOperator)) << "the line did not end";
  for (const char* text : {"x = a b", "x = f ( a ) b", "x = 0 y", "if x == 0 ( y ) : NEW_LINE INDENT z", "x = ' a ' b"})
    EXPECT_THAT(damage(Grammar::kPython, text), ElementsAre(kLostOperator)) << text;
  EXPECT_EQ(java("if ( n % 2 == 0 n % 3 == 0 ) { x ( ) ; }"), "if ( n % 2 == 0 n % 3 == 0 ) { x ( ) ; }")
      << "not repaired";
}

TEST(Xlcost, LostParts) {
  EXPECT_THAT(damage(Grammar::kJava, "x = \" a ;"), ElementsAre(kUnterminatedQuote));
  EXPECT_THAT(damage(Grammar::kPython, "' NEW_LINE INDENT x = ' a"), Contains(kUnterminatedQuote));
  EXPECT_THAT(damage(Grammar::kJava, "f ( \" \" ▁ + ▁ x ) ;"), ElementsAre(kStrayMark));
  EXPECT_THAT(damage(Grammar::kCpp, "x STRNEWLINE ;"), ElementsAre(kStrayMark));
  EXPECT_THAT(damage(Grammar::kJava, "f ( \"YesNEW_LINE\");"), ElementsAre(kStrayMark));
  EXPECT_THAT(damage(Grammar::kJava, "x = \" Modified ▁ array of \" ;"), ElementsAre(kLostBlank));
  EXPECT_THAT(damage(Grammar::kJavascript, "x = \" \" ;"), ElementsAre(kLostString));
  EXPECT_THAT(damage(Grammar::kJavascript, "x = \" ▁ \" ;"), IsEmpty());
  EXPECT_THAT(damage(Grammar::kJava, "x = \" \" ;"), IsEmpty());
  EXPECT_THAT(damage(Grammar::kCpp, "c = ' ' ;"), ElementsAre(kLostString));
  for (const char* text : {"print x", "print ' a '", "print not x", "if x : NEW_LINE INDENT print 1"})
    EXPECT_THAT(damage(Grammar::kPython, text), ElementsAre(kPrintStatement)) << text;
  for (const char* text : {"print ( x )", "f ( print )", "x = print if y else z", "print = 3"})
    EXPECT_THAT(damage(Grammar::kPython, text), IsEmpty()) << text;
  EXPECT_THAT(damage(Grammar::kPython, "x # y"), ElementsAre(kComment));
  EXPECT_THAT(damage(Grammar::kPython, "x // y"), IsEmpty());
  for (const char* text : {"x ; // y", "x ; /* y", "x ; */ y"})
    EXPECT_THAT(damage(Grammar::kJava, text), ElementsAre(kComment)) << text;
}

TEST(Xlcost, BrokenBlocks) {
  for (const char* text : {"if x : NEW_LINE y NEW_LINE", "if x : NEW_LINE", "x NEW_LINE INDENT y NEW_LINE", "f ( x"})
    EXPECT_THAT(damage(Grammar::kPython, text), ElementsAre(kBrokenBlock)) << text;
  for (const char* text : {"f ( ) { if ( x ) }", "if ( x ) else y ;", "{ if ( x ) y ; else }", "for ( ; ; )",
                           "f ( ( x ) ;", "f ( x ] ) ;", "}"})
    EXPECT_THAT(damage(Grammar::kCpp, text), Contains(kBrokenBlock)) << text;
}

TEST(Xlcost, DamageHasNames) {
  for (int i = 0; i < kNumXlcostDamages; ++i) EXPECT_FALSE(damage_name(static_cast<XlcostDamage>(i)).empty());
  EXPECT_EQ(damage_name(kComment), "comment");
  EXPECT_EQ(damage_name(kNotTokenized), "not_tokenized");
}

TEST(Xlcost, HostileTextIsLinear) {
  std::string quotes;
  for (int i = 0; i < 100'000; ++i) quotes += R"( ' \' \\ """ \\'\")";
  EXPECT_FALSE(python(quotes).empty());
  std::string escaped = "x = '";
  for (int i = 0; i < 300'000; ++i) escaped += " \\'";
  EXPECT_FALSE(java(escaped).empty()) << "no quote has a partner";
  std::string levels;
  for (int i = 0; i < 20'000; ++i) levels += "x : INDENT ";
  EXPECT_LT(python(levels).size(), 20'000u * 410) << "indentation has a bound";
  EXPECT_THAT(damage(Grammar::kPython, levels), Contains(kBrokenBlock));
  EXPECT_THAT(damage(Grammar::kJava, std::string(1'000'000, '(')), ElementsAre(kBrokenBlock));
  const std::string bytes("a\0 \xff \xe2\x96 b", 10);
  EXPECT_EQ(java(bytes), bytes);
}

struct ParseCounts {
  int clean_before = 0;
  int clean_after = 0;
  int bad_nodes_after = 0;
  int found_damage = 0;  ///< texts that do not parse and are flagged
};

ParseCounts count_parses(const std::filesystem::path& path, Grammar grammar) {
  ParseCounts counts;
  base::JsonlReader reader(path);
  while (const auto row = reader.next()) {
    const std::string reference = (*row)["reference"].get<std::string>();
    const DetokenizedText result = detokenize_xlcost(grammar, reference);
    const SyntaxTree tree(grammar, result.text);
    counts.clean_before += !SyntaxTree(grammar, reference).has_error();
    counts.clean_after += !tree.has_error();
    counts.found_damage += tree.has_error() && result.damaged();
    for (const SyntaxNode& node : tree.nodes()) counts.bad_nodes_after += node.error || node.missing;
  }
  return counts;
}

TEST(Xlcost, RealReferencesParse) {
  struct Expected {
    const char* language;
    int clean_before, clean_after, bad_nodes_after;
  };
  for (const Expected& expected : {Expected{"python", 0, 191, 26}, Expected{"java", 176, 176, 56},
                                   Expected{"javascript", 165, 165, 64}, Expected{"cpp", 0, 171, 88}}) {
    const auto path = quartet::testing::shared_data(base::cat("xlcost-scored/", expected.language, "-base.jsonl"));
    if (!path) GTEST_SKIP() << "no shared data: real references are not detokenised";
    const ParseCounts counts = count_parses(*path, *find_grammar(expected.language));
    EXPECT_EQ(counts.clean_before, expected.clean_before) << expected.language;
    EXPECT_NEAR(counts.clean_after, expected.clean_after, 2) << expected.language;
    EXPECT_NEAR(counts.bad_nodes_after, expected.bad_nodes_after, 4) << expected.language;
    EXPECT_GE(counts.found_damage, 198 - counts.clean_after) << expected.language << ": at most two unnoticed";
  }
}

}  // namespace
}  // namespace quartet::code
