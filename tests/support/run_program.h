#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/test_files.h"

namespace quartet::testing {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

/// A program of build/bin ("generate") or a path, started with `input` as its standard input.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& command, const std::string& input = "");
  /// Kills it if it still runs.
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void send_signal(int signal) const;
  /// True once it has ended.
  bool ended();
  /// Waits for its end.
  ProgramResult wait();

 private:
  TempDir streams_;  // files instead of pipes: a program that fills one stream while we wait on another cannot block
  pid_t process_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

/// Starts a program and waits for its end.
ProgramResult run_program(const std::vector<std::string>& command, const std::string& input = "");

}  // namespace quartet::testing
