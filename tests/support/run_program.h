#pragma once

#include <string>
#include <vector>

namespace quartet::testing {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

/// Runs a program of build/bin ("generate") or a path, with `input` as its standard input, and waits for its end.
ProgramResult run_program(const std::vector<std::string>& command, const std::string& input = "");

}  // namespace quartet::testing
