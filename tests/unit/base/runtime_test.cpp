#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/manifest.h"
#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "support/test_files.h"

namespace quartet::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

TEST(Log, LevelsGoToStderr) {
  CaptureStderr();
  set_log_level("warn");
  log_info("hidden {}");
  log_warning("shown {} \"%s\"");
  EXPECT_TRUE(log_enabled("error"));
  EXPECT_FALSE(log_enabled("info"));
  set_log_level("info");
  const std::string text = GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("warning: shown {} \"%s\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
  EXPECT_THROW(set_log_level("loud"), ConfigError);
}

TEST(Progress, EndsWithOnePlainLineWhereStderrIsNoTerminal) {
  CaptureStderr();
  {
    Progress progress("train", 10, "steps");
    for (std::uint64_t i = 1; i <= 10; ++i) progress.update(i);
    progress.finish("loss 1.5");
    progress.finish();
    Progress unfinished("load", 0, "bytes");
    unfinished.update(5);
  }
  const std::string text = GetCapturedStderr();
  EXPECT_THAT(text, ::testing::MatchesRegex("train 100% 10/10 steps, [0-9.]+ steps/s, [0-9.]+ s, loss 1.5\n"));
}

TEST(Progress, CanBeSwitchedOff) {
  CaptureStderr();
  Progress::set_enabled(false);
  Progress("train", 10, "steps").finish();
  Progress::set_enabled(true);
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Signals, TheFirstIsARequestTheSecondEnds) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {  // its own process: the request stays for the life of one
    install_stop_handlers();
    std::raise(SIGTERM);
    bool stopped = stop_signal() == SIGTERM;
    try {
      throw_if_stopped("saved");
      stopped = false;
    } catch (const Stopped& stop) {
      stopped = stopped && stop.signal() == SIGTERM;
    }
    const char result = stopped ? 'y' : 'n';
    if (write(ready[1], &result, 1) != 1) _exit(1);
    std::raise(SIGINT);
    _exit(0);
  }
  char result = 0;
  ASSERT_EQ(read(ready[0], &result, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_EQ(result, 'y');
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
  EXPECT_EQ(stop_signal(), 0);
  throw_if_stopped("nothing asked");
}

TEST(Manifest, NamesInputsWithSizeAndHash) {
  const quartet::testing::TempDir dir;
  quartet::testing::write_bytes(dir / "model" / "b", "abc");
  quartet::testing::write_bytes(dir / "model" / "a", "");
  const nlohmann::json manifest = make_manifest("merge", {{"seed", 1}}, {dir / "model", dir / "none"});
  EXPECT_EQ(manifest["program"], "merge");
  EXPECT_EQ(manifest["version"], version());
  EXPECT_EQ(manifest["options"]["seed"], 1);
  ASSERT_EQ(manifest["inputs"].size(), 3U);
  EXPECT_EQ(manifest["inputs"][0]["path"], (dir / "model" / "a").string());
  EXPECT_EQ(manifest["inputs"][1]["bytes"], 3);
  EXPECT_EQ(manifest["inputs"][1]["sha256"], sha256_hex("abc"));
  EXPECT_FALSE(manifest["inputs"][2].contains("bytes"));
  EXPECT_GT(manifest["host"]["cores"], 0);
  EXPECT_GT(peak_rss_bytes(), 1U << 20);
}

TEST(Errors, ConfigErrorCarriesEveryProblem) {
  const ConfigError error(std::vector<std::string>{"a", "b"});
  EXPECT_STREQ(error.what(), "2 problems: a; b");
  EXPECT_EQ(error.problems().size(), 2U);
  EXPECT_STREQ(ConfigError("a").what(), "a");
  EXPECT_EQ(static_cast<int>(CheckpointError("x").exit_code()), 4);
}

}  // namespace
}  // namespace quartet::base
