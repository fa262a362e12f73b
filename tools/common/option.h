#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quartet/base/config_reader.h"

namespace quartet::cli {

/// One flag or positional of a command.
struct Option {
  std::string name;        ///< "--max-length", or "CONFIG" for a positional
  std::string value_name;  ///< "N"; empty for a flag
  std::string help;
  std::string default_text;
  std::vector<std::string> choices;
  bool flag = false;  ///< --x, --no-x, --x true|false
  bool list = false;  ///< may be repeated
  bool required = false;
  bool hidden = false;
  bool given = false;        ///< as a flag or in the config file
  bool from_config = false;  ///< in the file alone

  /// A word of the command line. Throws: std::runtime_error saying what was expected.
  std::function<void(const std::string&)> set_text;
  /// The key of a config, if it is there; problems go to the reader.
  std::function<void(base::ConfigReader&, const std::string& key)> read_config;
  /// Null for what is only accepted or refused.
  std::function<nlohmann::ordered_json()> value;

  bool positional() const { return !name.starts_with('-'); }
  /// The name in a config: "max_length".
  std::string key() const;
};

/// An option that sets `variable`; its current value is the default. T as in Command::option.
template <class T>
Option make_option(const std::string& name, T& variable, const std::string& help);

/// Taken without effect.
Option make_accepted(const std::string& name, bool takes_value);
/// Refused unless its value is one of `harmless`.
Option make_refused(const std::string& name, bool takes_value, const std::vector<std::string>& harmless);

/// Sets `options` from the words of a command line and from a config file; a flag beats the file. `config_path` is the
/// variable of the --config option, looked at after the words were read (empty: no file).
/// Throws: ConfigError with every problem.
void parse_options(const std::vector<Option*>& options, const std::vector<std::string>& words,
                   const std::string& config_path);

}  // namespace quartet::cli
