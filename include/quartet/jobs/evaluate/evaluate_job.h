#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace quartet::jobs {

/// `evaluate codebleu`: predictions and references in, a folder of scores and reports out.
struct CodeBleuJob {
  std::vector<std::string> predictions;
  std::string references;
  std::string output;
  std::string baseline;  ///< folder of earlier scores, may be empty
  std::string mode = "both";
  std::string language;
  std::string hash_seed = "0";
  std::string python_hash = "1-3";
  std::string detok = "none";
  std::string weights = "0.25,0.25,0.25,0.25";
  bool guard = true;
  bool overwrite = false;
  int num_threads = 0;
  std::uint64_t seed = 0;

  /// Returns the table for the terminal. `options` is what manifest.json records.
  /// Throws: ConfigError for bad options (before any data file is opened); DataError for bad rows and where the guard
  /// refuses.
  std::string run(const nlohmann::json& options, bool dry_run) const;
};

/// `evaluate doctor`: what the scores depend on, and whether it works here.
struct DoctorJob {
  /// Writes versions, grammars and the self-test to `report`; false where a check fails.
  bool run(std::string& report) const;
};

/// `evaluate table`: scored systems side by side.
struct TableJob {
  std::vector<std::string> systems;  ///< NAME=DIR
  std::vector<std::string> routers;  ///< NAME=MODEL_DIR
  std::string baseline;
  std::string best;
  std::string output;
  bool overwrite = false;
  std::uint64_t seed = 0;

  std::string run(const nlohmann::json& options, bool dry_run) const;
};

}  // namespace quartet::jobs
