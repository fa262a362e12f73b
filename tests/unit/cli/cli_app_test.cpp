#include "common/cli_app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>

#include "quartet/base/config_reader.h"
#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int code;
  std::string out, err;
};

Outcome run(App& app, std::vector<std::string> words) {
  words.insert(words.begin(), "demo");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = app.run(static_cast<int>(argv.size()), argv.data());
  std::string err = ::testing::internal::GetCapturedStderr();
  return {code, ::testing::internal::GetCapturedStdout(), std::move(err)};
}

/// A program with one option of every kind.
struct Demo {
  Demo() {
    app.main()
        .option("--model DIR", model, "model directory")
        .option("--max-length", max_length, "tokens a row")
        .option("--lr", lr, "learning rate")
        .option("--packing", packing, "pack rows")
        .option("--overwrite", overwrite, "replace")
        .option("--stop", stop, "stop text")
        .option("--top-k", top_k, "")
        .option("--batch-size N|auto", batch_size, "")
        .option("--method", method, "what is trained")
        .choices({"lora", "full"})
        .accepted("--allow-crimes")
        .accepted("--cache", true)
        .refused("--quant", true, {"none"})
        .refused("--tree", false)
        .refused("--fraction", true, {"0"})
        .refused("--mix", true, {"false"})
        .with_device()
        .with_dry_run()
        .examples("  demo --model base\n");
    app.set_run([this](const CommonFlags& flags) {
      common = flags;
      ran = true;
    });
  }
  Outcome operator()(std::vector<std::string> words) { return run(app, std::move(words)); }

  std::string model, method = "lora", batch_size = "auto";
  std::int64_t max_length = 1024;
  double lr = 2e-4;
  bool packing = true, overwrite = false, ran = false;
  std::vector<std::string> stop;
  std::optional<int> top_k;
  CommonFlags common;
  App app{"demo", "A demonstration."};
};

