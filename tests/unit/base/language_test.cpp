#include "quartet/base/language.h"

#include <gtest/gtest.h>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

TEST(Language, TheListInItsOrder) {
  std::string ids;
  for (const Language& language : languages()) ids += std::string(language.id) + " ";
  EXPECT_EQ(ids, "python java javascript cpp c c_sharp php go ruby rust ");
}

TEST(Language, Spellings) {
  const std::pair<const char*, const char*> cases[] = {
      {"Python", "python"}, {"py", "python"},      {"JAVA", "java"},  {"Javascript", "javascript"},
      {"js", "javascript"}, {"C++", "cpp"},        {"CPP", "cpp"},    {"C", "c"},
      {"C#", "c_sharp"},    {"csharp", "c_sharp"}, {"cs", "c_sharp"}, {"c_sharp", "c_sharp"},
      {"PHP", "php"},       {"golang", "go"},      {"Rust", "rust"},  {"rb", "ruby"},
  };
  for (const auto& [name, id] : cases) {
    ASSERT_NE(find_language(name), nullptr) << name;
    EXPECT_EQ(find_language(name)->id, id);
  }
  EXPECT_EQ(find_language("cobol"), nullptr);
  EXPECT_EQ(find_language(""), nullptr);
}

TEST(Language, PromptNamesOfTheStudy) {
  std::string names;
  for (const char* id : {"python", "java", "javascript", "cpp"})
    names += std::string(find_language(id)->prompt_name) + " ";
  EXPECT_EQ(names, "Python Java Javascript C++ ");
}

TEST(Language, UnknownNameListsTheKnownOnes) {
  try {
    require_language("pyhton", "--language");
    FAIL();
  } catch (const ConfigError& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with("--language: unknown language \"pyhton\" (did you mean 'python'?)")) << message;
    EXPECT_NE(message.find("c_sharp php go ruby rust"), std::string::npos);
  }
}

}  // namespace
}  // namespace quartet::base
