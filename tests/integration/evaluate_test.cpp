#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "quartet/base/jsonl.h"
#include "support/run_program.h"
#include "support/test_files.h"

namespace quartet {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// A few small tasks in two languages, and folders for what evaluate writes about them.
class Evaluate : public ::testing::Test {
 protected:
  static json row(int id, const std::string& language, const std::string& prediction, const std::string& reference) {
    return {{"id", id}, {"language", language}, {"prediction", prediction}, {"reference", reference}};
  }

  std::string write(const std::string& name, const std::vector<json>& rows) {
    std::string text;
    for (const json& each : rows) text += base::to_json_line(each) + "\n";
    testing::write_bytes(dir_ / name, text);
    return (dir_ / name).string();
  }

  /// Answers of which the first `num_right` are right.
  std::vector<json> rows(int num_right) {
    std::vector<json> result;
    for (int i = 0; i < 8; ++i) {
      const std::string n = std::to_string(i);
      const bool right = i < num_right;
      if (i % 2 == 0) {
        const std::string reference = "total = " + n + "\nfor i in range(" + n + "):\n    total += i\nprint(total)";
        result.push_back(row(i, "python", right ? " " + reference + "\n" : "print(" + n + ")", reference));
      } else {
        const std::string reference = "public class Main { public static void main(String[] args) { int x = " + n +
                                      "; System.out.println(x); } }";
        result.push_back(row(i, "java", right ? reference : "class Main { int x = " + n + "; }", reference));
      }
    }
    return result;
  }

  testing::ProgramResult score(const std::string& predictions, const std::string& output,
                               std::vector<std::string> flags = {}) {
    std::vector<std::string> command{"evaluate",  "codebleu", "--predictions",
                                     predictions, "--output", (dir_ / output).string()};
    command.insert(command.end(), flags.begin(), flags.end());
    return testing::run_program(command);
  }
  json read(const std::string& name) { return json::parse(testing::read_bytes(dir_ / name)); }
  std::vector<json> read_lines(const std::string& name) {
    std::vector<json> result;
    std::istringstream lines(testing::read_bytes(dir_ / name));
    for (std::string line; std::getline(lines, line);) result.push_back(json::parse(line));
    return result;
  }

  testing::TempDir dir_;
};

TEST_F(Evaluate, WritesTheFilesOfTheContract) {
  const auto result = score(write("p.jsonl", rows(4)), "out");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("overall"));
  EXPECT_THAT(result.err, HasSubstr("pairs/s"));
  const json scores = read("out/scores.json");
  EXPECT_EQ(scores["header"]["mode"], "both");
  EXPECT_EQ(scores["header"]["hash_seed"], 0);
  EXPECT_EQ(scores["compat"]["overall"]["n"], 8);
  EXPECT_EQ(scores["compat"]["languages"]["python"]["n"], 4);
  for (const char* part : {"mean", "ci95", "median", "pooled"}) {
    EXPECT_TRUE(scores["compat"]["overall"][part].contains("codebleu")) << part;
    EXPECT_TRUE(scores["strict"]["overall"][part].contains("strict_score")) << part;
  }
  EXPECT_EQ(scores["strict"]["overall"]["shares"]["exact_match"], 0.5);
  EXPECT_EQ(scores["strict"]["overall"]["shares"]["other_language"], 0);

  const auto samples = read_lines("out/scores_per_sample.jsonl");
  ASSERT_EQ(samples.size(), 8u);
  EXPECT_EQ(samples[0]["id"], 0);
  EXPECT_EQ(samples[0]["strict_score"], 1);
  EXPECT_EQ(samples[0]["exact_match"], true) << "blanks around an answer do not matter";
  EXPECT_EQ(samples[1]["detected_language"], "java");
  EXPECT_EQ(samples[7]["exact_match"], false);
  EXPECT_LT(samples[7]["codebleu"], 1);
  EXPECT_THAT(testing::read_bytes(dir_ / "out/scores_per_sample.csv"),
              ::testing::StartsWith("id,sample,language,codebleu,ngram_match_score,weighted_ngram_match_score,syntax_"
                                    "match_score,dataflow_match_score,strict_score,"));
  EXPECT_THAT(testing::read_bytes(dir_ / "out/report.md"), HasSubstr("| overall |"));
  EXPECT_THAT(testing::read_bytes(dir_ / "out/report.html"),
              AllOf(HasSubstr("<table>"), HasSubstr("evaluate codebleu --")));
}

