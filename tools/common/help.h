#pragma once

#include <string>
#include <vector>

#include "common/option.h"

namespace quartet::cli {

/// What --help prints about one command.
struct HelpPage {
  std::string usage;  ///< "merge blend": program and subcommand
  std::string description;
  std::vector<const Option*> options;
  std::vector<const Option*> general_options;
  std::vector<std::pair<std::string, std::string>> subcommands;  ///< name, description
  std::string examples;
};

std::string format_help(const HelpPage& page);

}  // namespace quartet::cli
