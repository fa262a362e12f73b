// A merge that is stopped or killed leaves nothing that could be taken for a model.
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "integration/merge_fixture.h"

namespace quartet::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using Clock = std::chrono::steady_clock;

/// Models that take long enough to be hit in the middle.
class MergeSignals : public MergeFixture {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(QUARTET_BIN_DIR) / "make_checkpoint")) GTEST_SKIP() << "make_checkpoint is not built";
    write_bytes(folder_ / "config.json",
                R"({"model_type": "mistral", "vocab_size": 512, "hidden_size": 256, "intermediate_size": 768,
  "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 4, "rms_norm_eps": 1e-5, "rope_theta": 1e4,
  "max_position_embeddings": 512})");
    for (const std::string name : {"base", "a", "b"}) {
      const ProgramResult made = run_program({"make_checkpoint", "--model-config", (folder_ / "config.json").string(),
                                              "--output", (folder_ / name).string(), "--seed",
                                              std::to_string(name.size() + name[0]), "--tokenizer", moe_model("base")});
      ASSERT_EQ(made.exit_code, 0) << made.err;
    }
    write_bytes(folder_ / "blend.yaml",
                "merge_method: ties\nbase_model: base\nmodels: [{model: a}, {model: b}]\n"
                "parameters: {weight: 1, density: 0.3}\n");
    write_rows("a.jsonl", "def f(x): return ");
    write_rows("b.jsonl", "public static int x = ");
    write_bytes(folder_ / "moe.yaml",
                "base_model: base\ngate_mode: contrastive\nexperts:\n  - {source_model: a, calibration: a.jsonl}\n"
                "  - {source_model: b, calibration: b.jsonl}\n");
  }

  std::vector<std::string> command(const std::string& name) const {
    return words(name, folder_ / (name + ".yaml"),
                 name == "moe" ? Flags{"--allow-dropped-deltas", "--threads", "2"} : Flags{"--threads", "2"});
  }
  bool has_staging() const {
    for (const std::string& name : list_directory(folder_.path())) {
      if (name.starts_with(".out.staging")) return true;
    }
    return false;
  }
};

TEST_F(MergeSignals, AStoppedMergeLeavesNothing) {
  for (const char* name : {"blend", "moe"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      RunningProgram program(command(name));
      while (!has_staging() && !program.ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      program.send_signal(signal);
      const ProgramResult result = program.wait();
      EXPECT_EQ(result.exit_code, 128 + signal) << name << ": " << result.err;
      expect_nothing_written();
    }
  }
}

TEST_F(MergeSignals, AKilledMergeIsNeverTakenForComplete) {
  for (const char* name : {"blend", "moe"}) {
    const auto start = Clock::now();
    ASSERT_EQ(run_program(command(name)).exit_code, 0);
    const auto duration = Clock::now() - start;
    const std::string complete = read_bytes(out("model.safetensors"));
    fs::remove_all(out());
    std::mt19937 random(17);
    for (int i = 0; i < 20; ++i) {
      RunningProgram program(command(name));
      std::this_thread::sleep_for(duration * std::uniform_real_distribution(0.0, 1.0)(random));
      program.send_signal(SIGKILL);
      ASSERT_THAT(program.wait().exit_code, AnyOf(0, 128 + SIGKILL));
      if (!fs::exists(out())) continue;
      EXPECT_TRUE(fs::exists(out("manifest.json")));
      EXPECT_TRUE(read_bytes(out("model.safetensors")) == complete);
      fs::remove_all(out());
    }
    const ProgramResult again = run_program(command(name));
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_TRUE(read_bytes(out("model.safetensors")) == complete);
    EXPECT_FALSE(has_staging());  // those of the killed runs are gone too
    fs::remove_all(out());
  }
}

}  // namespace
}  // namespace quartet::testing