TEST_F(Evaluate, OneModeOnly) {
  const std::string predictions = write("p.jsonl", rows(4));
  ASSERT_EQ(score(predictions, "compat", {"--mode", "compat"}).exit_code, 0);
  EXPECT_FALSE(read("compat/scores.json").contains("strict"));
  EXPECT_FALSE(read_lines("compat/scores_per_sample.jsonl")[0].contains("strict_score"));
  ASSERT_EQ(score(predictions, "strict", {"--mode", "strict", "--weights", "paper"}).exit_code, 0);
  EXPECT_FALSE(read("strict/scores.json").contains("compat"));
}

TEST_F(Evaluate, NeitherThreadsNorTheOrderOfRowsChangeAScore) {
  std::vector<json> all = rows(4);
  ASSERT_EQ(score(write("p.jsonl", all), "one", {"--threads", "1"}).exit_code, 0);
  ASSERT_EQ(score(write("p.jsonl", all), "four", {"--threads", "4"}).exit_code, 0);
  EXPECT_EQ(testing::read_bytes(dir_ / "one/scores.json"), testing::read_bytes(dir_ / "four/scores.json"));
  EXPECT_EQ(testing::read_bytes(dir_ / "one/scores_per_sample.jsonl"),
            testing::read_bytes(dir_ / "four/scores_per_sample.jsonl"));
  std::reverse(all.begin(), all.end());
  ASSERT_EQ(score(write("r.jsonl", all), "reversed").exit_code, 0);
  auto samples = read_lines("reversed/scores_per_sample.jsonl");
  std::reverse(samples.begin(), samples.end());
  EXPECT_EQ(samples, read_lines("one/scores_per_sample.jsonl"));
}

TEST_F(Evaluate, TheGuardRefusesAndCanBeOverridden) {
  std::vector<json> all = rows(4);
  for (json& each : all) each["prediction"] = "Python";
  const std::string predictions = write("p.jsonl", all);
  const auto refused = score(predictions, "out");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("language_names"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));
  ASSERT_EQ(score(predictions, "out", {"--no-guard"}).exit_code, 0);
  const json scores = read("out/scores.json");
  EXPECT_EQ(scores["guard"]["enforced"], false);
  EXPECT_EQ(scores["guard"]["refusals"][0]["check"], "language_names");
  EXPECT_EQ(scores["compat"]["overall"]["mean"]["codebleu"], 0.25);
  EXPECT_EQ(read_lines("out/scores_per_sample.jsonl")[0]["guard"], "language_name");
}

TEST_F(Evaluate, ExitCodesOfBadInput) {
  const std::string predictions = write("p.jsonl", rows(4));
  EXPECT_EQ(testing::run_program({"evaluate"}).exit_code, 2);
  const auto pass = testing::run_program({"evaluate", "pass", "--suite", "mbpp"});
  EXPECT_EQ(pass.exit_code, 2);
  EXPECT_THAT(pass.err, HasSubstr("not built yet"));
  EXPECT_EQ(score(predictions, "out", {"--mode", "loose"}).exit_code, 2);
  EXPECT_EQ(score(predictions, "out", {"--weights", "1,2"}).exit_code, 2);
  EXPECT_EQ(score(predictions, "out", {"--hashseed", "any:0"}).exit_code, 2);
  EXPECT_EQ(score(predictions, "out", {"--language", "cobol"}).exit_code, 2);
  EXPECT_EQ(score(predictions, "out", {"--detok", "some"}).exit_code, 2);
  EXPECT_EQ(score(predictions, "ok", {"--detok", "none", "--hashseed", "0", "--weights", "1,1,1,1"}).exit_code, 0);
  EXPECT_EQ(score((dir_ / "absent.jsonl").string(), "out").exit_code, 3);
  EXPECT_EQ(score(write("empty.jsonl", {}), "out").exit_code, 3);
  testing::write_bytes(dir_ / "bad.jsonl",
                       "{\"id\":1,\"prediction\":\"\xff\",\"reference\":\"x\",\"language\":\"java\"}\n");
  const auto bad = score((dir_ / "bad.jsonl").string(), "out");
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_THAT(bad.err, HasSubstr("bad.jsonl:1"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));
  EXPECT_THAT(testing::run_program({"evaluate", "--help"}).out, Not(HasSubstr("pass")));
}

