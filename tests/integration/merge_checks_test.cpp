// Numbers that must not get into a model: merge refuses them, or says whose they are.
#include <cmath>
#include <cstring>

#include "integration/merge_fixture.h"

namespace quartet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

class MergeChecks : public MergeFixture {
 protected:
  /// A copy of a model or adapter directory in the test's folder.
  fs::path copy(const fs::path& directory, const std::string& name) const {
    fs::create_directory(folder_ / name);
    for (const auto& entry : fs::directory_iterator(directory)) {
      write_bytes(folder_ / name / entry.path().filename(), read_bytes(entry.path()));
    }
    return folder_ / name;
  }
  /// Where a safetensors file's header ends.
  static std::size_t payload(const std::string& bytes) {
    std::uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
    return 8 + header_bytes;
  }
  static json header_of(const std::string& bytes) { return json::parse(bytes.substr(8, payload(bytes) - 8)); }
  /// Overwrites one element of a float32 tensor.
  static void poison(const fs::path& file, const std::string& tensor, std::size_t element, float value) {
    std::string bytes = read_bytes(file);
    const json entry = header_of(bytes).at(tensor);
    ASSERT_EQ(entry.at("dtype"), "F32");
    const auto begin = entry.at("data_offsets").at(0).get<std::size_t>();
    std::memcpy(bytes.data() + payload(bytes) + begin + 4 * element, &value, sizeof value);
    write_bytes(file, bytes);
  }
  static std::string blend_config(const std::string& method, const std::string& first, const std::string& first_weight,
                                  const std::string& second_weight, const std::string& more = "") {
    return "merge_method: " + method + "\nbase_model: " + blend_model("base") + "\nmodels:\n  - {model: " + first +
           ", parameters: {weight: " + first_weight + "}}\n  - {model: " + blend_model("b") +
           ", parameters: {weight: " + second_weight + "}}\n" + more;
  }
  static std::string linear_config(const std::string& first_weight, const std::string& second_weight,
                                   const std::string& more = "") {
    std::string text = blend_config("linear", blend_model("a"), first_weight, second_weight, more);
    return text.erase(text.find("base_model"), text.find("models:\n") - text.find("base_model"));
  }
};

TEST_F(MergeChecks, WeightsThatCancelAreRefusedWhereTheirSumDivides) {
  for (const Flags& flags : {Flags{}, {"--dry-run"}}) {
    const ProgramResult result = run_text("blend", linear_config("1", "-1"), flags);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("parameters.weight: the weights of model.embed_tokens.weight (1, -1) sum to 0"));
    expect_nothing_written();
  }
  // A gradient may cancel in one layer only; 0.1 + 0.2 - 0.3 leaves rounding alone.
  const ProgramResult gradient = run_text("blend", linear_config("1", "[1, 1, 1, -1]"));
  EXPECT_EQ(gradient.exit_code, 2);
  EXPECT_THAT(gradient.err, HasSubstr("the weights of model.layers.3."));
  EXPECT_EQ(run_text("blend", linear_config("0.30000001", "-0.3")).exit_code, 2);
  EXPECT_EQ(run_text("blend", linear_config("0", "0")).exit_code, 2);
  expect_nothing_written();
  EXPECT_EQ(run_text("blend", linear_config("1", "-1", "parameters: {normalize: false}\n")).exit_code, 0);
}

TEST_F(MergeChecks, NumbersTooLargeForFloat32) {
  const ProgramResult config = run_text("blend", blend_config("ties", blend_model("a"), "1e308", "1"));
  EXPECT_EQ(config.exit_code, 2);
  EXPECT_THAT(config.err, HasSubstr("weight: got 1e+308, expected at most 3.4e38"));
  const ProgramResult result =
      run_text("blend", blend_config("task_arithmetic", blend_model("a"), "3e38", "3e38", "parameters: {lambda: 9}\n"));
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, HasSubstr("model.embed_tokens.weight: element ["));
  EXPECT_THAT(result.err, HasSubstr("although every input is finite"));
  expect_nothing_written();
}