TEST(CliApp, ReadsEveryKindOfOption) {
  Demo demo;
  const auto outcome = demo({"--model",   "a b",         "--max-length=7", "--lr",   "1e-3",     "--packing",
                             "false",     "--overwrite", "--stop",         "",       "--stop",   "[a,b]",
                             "--top-k",   "-1",          "--method",       "full",   "--seed",   "18446744073709551615",
                             "--threads", "2",           "--device",       "cuda:1", "--dry-run"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(demo.model, "a b");
  EXPECT_EQ(demo.max_length, 7);
  EXPECT_DOUBLE_EQ(demo.lr, 1e-3);
  EXPECT_FALSE(demo.packing);
  EXPECT_TRUE(demo.overwrite);
  EXPECT_EQ(demo.stop, (std::vector<std::string>{"", "[a,b]"}));
  EXPECT_EQ(demo.top_k, -1);
  EXPECT_EQ(demo.method, "full");
  EXPECT_EQ(demo.common.seed, 18446744073709551615U);
  EXPECT_EQ(demo.common.threads, 2);
  EXPECT_EQ(demo.common.device, "cuda:1");
  EXPECT_TRUE(demo.common.dry_run);
  EXPECT_TRUE(demo.app.main().given("--stop"));
  EXPECT_FALSE(demo.app.main().given("--batch-size"));
}

TEST(CliApp, BoolSpellings) {
  for (const auto& [words, expected] :
       std::vector<std::pair<std::vector<std::string>, bool>>{{{"--packing"}, true},
                                                              {{"--no-packing"}, false},
                                                              {{"--packing", "true"}, true},
                                                              {{"--packing=false"}, false},
                                                              {{}, true}}) {
    Demo demo;
    EXPECT_EQ(demo(words).code, 0);
    EXPECT_EQ(demo.packing, expected);
  }
}

TEST(CliApp, AllProblemsAtOnceWithNearestNames) {
  Demo demo;
  const auto outcome = demo({"--max-lenght", "5", "--lr", "fast", "--method", "ful", "--seed", "-1", "--top-k",
                             "99999999999", "extra", "--model"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_FALSE(demo.ran);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("demo: error: unknown flag --max-lenght (did you mean '--max-length'?)\n"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\"5\""))) << "the value of an unknown flag is no problem of its own";
  EXPECT_THAT(outcome.err, HasSubstr("--lr: expected a finite number, got \"fast\"\n"));
  EXPECT_THAT(outcome.err,
              HasSubstr("--method: unknown value \"ful\" (did you mean 'full'?), expected one of lora full\n"));
  EXPECT_THAT(outcome.err, HasSubstr("--seed: expected an integer that is not negative"));
  EXPECT_THAT(outcome.err, HasSubstr("--top-k: \"99999999999\" is out of range"));
  EXPECT_THAT(outcome.err, HasSubstr("unexpected argument \"extra\""));
  EXPECT_THAT(outcome.err, HasSubstr("--model: a value DIR is missing"));
}

TEST(CliApp, AForgottenValueDoesNotEatTheNextFlag) {
  Demo demo;
  EXPECT_THAT(demo({"--model", "--overwrite"}).err, HasSubstr("--model: a value DIR is missing"));
  Demo attached;
  EXPECT_EQ(attached({"--model=--overwrite", "--stop", "-- x"}).code, 0);
  EXPECT_EQ(attached.model, "--overwrite");
  EXPECT_EQ(attached.stop, (std::vector<std::string>{"-- x"}));
}

TEST(CliApp, ConfigFileIsBeatenByFlags) {
  const quartet::testing::TempDir dir;
  quartet::testing::write_bytes(
      dir / "c.yaml",
      "model: base\nmax_length: 9\nlr: 1e-5\npacking: false\noverwrite: true\nstop: [x, y]\n"
      "batch_size: 8\nseed: 3\ndevice: cuda\nallow_crimes: true\nquant: none\nfraction: 0.0\nmix: false\n");
  Demo demo;
  const auto outcome = demo({"--config", dir / "c.yaml", "--max-length", "5", "--no-overwrite"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(demo.model, "base");
  EXPECT_EQ(demo.max_length, 5);
  EXPECT_DOUBLE_EQ(demo.lr, 1e-5);
  EXPECT_FALSE(demo.packing);
  EXPECT_FALSE(demo.overwrite);
  EXPECT_EQ(demo.stop, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(demo.batch_size, "8");
  EXPECT_EQ(demo.common.seed, 3U);
  EXPECT_EQ(demo.common.device, "cuda");
  EXPECT_TRUE(demo.app.main().given("--model"));
}

TEST(CliApp, ConfigProblemsAreListedWithFlagProblems) {
  const quartet::testing::TempDir dir;
  const std::string path = dir / "c.yaml";
  quartet::testing::write_bytes(path, "modle: base\nlr: fast\nmethod: fast\ndevice: tpu\nquant: nf4\nno_packing: 3\n");
  Demo demo;
  const auto outcome = demo({"--config", path, "--nope"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr(path + ": modle: unknown key (did you mean 'model'?)\n"));
  EXPECT_THAT(outcome.err, HasSubstr(path + ": lr: expected a finite number, got \"fast\"\n"));
  EXPECT_THAT(outcome.err, HasSubstr("--method: unknown value \"fast\""));
  EXPECT_THAT(outcome.err, HasSubstr(path + ": device: expected cpu, cuda or cuda:N"));
  EXPECT_THAT(outcome.err, HasSubstr(path + ": quant: not built yet (only none)"));
  EXPECT_THAT(outcome.err, HasSubstr(path + ": no_packing: expected true or false"));
  EXPECT_THAT(outcome.err, HasSubstr("unknown flag --nope"));
  Demo missing;
  EXPECT_EQ(missing({"--config", dir / "none.yaml"}).code, 2);
}

TEST(CliApp, ResolvedOptionsReadBackAsConfig) {
  Demo demo;
  ASSERT_EQ(demo({"--model", "m", "--stop", "yes", "--lr", "0.5"}).code, 0);
  const nlohmann::ordered_json resolved = demo.app.main().resolved();
  EXPECT_EQ(resolved["model"], "m");
  EXPECT_EQ(resolved["max_length"], 1024);
  EXPECT_TRUE(resolved["top_k"].is_null());
  EXPECT_FALSE(resolved.contains("quant"));
  EXPECT_FALSE(resolved.contains("config"));
  const quartet::testing::TempDir dir;
  quartet::testing::write_bytes(dir / "c.yaml", base::to_yaml(resolved));
  Demo again;
  const auto outcome = again({"--config", dir / "c.yaml"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(again.app.main().resolved(), resolved);
}

TEST(CliApp, AcceptedAndRefusedParts) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"--allow-crimes"},
                                                                                     {"--no-allow-crimes"},
                                                                                     {"--cache", "x"},
                                                                                     {"--quant", "none"},
                                                                                     {"--fraction", "0.0"},
                                                                                     {"--no-mix"},
                                                                                     {"--mix", "false"}}) {
    Demo demo;
    const auto outcome = demo(words);
    EXPECT_EQ(outcome.code, 0) << words[0] << outcome.err;
  }
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--quant", "nf4"}, {"--tree"}, {"--fraction", "0.1"}, {"--mix"}, {"--mix", "true"}}) {
    Demo demo;
    const auto outcome = demo(words);
    EXPECT_EQ(outcome.code, 2) << words[0];
    EXPECT_THAT(outcome.err, HasSubstr(words[0] + ": not built yet"));
  }
}

TEST(CliApp, HelpAndVersionGoToStdout) {
  Demo demo;
  auto outcome = demo({"--help"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  for (const char* part :
       {"--model DIR", "--[no-]packing", "default 1024", "lora, full", "Examples:\n  demo --model base\n", "--version",
        "--log-level LEVEL", "(repeatable)", "default 0.0002"}) {
    EXPECT_THAT(outcome.out, HasSubstr(part));
  }
  EXPECT_THAT(outcome.out, Not(HasSubstr("--quant")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("--allow-crimes")));
  EXPECT_EQ(demo({"--version"}).out, "demo 0.1.0\n");
  EXPECT_FALSE(demo.ran);
}

TEST(CliApp, Subcommands) {
  std::string config, out_dir, mode;
  std::vector<std::string> inputs;
  int blended = 0, tabled = 0;
  App app("merge", "Merges.");
  app.subcommand("blend", "Blends.", [&](const CommonFlags&) { ++blended; })
      .positional("CONFIG", config, "what to do")
      .positional("OUT_DIR", out_dir, "result")
      .option("--mode", mode, "");
  app.subcommand("table", "Tables.", [&](const CommonFlags&) { ++tabled; }).positional("NAME=DIR", inputs, "runs");
  EXPECT_EQ(run(app, {"--seed", "1", "blend", "c.yaml", "--mode", "x", "out", "--quiet"}).code, 0);
  EXPECT_EQ(config, "c.yaml");
  EXPECT_EQ(out_dir, "out");
  EXPECT_EQ(run(app, {"table", "a=b", "c=d"}).code, 0);
  EXPECT_EQ(inputs, (std::vector<std::string>{"a=b", "c=d"}));
  EXPECT_EQ(blended, 1);
  EXPECT_EQ(tabled, 1);
  EXPECT_THAT(run(app, {"blent"}).err, HasSubstr("(did you mean 'blend'?)"));
  EXPECT_EQ(run(app, {}).code, 2);
  EXPECT_THAT(run(app, {"blend", "--help"}).out, HasSubstr("Usage: merge blend CONFIG OUT_DIR [OPTIONS]"));
  EXPECT_THAT(run(app, {"--help"}).out, HasSubstr("Tables."));
}

TEST(CliApp, MissingPositionalIsNamed) {
  std::string config;
  App app("merge", "Merges.");
  app.subcommand("blend", "Blends.", [](const CommonFlags&) {}).positional("CONFIG", config, "the YAML file");
  const auto outcome = run(app, {"blend"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "merge: error: CONFIG is missing (the YAML file)\n");
}

template <class Throw>
Outcome outcome_of(Throw thrower) {
  App app("demo", "");
  app.set_run([&](const CommonFlags&) { thrower(); });
  app.set_exception_translator([](const std::exception& error) -> std::optional<std::pair<int, std::string>> {
    if (std::string(error.what()) != "torch") return std::nullopt;
    return std::pair(6, std::string("device out of memory"));
  });
  return run(app, {});
}

TEST(CliApp, EveryExceptionEndsInOneLineAndItsCode) {
  EXPECT_EQ(outcome_of([] { throw ConfigError("x"); }).code, 2);
  EXPECT_EQ(outcome_of([] { throw DataError("f:1: x"); }).code, 3);
  EXPECT_EQ(outcome_of([] { throw CheckpointError("x"); }).code, 4);
  EXPECT_EQ(outcome_of([] { throw NumericError("x"); }).code, 5);
  EXPECT_EQ(outcome_of([] { throw ResourceError("x"); }).code, 6);
  EXPECT_EQ(outcome_of([] { throw StateError("x"); }).code, 70);
  EXPECT_EQ(outcome_of([] { throw Stopped(2, "x"); }).code, 130);
  EXPECT_EQ(outcome_of([] { throw Stopped(15, "x"); }).code, 143);
  EXPECT_EQ(outcome_of([] { throw std::bad_alloc(); }).code, 6);
  EXPECT_EQ(outcome_of([] { throw std::filesystem::filesystem_error("x", std::error_code()); }).code, 6);
  EXPECT_EQ(outcome_of([] { throw std::runtime_error("x"); }).code, 70);
  EXPECT_EQ(outcome_of([] { throw 1; }).code, 70);
  const auto translated = outcome_of([] { throw std::runtime_error("torch"); });
  EXPECT_EQ(translated.code, 6);
  EXPECT_EQ(translated.err, "demo: error: device out of memory\n");
  EXPECT_EQ(outcome_of([] { throw DataError("f:1: a\nb"); }).err, "demo: error: f:1: a b\n");
  EXPECT_EQ(outcome_of([] {
              throw ConfigError(std::vector<std::string>{"a", "b"});
            }).err,
            "demo: error: a\ndemo: error: b\n");
}

}  // namespace
}  // namespace quartet::cli
