#include "quartet/code/language_detector.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
        "The function should return the largest element in the list for all inputs.", "{ { { ; ; ;", "0 0 0 0"}) {
    EXPECT_EQ(detect_language(text), std::nullopt) << text;
  }
}

TEST(LanguageDetector, PlacesTheProgramsOfTheGoldens) {
  base::JsonlReader reader(quartet::testing::golden("codebleu/vectors.jsonl"));
  std::size_t total = 0;
  std::size_t wrong = 0;
  while (const auto row = reader.next()) {
    const std::string text = (*row)["references"][0].get<std::string>();
    if (text.size() < 80) continue;  // fragments that may be anything
    ++total;
    const auto found = detect_language(text);
    wrong += found && *found != *find_grammar((*row)["language"].get<std::string>());
  }
  ASSERT_GT(total, 150u);
  EXPECT_LT(static_cast<double>(wrong), 0.12 * static_cast<double>(total));
}

TEST(LanguageDetector, RealReferences) {
  for (const char* language : {"python", "java", "javascript", "cpp"}) {
    const auto path = quartet::testing::shared_data(std::string("xlcost-scored/") + language + "-base.jsonl");
    if (!path) GTEST_SKIP() << "no shared data: real references are not looked at";
    base::JsonlReader reader(*path);
    std::size_t right = 0;
    std::size_t other = 0;
    while (const auto row = reader.next()) {
      const auto found = detect_language((*row)["reference"].get<std::string>());
      right += found == find_grammar(language);
      other += found && found != find_grammar(language);
    }
    EXPECT_GE(right, 198u) << language;
    EXPECT_EQ(other, 0u) << language;
  }
}

}  // namespace
}  // namespace quartet::code
