#include "quartet/code/language_detector.h"

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "quartet/base/jsonl.h"
#include "support/test_files.h"

namespace quartet::code {
namespace {

TEST(LanguageDetector, SmallPrograms) {
  const std::pair<const char*, Grammar> programs[] = {
      {"total = 0\nfor i in range(1, 6):\n    total += i\nprint(total)", Grammar::kPython},
      {"n = 7\nif n % 2 == 1:\n    print('yes')\nelse:\n    print('no')", Grammar::kPython},
      {"public class Main {\n  public static void main(String[] args) {\n    System.out.println(1);\n  }\n}",
       Grammar::kJava},
      {"const xs = [1, 2];\nfor (const x of xs) {\n  console.log(x);\n}", Grammar::kJavascript},
      {"function f(a, b) {\n  return a + b;\n}\nconsole.log(f(1, 2));", Grammar::kJavascript},
      {"#include <iostream>\nusing namespace std;\nint main() {\n  cout << 1 << endl;\n}", Grammar::kCpp},
      {"def f ( n ) : NEW_LINE INDENT return n NEW_LINE DEDENT print ( f ( 1 ) ) NEW_LINE", Grammar::kPython},
      {"static int f ( int n ) { return n ; } public static void main ( String [ ] args ) {", Grammar::kJava},
  };
  for (const auto& [text, grammar] : programs) EXPECT_EQ(detect_language(text), grammar) << text;
}

TEST(LanguageDetector, WhatIsNoProgram) {
  for (const char* text :
       {"", "Python", "1 2 3 4 5 6 7 8 9", "Write a program that prints the sum of the numbers.",
        "The function should return the largest element in the list for all inputs.", "{ { { ; ; ;", "0 0 0 0",
        "[/INST] \\n 2 [/INST] \\n 3 [/INST]", "2021-07-08T11:36:41+05:30 2021-07-08T11:36:41+05:30",
        "; Function to find the sum of the digits ; Driver code ; Function to find the sum of the digits",
        "Write a C++ program to complete the following. Count of pairs | C ++ program to implement the above "
        "approach"}) {
    EXPECT_EQ(detect_language(text), std::nullopt) << text;
    for (int g = 0; g < kNumGrammars; ++g)
      EXPECT_EQ(detect_language(text, static_cast<Grammar>(g)), std::nullopt) << text;
  }
}

TEST(LanguageDetector, PlacesTheProgramsOfTheGoldens) {
  base::JsonlReader reader(quartet::testing::golden("codebleu/vectors.jsonl"));
  std::size_t total = 0;
  std::size_t wrong = 0;
  std::size_t missed_when_asked = 0;
  while (const auto row = reader.next()) {
    const std::string text = (*row)["references"][0].get<std::string>();
    const auto grammar = find_grammar((*row)["language"].get<std::string>());
    if (text.size() < 80) continue;  // fragments that may be anything
    ++total;
    const auto found = detect_language(text);
    wrong += found && found != grammar;
    missed_when_asked += detect_language(text, *grammar) != grammar;
  }
  ASSERT_GT(total, 60u);
  EXPECT_LE(wrong * 20, total);
  EXPECT_LE(missed_when_asked * 20, total);
}

/// How often each language was detected where each one was given. The last column is "none".
class Confusion {
 public:
  void add(Grammar given, std::optional<Grammar> detected) {
    ++counts_[index(given)][detected ? index(*detected) : kNone];
  }
  std::size_t total(Grammar given) const {
    return std::accumulate(counts_[index(given)].begin(), counts_[index(given)].end(), std::size_t{0});
  }
  std::size_t count(Grammar given, Grammar detected) const { return counts_[index(given)][index(detected)]; }
  std::size_t none(Grammar given) const { return counts_[index(given)][kNone]; }
  double share_right(Grammar given) const {
    return static_cast<double>(count(given, given)) / static_cast<double>(total(given));
  }
  std::string table(const std::string& title) const {
    std::string text = title + " (rows: what it is; columns: what is detected)\n            ";
    for (int g = 0; g < kNumGrammars; ++g) text += cell(language_id(static_cast<Grammar>(g)));
    text += cell("none") + "\n";
    for (int g = 0; g < kNumGrammars; ++g) {
      const auto given = static_cast<Grammar>(g);
      if (total(given) == 0) continue;
      text += cell(language_id(given));
      for (const std::size_t n : counts_[index(given)]) text += cell(std::to_string(n));
      text += "\n";
    }
    return text;
  }

