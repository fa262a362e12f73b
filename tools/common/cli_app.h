#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quartet::cli {

/// Flags that every program has (cli.md): --help, --version, --config, --quiet, --log-level, --threads, --seed, and
/// where asked for --device and --dry-run.
struct CommonFlags {
  bool quiet = false;
  std::string log_level = "info";
  int threads = 0;  ///< 0 = all cores
  std::uint64_t seed = 0;
  std::string device = "cpu";
  bool dry_run = false;
};

struct AppImpl;

/// One command (a program or a subcommand) under construction. Every option can also stand in the --config YAML under
/// its name with underscores; a flag beats the file. Unknown flags and keys are refused with the nearest name (exit 2).
class Command {
 public:
  /// Names: "--max-length" or, with the word for its value in --help, "--model DIR". The variable's value is the
  /// default shown by --help. T: bool (flag --x / --no-x, also --x true|false), int, int64_t, uint64_t, double,
  /// std::string, std::optional of these, std::vector<std::string> (repeatable).
  template <class T>
  Command& option(const std::string& name, T& value, const std::string& help);
  /// A positional ("OUT_DIR") that must be given; with a list, one or more.
  Command& positional(const std::string& name, std::string& value, const std::string& help);
  Command& positional(const std::string& name, std::vector<std::string>& value, const std::string& help);
  /// The last option must be given.
  Command& required();
  /// The last option takes only these values (exit 2 lists them).
  Command& choices(const std::vector<std::string>& values);
  /// Accepted for others' scripts without effect, hidden from --help: a flag, or an option where `takes_value`.
  Command& accepted(const std::string& name, bool takes_value = false);
  /// A part of the contract that is not built: refused by name unless its value is one of `harmless`.
  Command& refused(const std::string& name, bool takes_value, const std::vector<std::string>& harmless = {});
  /// Examples that run, printed at the end of --help.
  Command& examples(const std::string& text);
  /// --device cpu, cuda or cuda:N; with `allow_auto` also auto.
  Command& with_device(bool allow_auto = false);
  Command& with_dry_run();
  /// True if the flag ("--max-length") or its config key was given.
  bool given(const std::string& name) const;
  /// True if it was given as a flag, which beats what a config says of the same matter.
  bool given_as_flag(const std::string& name) const;
  /// Every option with its resolved value, keyed with underscores: what config.resolved.yaml holds.
  nlohmann::ordered_json resolved() const;

  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();

 private:
  friend class App;
  struct Impl;
  friend struct AppImpl;
  explicit Command(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A program: parses, sets up logging and signals, runs, and turns every exception into one line and an exit code. The
/// only place where exceptions end.
class App {
 public:
  App(std::string name, std::string description);
  ~App();

  /// The flags of a program without subcommands, or shared ones.
  Command& main();
  /// Adds a subcommand; `run` is called with the common flags when it is chosen.
  Command& subcommand(const std::string& name, const std::string& description,
                      std::function<void(const CommonFlags&)> run);
  /// Commands of the contract that are not built: absent from --help, refused by name (exit 2).
  void refused_subcommands(const std::vector<std::string>& names);
  /// For programs without subcommands.
  void set_run(std::function<void(const CommonFlags&)> run);
  /// Exit code and line for exceptions of other libraries (LibTorch's), asked first; nothing = not one of them.
  using ExceptionTranslator = std::function<std::optional<std::pair<int, std::string>>(const std::exception&)>;
  void set_exception_translator(ExceptionTranslator translator);

  /// Returns the process exit code.
  int run(int argc, char** argv);

 private:
  std::unique_ptr<AppImpl> impl_;
};

}  // namespace quartet::cli
