// Every merge method and gate mode from the command line.
#include "integration/merge_fixture.h"

namespace quartet::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class MergeModes : public MergeFixture {
 protected:
  /// The weights written with one thread, after those of four were found to be the same bytes.
  void expect_same_for_any_threads(const std::string& command, const std::filesystem::path& config) {
    SCOPED_TRACE(config.string());
    const ProgramResult one = run(command, config, {"--threads", "1", "--overwrite"});
    ASSERT_EQ(one.exit_code, 0) << one.err;
    const std::string bytes = read_bytes(out("model.safetensors"));
    const bool is_mixture = std::filesystem::exists(out("router_report.json"));
    const std::string report = is_mixture ? read_bytes(out("router_report.json")) : "";
    const ProgramResult four = run(command, config, {"--threads", "4", "--overwrite"});
    ASSERT_EQ(four.exit_code, 0) << four.err;
    EXPECT_TRUE(bytes == read_bytes(out("model.safetensors")));
    if (is_mixture) {
      EXPECT_EQ(report, read_bytes(out("router_report.json")));
    }
  }
};

TEST_F(MergeModes, EveryMethodWritesTheSameBytesForAnyThreads) {
  for (const char* name : {"linear", "linear_gradient", "task_arithmetic", "task_arithmetic_normalize", "ties_d02",
                           "ties_mixed", "inputs_bfloat16_linear", "inputs_mixed_ties", "lora"}) {
    expect_same_for_any_threads("blend", blend_golden() / "blend" / name / "config.yaml");
  }
}

TEST_F(MergeModes, EveryGateModeWritesTheSameBytesForAnyThreads) {
  for (const char* name : {"hidden", "hidden_avg", "cheap_embed", "random", "uniform_random"}) {
    expect_same_for_any_threads("moe", moe_golden() / name / "config.yaml");
  }
  write_rows("x.jsonl", "def f(x): return ");
  write_rows("y.jsonl", "public static int x = ");
  for (const char* name : {"contrastive", "hidden_avg", "random"}) {
    expect_same_for_any_threads("moe", write_config(mixture(name, ", calibration: x.jsonl, positive_prompts: [def f]",
                                                            ", calibration: y.jsonl, positive_prompts: [int x]")));
  }
}

TEST_F(MergeModes, GatesWithoutTextsGetOneClearMessage) {
  const ProgramResult random = run_text("moe", mixture("random"));
  EXPECT_EQ(random.exit_code, 0) << random.err;
  EXPECT_THAT(random.err, Not(HasSubstr("same prompts")));
  for (const char* name : {"contrastive", "hidden"}) {
    const ProgramResult result = run_text("moe", mixture(name), {"--overwrite"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("experts[0] has no positive_prompts"));
    EXPECT_THAT(result.err, Not(HasSubstr("same prompts")));
  }
}

TEST_F(MergeModes, AGateModeThatIsNotBuiltIsAllThatIsSaid) {
  const ProgramResult result = run_text("moe", mixture("probe", ", calibration: x.jsonl", ", calibration: y.jsonl"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("gate_mode: got \"probe\", which is not built yet"));
  EXPECT_THAT(result.err, Not(HasSubstr("positive_prompts")));
  EXPECT_THAT(result.err, Not(HasSubstr("same prompts")));
}

}  // namespace
}  // namespace quartet::testing