 private:
  static constexpr std::size_t kNone = kNumGrammars;
  static std::size_t index(Grammar grammar) { return static_cast<std::size_t>(grammar); }
  static std::string cell(std::string_view text) {
    return std::string(12 - std::min<std::size_t>(text.size(), 12), ' ') + std::string(text);
  }
  std::array<std::array<std::size_t, kNumGrammars + 1>, kNumGrammars> counts_{};
};

constexpr Grammar kFirstFour[] = {Grammar::kPython, Grammar::kJava, Grammar::kJavascript, Grammar::kCpp};
constexpr Grammar kOtherSix[] = {Grammar::kC,  Grammar::kCSharp, Grammar::kPhp,
                                 Grammar::kGo, Grammar::kRuby,   Grammar::kRust};

std::vector<std::string> own_programs(Grammar grammar) {
  const std::string all =
      quartet::testing::read_bytes(quartet::testing::golden("languages/" + std::string(language_id(grammar)) + ".txt"));
  std::vector<std::string> programs;
  constexpr std::string_view kSeparator = "%%%%\n";
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(kSeparator, begin), all.size());
    programs.push_back(all.substr(begin, end - begin));
    begin = end + kSeparator.size();
  }
  return programs;
}

TEST(LanguageDetector, ProgramsOfSixLanguages) {
  Confusion alone;
  for (const Grammar grammar : kOtherSix) {
    const std::vector<std::string> programs = own_programs(grammar);
    EXPECT_GE(programs.size(), 12u) << language_id(grammar);
    for (const std::string& program : programs) {
      alone.add(grammar, detect_language(program));
      EXPECT_EQ(detect_language(program, grammar), grammar) << program;
    }
    const std::size_t required = grammar == Grammar::kC ? programs.size() - 1 : programs.size();
    EXPECT_GE(alone.count(grammar, grammar), required) << language_id(grammar);
  }
  std::cout << alone.table("own programs, not told what was asked");
}

TEST(LanguageDetector, AProgramIsNotTakenForTheLanguageThatWasAsked) {
  for (const Grammar grammar : kOtherSix) {
    for (const std::string& program : own_programs(grammar)) {
      for (const Grammar asked : {Grammar::kPython, Grammar::kJava}) {
        EXPECT_NE(detect_language(program, asked), asked) << program;
      }
    }
  }
}

TEST(LanguageDetector, CAgainstCpp) {
  const char* either = "int twice(int n) {\n  int result = n * 2;\n  return result;\n}";
  EXPECT_EQ(detect_language(either, Grammar::kC), Grammar::kC);
  EXPECT_EQ(detect_language(either, Grammar::kCpp), Grammar::kCpp);

  const char* old_style = "#include <stdio.h>\nint main() {\n  printf(\"%d\", 3);\n  return 0;\n}";
  EXPECT_EQ(detect_language(old_style, Grammar::kC), Grammar::kC);
  EXPECT_EQ(detect_language(old_style, Grammar::kCpp), Grammar::kCpp) << "valid C++ as well";
  EXPECT_EQ(detect_language(old_style, Grammar::kPython), Grammar::kC) << "nothing in it is C++'s own";
  EXPECT_EQ(detect_language(old_style), Grammar::kC);

  const char* cpp = "#include <iostream>\nint main() {\n  std::cout << 3 << std::endl;\n}";
  EXPECT_EQ(detect_language(cpp, Grammar::kC), Grammar::kCpp);
  EXPECT_EQ(detect_language(cpp), Grammar::kCpp);

  const char* c =
      "#include <stdio.h>\n#include <stdlib.h>\ntypedef struct { int n; } Box;\nint main(void) {\n"
      "  struct node *a = malloc(sizeof(struct node));\n  struct node *b = malloc(sizeof *b);\n  free(a);\n}";
  EXPECT_EQ(detect_language(c, Grammar::kCpp), Grammar::kC) << "far more of C's own than of C++'s";
}