TEST_F(MergeChecks, AnInputThatIsNotFiniteIsNamed) {
  const std::string tensor = "model.layers.1.mlp.up_proj.weight";
  const fs::path bad = copy(blend_model("a"), "bad");
  poison(bad / "model.safetensors", tensor, 5, NAN);
  const std::string expected = (bad / "model.safetensors").string() + ": tensor " + tensor + ": element [0, 5] is nan";
  for (const char* method : {"task_arithmetic", "ties"}) {
    const ProgramResult result = run_text("blend", blend_config(method, bad.string(), "0.5", "1"));
    EXPECT_EQ(result.exit_code, 4) << method;
    EXPECT_THAT(result.err, HasSubstr(expected));
  }
  for (const char* method : {"linear", "ties"}) {
    const ProgramResult cut =
        run_text("blend", "merge_method: " + std::string(method) + "\nbase_model: " + blend_model("base") +
                              "\nmodels: [{model: bad}]\nparameters: {weight: 0.5, density: 0.1}\n");
    EXPECT_EQ(cut.exit_code, 4) << method;
    EXPECT_THAT(cut.err, HasSubstr(expected));
  }
  expect_nothing_written();
}

TEST_F(MergeChecks, MixturesAndTheirGates) {
  const fs::path expert = copy(moe_model("x"), "expert");
  poison(expert / "model.safetensors", "model.layers.0.mlp.down_proj.weight", 1, -INFINITY);
  const fs::path base = copy(moe_model("base"), "base");
  poison(base / "model.safetensors", "model.layers.1.self_attn.q_proj.weight", 0, INFINITY);
  const auto config = [](const std::string& base_model, const std::string& expert_model, const std::string& more) {
    return "base_model: " + base_model + "\n" + more + "experts:\n  - {source_model: " + expert_model +
           ", positive_prompts: [def f]}\n  - {source_model: " + moe_model("y") + ", positive_prompts: [int x]}\n";
  };
  const ProgramResult of_expert = run_text("moe", config(moe_model("base"), "expert", "gate_mode: random\n"));
  EXPECT_EQ(of_expert.exit_code, 4);
  EXPECT_THAT(of_expert.err, HasSubstr("expert/model.safetensors: tensor model.layers.0.mlp.down_proj.weight: element "
                                       "[0, 1] is -inf"));
  for (const char* mode : {"random", "hidden", "contrastive"}) {
    const ProgramResult of_base = run_text(
        "moe", config("base", moe_model("x"), "gate_mode: " + std::string(mode) + "\n"), {"--allow-dropped-deltas"});
    EXPECT_EQ(of_base.exit_code, 4) << mode;
    EXPECT_THAT(of_base.err, HasSubstr("base/model.safetensors: tensor model.layers.1.self_attn.q_proj.weight"));
  }
  expect_nothing_written();
}

TEST_F(MergeChecks, AdaptersThatFoldToNothingFinite) {
  const auto fold = [&](const fs::path& adapter, const Flags& flags) {
    std::vector<std::string> all = {"merge",     "fold",           "--base",      blend_model("base"),
                                    "--adapter", adapter.string(), out().string()};
    all.insert(all.end(), flags.begin(), flags.end());
    return run_program(all);
  };
  const fs::path huge = copy(blend_model("adapter"), "huge");
  json config = json::parse(read_bytes(huge / "adapter_config.json"));
  config["lora_alpha"] = 1e39;
  write_bytes(huge / "adapter_config.json", config.dump());
  const ProgramResult overflow = fold(huge, {});
  EXPECT_EQ(overflow.exit_code, 5) << overflow.err;
  EXPECT_THAT(overflow.err, HasSubstr("although every input is finite"));

  const fs::path bad = copy(blend_model("adapter"), "bad");
  const json header = header_of(read_bytes(bad / "adapter_model.safetensors"));
  std::string tensor;
  for (const auto& [name, entry] : header.items()) {
    if (name.find("lora_B") != std::string::npos) tensor = name;
  }
  poison(bad / "adapter_model.safetensors", tensor, 2, NAN);
  for (const Flags& flags : {Flags{}, {"--dry-run"}}) {
    const ProgramResult result = fold(bad, flags);
    EXPECT_EQ(result.exit_code, 4) << result.err;
    EXPECT_THAT(result.err, HasSubstr("adapter_model.safetensors: lora_B of model."));
  }
  expect_nothing_written();
}

}  // namespace
}  // namespace quartet::testing