TEST_F(Evaluate, ScoresDependNeitherOnThreadsNorOnTheOrderOfTheRows) {
  std::vector<json> all;
  for (int i = 0; i < 12; ++i) {
    for (json each : rows(i % 8)) {
      each["id"] = std::to_string(i) + "/" + each["id"].dump();
      each["prediction"] = each["prediction"].get<std::string>() + std::string(static_cast<std::size_t>(i), ' ') + "x";
      all.push_back(each);
    }
  }
  const std::string forward = write("forward.jsonl", all);
  std::reverse(all.begin(), all.end());
  const std::string backward = write("backward.jsonl", all);
  ASSERT_EQ(score(forward, "one", {"--threads", "1", "--hashseed", "any:3"}).exit_code, 0);
  ASSERT_EQ(score(forward, "many", {"--threads", "5", "--hashseed", "any:3"}).exit_code, 0);
  ASSERT_EQ(score(backward, "back", {"--threads", "2", "--hashseed", "any:3"}).exit_code, 0);
  for (const char* file : {"/scores.json", "/scores_per_sample.jsonl", "/scores_per_sample.csv", "/report.md"}) {
    EXPECT_EQ(testing::read_bytes(dir_ / (std::string("one") + file)),
              testing::read_bytes(dir_ / (std::string("many") + file)))
        << file;
  }
  EXPECT_EQ(read("one/scores.json"), read("back/scores.json"));
  EXPECT_EQ(read("one/scores.json")["defects"]["overall"]["hash_seeds"]["count"], 3);
  EXPECT_FALSE(read("one/scores.json")["defects"]["languages"]["java"]["zero_dataflow_counted_as_one"].is_null());
}

TEST_F(Evaluate, PipesAreReadLikeFiles) {
  const std::string predictions = write("p.jsonl", rows(4));
  ASSERT_EQ(score(predictions, "file").exit_code, 0);
  const auto piped =
      testing::run_program({"/bin/bash", "-c", "exec \"$0\" codebleu --predictions <(cat \"$1\") --output \"$2\"",
                            QUARTET_BIN_DIR "/evaluate", predictions, (dir_ / "pipe").string()});
  ASSERT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(read("file/scores.json"), read("pipe/scores.json"));
}

