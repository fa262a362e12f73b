#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace quartet {

/// Exit codes of the programs, one per error class.
enum class ExitCode {
  kDone = 0,
  kConfig = 2,
  kData = 3,
  kCheckpoint = 4,
  kNumeric = 5,
  kResource = 6,
  kBug = 70,
};

/// Root of every exception that Quartet throws. `what()` is one line: what was got, what was expected, what to do.
class Error : public std::runtime_error {
 public:
  Error(ExitCode exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
  ExitCode exit_code() const { return exit_code_; }

 private:
  ExitCode exit_code_;
};

/// A bad flag or configuration. Carries every problem that was found, each with its path.
class ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& problem) : ConfigError(std::vector<std::string>{problem}) {}
  explicit ConfigError(std::vector<std::string> problems);
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

/// A bad data file or record; the message starts with `path:line`.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(ExitCode::kData, message) {}
};

/// A model or adapter that is missing, damaged or does not fit; the message names the file and the tensor.
class CheckpointError : public Error {
 public:
  explicit CheckpointError(const std::string& message) : Error(ExitCode::kCheckpoint, message) {}
};

/// NaN or infinity where a finite number must be, or a training run that did not train.
class NumericError : public Error {
 public:
  explicit NumericError(const std::string& message) : Error(ExitCode::kNumeric, message) {}
};

/// Out of memory, disk full, a needed program missing.
class ResourceError : public Error {
 public:
  explicit ResourceError(const std::string& message) : Error(ExitCode::kResource, message) {}
};

/// A tensor of the wrong shape inside the program: a bug, thrown in release builds too.
class ShapeError : public Error {
 public:
  explicit ShapeError(const std::string& message) : Error(ExitCode::kBug, message) {}
};

/// A call in the wrong state: a bug, thrown in release builds too.
class StateError : public Error {
 public:
  explicit StateError(const std::string& message) : Error(ExitCode::kBug, message) {}
};

/// The work was stopped by SIGINT or SIGTERM after its state was saved; exit code 128 + signal.
class Stopped : public std::runtime_error {
 public:
  Stopped(int signal, const std::string& message) : std::runtime_error(message), signal_(signal) {}
  int signal() const { return signal_; }

 private:
  int signal_;
};

}  // namespace quartet
