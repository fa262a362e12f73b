#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/run_program.h"
#include "support/test_files.h"

namespace quartet::testing {

/// Runs of merge on the golden models, with a folder for configs and the result.
class MergeFixture : public ::testing::Test {
 protected:
  using Flags = std::vector<std::string>;

  std::vector<std::string> words(const std::string& command, const std::filesystem::path& config, const Flags& flags,
                                 const std::string& output = "out") const {
    std::vector<std::string> all = {"merge", command, config.string(), (folder_ / output).string()};
    all.insert(all.end(), flags.begin(), flags.end());
    return all;
  }
  ProgramResult run(const std::string& command, const std::filesystem::path& config, const Flags& flags = {}) const {
    return run_program(words(command, config, flags));
  }
  std::filesystem::path write_config(const std::string& text) const {
    write_bytes(folder_ / "config.yaml", text);
    return folder_ / "config.yaml";
  }
  ProgramResult run_text(const std::string& command, const std::string& text, const Flags& flags = {}) const {
    return run(command, write_config(text), flags);
  }
  std::filesystem::path out(const std::string& name = "") const {
    return folder_ / ("out" + (name.empty() ? "" : "/" + name));
  }
  static std::filesystem::path blend_golden() { return golden("merge"); }
  static std::filesystem::path moe_golden() { return golden("moe"); }
  /// A model of the mixtures (base, x, y, z), and one of the blends (base, a, b, c, …).
  static std::string moe_model(const std::string& name) { return (moe_golden() / "models" / name).string(); }
  static std::string blend_model(const std::string& name) { return (blend_golden() / "models" / name).string(); }
  /// Two experts; `first` and `second` are more keys of theirs, starting with a comma.
  static std::string mixture(const std::string& gate_mode, const std::string& first = "",
                             const std::string& second = "") {
    return "base_model: " + moe_model("base") + "\ngate_mode: " + gate_mode +
           "\nexperts:\n  - {source_model: " + moe_model("x") + first + "}\n  - {source_model: " + moe_model("y") +
           second + "}\n";
  }
  /// A file of {"text", "code"} rows that names its words.
  void write_rows(const std::string& name, const std::string& code) const {
    std::string rows;
    for (int i = 0; i < 30; ++i) {
      rows += nlohmann::json{{"text", "add " + std::to_string(i)}, {"code", code + std::to_string(i)}}.dump() + "\n";
    }
    write_bytes(folder_ / name, rows);
  }
  void expect_nothing_written() const {
    EXPECT_FALSE(std::filesystem::exists(out()));
    for (const std::string& name : list_directory(folder_.path())) EXPECT_FALSE(name.starts_with(".")) << name;
  }

  TempDir folder_;
};

}  // namespace quartet::testing