TEST_F(Evaluate, TheDoctorListsTheGrammarsAndTestsItself) {
  const auto doctor = testing::run_program({"evaluate", "doctor"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out;
  EXPECT_THAT(doctor.out, HasSubstr("tree-sitter runtime 0.24.7"));
  for (const char* language : {"python", "java", "javascript", "cpp", "c", "c_sharp", "php", "go", "ruby", "rust"}) {
    EXPECT_THAT(doctor.out, HasSubstr(std::string("\n") + language + " "));
    EXPECT_THAT(doctor.out, HasSubstr(std::string("ok    compat ") + language + ":"));
  }
  EXPECT_THAT(doctor.out, HasSubstr("all is well"));
}

TEST_F(Evaluate, ReplacesOnlyItsOwnFolders) {
  const std::string predictions = write("p.jsonl", rows(4));
  ASSERT_EQ(score(predictions, "out").exit_code, 0);
  ASSERT_EQ(score(predictions, "out").exit_code, 0) << "results of the same command are replaced";
  testing::write_bytes(dir_ / "mine/thesis.txt", "years of work");
  EXPECT_EQ(score(predictions, "mine").exit_code, 2);
  EXPECT_EQ(testing::read_bytes(dir_ / "mine/thesis.txt"), "years of work");
}

TEST_F(Evaluate, Table) {
  for (const auto& [name, num_right] : {std::pair{"base", 1}, {"experts", 8}, {"moe", 6}}) {
    ASSERT_EQ(score(write(std::string(name) + ".jsonl", rows(num_right)), name).exit_code, 0);
  }
  testing::write_bytes(
      dir_ / "model/router_report.json",
      R"({"experts":["python","java"],"gate_mode":"contrastive","held_out":{"mean_accuracy":0.9,"num_tokens":10},)"
      R"("layers":[{"layer":0,"accuracy":0.8,"load":[0.5,0.5]},{"layer":1,"accuracy":1.0,"load":[0.4,0.6]}]})");
  const auto system = [&](const std::string& name) { return name + "=" + (dir_ / name).string(); };
  const auto table = [&](std::vector<std::string> flags) {
    std::vector<std::string> command{"evaluate",    "table",    system("base"),           system("experts"),
                                     system("moe"), "--output", (dir_ / "table").string()};
    command.insert(command.end(), flags.begin(), flags.end());
    return testing::run_program(command);
  };
  const auto result =
      table({"--baseline", "base", "--best", "experts", "--router", "moe=" + (dir_ / "model").string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("paired difference"));
  EXPECT_THAT(result.out, HasSubstr("load java"));

  const json comparison = read("table/table.json");
  ASSERT_EQ(comparison["systems"].size(), 3u);
  const json& base = comparison["systems"][0]["overall"]["strict_score"];
  const json& experts = comparison["systems"][1]["overall"]["strict_score"];
  const json& moe = comparison["systems"][2]["overall"]["strict_score"];
  const double base_mean = base["mean"];
  EXPECT_EQ(experts["mean"], 1);
  EXPECT_EQ(experts["gain_kept"], 1);
  EXPECT_EQ(base["difference"], 0);
  EXPECT_NEAR(moe["kept"].get<double>(), moe["mean"].get<double>(), 1e-12);
  EXPECT_NEAR(moe["gain_kept"].get<double>(), (moe["mean"].get<double>() - base_mean) / (1 - base_mean), 1e-12);
  EXPECT_NEAR(moe["difference"].get<double>(), moe["mean"].get<double>() - base_mean, 1e-12);
  EXPECT_GT(moe["difference_ci95"][0], 0);
  EXPECT_EQ(comparison["systems"][2]["overall"]["exact_match"]["mean"], 0.75);
  EXPECT_EQ(comparison["systems"][2]["overall"]["shares"]["asked_language"].get<double>() +
                comparison["systems"][2]["overall"]["shares"]["unclassified"].get<double>(),
            1);
  EXPECT_EQ(comparison["systems"][2]["languages"]["java"]["n"], 4);
  EXPECT_EQ(comparison["routers"][0]["mean_accuracy"], 0.9);
  EXPECT_EQ(comparison["routers"][0]["layers"][1]["load"][1], 0.6);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "table/table.md"));

  EXPECT_EQ(table({"--baseline", "bass"}).exit_code, 2);
  const auto router = table({"--router", "mo=" + (dir_ / "model").string()});
  EXPECT_EQ(router.exit_code, 2);
  EXPECT_THAT(router.err, HasSubstr("moe"));
  EXPECT_EQ(testing::run_program({"evaluate", "table", "base", "--output", (dir_ / "t").string()}).exit_code, 2);
  EXPECT_EQ(
      testing::run_program({"evaluate", "table", "a=" + (dir_ / "absent").string(), "--output", (dir_ / "t").string()})
          .exit_code,
      3);
}

TEST_F(Evaluate, ATableOfScoresThatWereMadeDifferentlyIsRefused) {
  const std::string predictions = write("p.jsonl", rows(4));
  ASSERT_EQ(score(predictions, "even").exit_code, 0);
  ASSERT_EQ(score(predictions, "paper", {"--weights", "paper"}).exit_code, 0);
  const auto result = testing::run_program({"evaluate", "table", "a=" + (dir_ / "even").string(),
                                            "b=" + (dir_ / "paper").string(), "--output", (dir_ / "t").string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("weights"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "t"));
}

TEST_F(Evaluate, TasksWithoutAPredictionAreCounted) {
  std::string references;
  for (int i = 0; i < 10; ++i) {
    references += json{{"id", i}, {"reference", "x = " + std::to_string(i)}, {"language", "python"}}.dump() + "\n";
  }
  testing::write_bytes(dir_ / "references.jsonl", references);
  std::vector<json> few;
  for (int i = 0; i < 3; ++i) few.push_back({{"id", i}, {"prediction", "y = " + std::to_string(i * i)}});
  const auto result =
      score(write("p.jsonl", few), "out", {"--references", (dir_ / "references.jsonl").string(), "--no-guard"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("7 of 10 ids"));
}

}  // namespace
}  // namespace quartet