TEST(LanguageDetector, TheAskedLanguageWinsAmongEquals) {
  const char* any_brace_language = "int total = 0;\nfor (int i = 0; i < n; i++) {\n  total += i;\n}";
  for (const Grammar asked : {Grammar::kJava, Grammar::kCSharp, Grammar::kC, Grammar::kCpp})
    EXPECT_EQ(detect_language(any_brace_language, asked), asked);
  EXPECT_EQ(detect_language(any_brace_language), std::nullopt) << "nothing speaks for one of them";
  EXPECT_NE(detect_language(any_brace_language, Grammar::kPython), Grammar::kPython);
  EXPECT_EQ(detect_language("y = f(x)", Grammar::kPython), Grammar::kPython) << "no clue, but it parses";
  EXPECT_EQ(detect_language("y = f(x)", Grammar::kJava), std::nullopt);
  EXPECT_EQ(detect_language("[1, 2, 3, 4]", Grammar::kPython), std::nullopt) << "parses, but so does it in most";
}

TEST(LanguageDetector, AParsedTreeIsTakenInPlaceOfAParse) {
  const std::string text = "y = f(x)";
  EXPECT_EQ(detect_language(text, Grammar::kPython, nullptr), Grammar::kPython);
  const SyntaxTree own(Grammar::kPython, text);
  EXPECT_EQ(detect_language(text, Grammar::kPython, &own), Grammar::kPython);
  const SyntaxTree broken(Grammar::kPython, "y = = (");
  EXPECT_EQ(detect_language(text, Grammar::kPython, &broken), std::nullopt) << "the given tree says otherwise";
}

TEST(LanguageDetector, FencedAnswers) {
  const std::string answer =
      "Here is the function that you asked for:\n\n```python\ndef f(n):\n    return n + 1\n```\n"
      "It returns the number which follows; int main() is not needed.";
  EXPECT_EQ(detect_language(answer), Grammar::kPython);
  EXPECT_EQ(detect_language("/// ```\n/// let x = f(1);\n/// ```\npub fn f(n: u32) -> u32 {\n    n + 1\n}"),
            Grammar::kRust)
      << "fences within comments are no answer's";
}

TEST(LanguageDetector, HostileTexts) {
  std::string quotes;
  for (int i = 0; i < 200000; ++i) quotes += "' ";
  for (const std::string& text :
       {quotes, std::string(1 << 20, '('), std::string(1 << 20, 'a'), std::string("\xff\xfe = ("),
        std::string("x = \"\0\" ;", 9), "/* " + quotes, "```\n" + quotes}) {
    EXPECT_EQ(detect_language(text, Grammar::kJava), std::nullopt);
  }
}

/// Adds the texts of one field of a shared file.
bool add_shared(Confusion& confusion, const std::string& file, const std::string& field, Grammar given, bool asked,
                const std::string& before = "") {
  const auto path = quartet::testing::shared_data(file);
  if (!path) return false;
  base::JsonlReader reader(*path);
  while (const auto row = reader.next()) {
    std::string text = (*row)[field].get<std::string>();
    if (!before.empty()) text.insert(0, (*row)[before].get<std::string>());
    confusion.add(given, asked ? detect_language(text, given) : detect_language(text));
  }
  return true;
}

constexpr const char* kSkipped = "no shared data: real programs are not looked at";

