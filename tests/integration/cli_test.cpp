#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/run_program.h"
#include "support/test_files.h"

namespace quartet {
namespace {

using ::testing::HasSubstr;

struct Program {
  const char* name;
  const char* command;  // a subcommand, "" where there is none
};

/// What every program promises on its command line, whatever it does.
class CommandLine : public ::testing::TestWithParam<Program> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(std::filesystem::path(QUARTET_BIN_DIR) / GetParam().name)) {
      GTEST_SKIP() << GetParam().name << " is not part of this build";
    }
  }
  testing::ProgramResult run(std::vector<std::string> words) const {
    if (*GetParam().command != '\0') words.insert(words.begin(), GetParam().command);
    words.insert(words.begin(), GetParam().name);
    return testing::run_program(words);
  }
  std::string error_prefix() const { return std::string(GetParam().name) + ": error: "; }
};

TEST_P(CommandLine, HelpHasUsageAndExamples) {
  const auto result = run({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, HasSubstr(std::string("Usage: ") + GetParam().name));
  EXPECT_THAT(result.out, HasSubstr("\nExamples:\n"));
  for (const char* flag : {"--config FILE", "--quiet", "--log-level", "--threads", "--seed", "--version"}) {
    EXPECT_THAT(result.out, HasSubstr(flag));
  }
}

TEST_P(CommandLine, Version) {
  const auto result = run({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, ::testing::MatchesRegex(std::string(GetParam().name) + " [0-9]+.[0-9]+.[0-9]+\n"));
}

TEST_P(CommandLine, EveryWrongFlagInOneGo) {
  const auto result = run({"--quiett", "--no-such-flag", "--threads", "many"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr(error_prefix() + "unknown flag --quiett (did you mean '--quiet'?)\n"));
  EXPECT_THAT(result.err, HasSubstr(error_prefix() + "unknown flag --no-such-flag\n"));
  EXPECT_THAT(result.err, HasSubstr(error_prefix() + "--threads: expected an integer, got \"many\"\n"));
}

TEST_P(CommandLine, ConfigFilesThatAreMissingOrWrong) {
  const testing::TempDir dir;
  const std::string path = dir / "c.yaml";
  auto result = run({"--config", path});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr(path + ": cannot open"));
  testing::write_bytes(path, "sead: 1\nthreads: [2\n");
  result = run({"--config", path});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr(path + ":"));
  testing::write_bytes(path, "sead: 1\nquiet: 3\n");
  result = run({"--config", path});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr(error_prefix() + path + ": sead: unknown key (did you mean 'seed'?)\n"));
  EXPECT_THAT(result.err, HasSubstr(error_prefix() + path + ": quiet: expected true or false, got 3\n"));
}

INSTANTIATE_TEST_SUITE_P(Programs, CommandLine,
                         ::testing::Values(Program{"finetune", ""}, Program{"generate", ""}, Program{"merge", "fold"},
                                           Program{"evaluate", "codebleu"}),
                         [](const auto& program) { return std::string(program.param.name); });

}  // namespace
}  // namespace quartet
