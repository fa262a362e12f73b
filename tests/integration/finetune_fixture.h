#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "support/run_program.h"
#include "support/test_files.h"

namespace quartet::testing {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kTraining = golden("training");

class Finetune : public ::testing::Test {
 protected:
  /// finetune on the golden base and rows into out/, with further flags (a later one beats an earlier one).
  ProgramResult run(std::vector<std::string> flags, const std::string& data = (kTraining / "train.jsonl").string()) {
    std::vector<std::string> command = {"finetune",
                                        "--base",
                                        (kTraining / "base").string(),
                                        "--data",
                                        data,
                                        "--output",
                                        (folder_ / "out").string(),
                                        "--batch-size",
                                        "8",
                                        "--lr",
                                        "0.01"};
    command.insert(command.end(), flags.begin(), flags.end());
    return run_program(command);
  }
  std::vector<json> metrics(const std::string& folder = "out") const {
    std::vector<json> rows;
    std::istringstream lines(read_bytes(folder_ / folder / "metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
    return rows;
  }
  fs::path out(const char* name) const { return folder_ / "out" / name; }
  std::string rows_file(const std::string& text) {
    write_bytes(folder_ / "rows.jsonl", text);
    return (folder_ / "rows.jsonl").string();
  }

  TempDir folder_;
};

}  // namespace quartet::testing