TEST(LanguageDetector, RealReferences) {
  const char* pair_names[] = {"Python", "Java", "Javascript", "C++"};
  for (const bool asked : {false, true}) {
    Confusion confusion;
    for (std::size_t i = 0; i < 4; ++i) {
      const Grammar grammar = kFirstFour[i];
      const std::string id(language_id(grammar));
      if (!add_shared(confusion, "xlcost-scored/" + id + "-base.jsonl", "reference", grammar, asked))
        GTEST_SKIP() << kSkipped;
      add_shared(confusion, std::string("xlcost-pairs/") + pair_names[i] + "-program-level.jsonl", "code", grammar,
                 asked);
    }
    std::cout << confusion.table(asked ? "XLCoST references, told what was asked" : "XLCoST references");
    for (const Grammar grammar : kFirstFour) EXPECT_GE(confusion.share_right(grammar), 0.97) << language_id(grammar);
  }
}

TEST(LanguageDetector, CanonicalPrograms) {
  const char* humaneval_names[] = {"python", "java", "js", "cpp"};
  const char* multipl_names[] = {"py", "java", "js", "cpp"};
  Confusion whole;
  Confusion bodies;
  Confusion tests;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string file = std::string("humaneval-x/humaneval_") + humaneval_names[i] + "_even.jsonl";
    if (!add_shared(whole, file, "canonical_solution", kFirstFour[i], false, "prompt")) GTEST_SKIP() << kSkipped;
    add_shared(bodies, file, "canonical_solution", kFirstFour[i], true);
    add_shared(tests, std::string("multipl-e/humaneval-") + multipl_names[i] + "-reworded.jsonl", "tests",
               kFirstFour[i], false);
  }
  std::cout << whole.table("HumanEval-X programs") << bodies.table("HumanEval-X bodies alone, told what was asked")
            << tests.table("MultiPL-E test programs");
  for (const Grammar grammar : kFirstFour) {
    EXPECT_GE(whole.share_right(grammar), 0.97) << language_id(grammar);
    EXPECT_GE(tests.share_right(grammar), 0.97) << language_id(grammar);
    EXPECT_LE(bodies.total(grammar) - bodies.none(grammar) - bodies.count(grammar, grammar), 2u)
        << language_id(grammar) << ": bodies that are called another language";
  }
}

/// Against the counts of a classifier of another kind (regular expressions, checked by eye) on the same answers: real
/// ones of a base model, most of which are numbers, repeated words and prose.
TEST(LanguageDetector, PredictionsOfABaseModel) {
  struct Expected {
    Grammar asked;
    int python, java, javascript, c_and_cpp, none;
  };
  constexpr Expected kExpected[] = {{Grammar::kPython, 108, 4, 0, 18, 70},
                                    {Grammar::kJava, 0, 15, 0, 2, 183},
                                    {Grammar::kJavascript, 0, 2, 12, 6, 180},
                                    {Grammar::kCpp, 0, 0, 1, 19, 180}};
  Confusion confusion;
  for (const Expected& expected : kExpected) {
    const std::string id(language_id(expected.asked));
    if (!add_shared(confusion, "xlcost-scored/" + id + "-base.jsonl", "prediction", expected.asked, true))
      GTEST_SKIP() << kSkipped;
    const auto count = [&](Grammar detected) { return static_cast<int>(confusion.count(expected.asked, detected)); };
    constexpr int kTolerance = 12;
    EXPECT_NEAR(count(Grammar::kPython), expected.python, kTolerance) << id;
    EXPECT_NEAR(count(Grammar::kJava), expected.java, 3) << id;
    EXPECT_NEAR(count(Grammar::kJavascript), expected.javascript, 3) << id;
    EXPECT_NEAR(count(Grammar::kC) + count(Grammar::kCpp), expected.c_and_cpp, 3) << id;
    EXPECT_NEAR(static_cast<int>(confusion.none(expected.asked)), expected.none, kTolerance) << id;
    for (const Grammar other : {Grammar::kCSharp, Grammar::kPhp, Grammar::kGo, Grammar::kRuby, Grammar::kRust})
      EXPECT_LE(count(other), 2) << id << " taken for " << language_id(other);
  }
  std::cout << confusion.table("answers of the base model, told what was asked");
}

}  // namespace
}  // namespace quartet::code
