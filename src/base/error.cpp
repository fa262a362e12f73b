#include "quartet/base/error.h"

#include "quartet/base/text.h"

namespace quartet {
namespace {

std::string summary(const std::vector<std::string>& problems) {
  if (problems.size() == 1) return problems.front();
  return base::cat(problems.size(), " problems: ", base::join(problems, "; "));
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> problems)
    : Error(ExitCode::kConfig, summary(problems)), problems_(std::move(problems)) {}

}  // namespace quartet
