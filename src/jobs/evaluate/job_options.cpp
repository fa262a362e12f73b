#include "job_options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::jobs {
namespace {

constexpr std::uint32_t kMaxSeeds = 1000;

template <class T>
bool parse_number(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// In single quotes where a shell would read more than a word.
std::string shell_word(const std::string& text) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-_./,:=+@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return is_plain ? text : "'" + base::replace_all(text, "'", "'\\''") + "'";
}

}  // namespace

eval::Weights parse_weights(const std::string& text) {
  if (text == "paper") return eval::kPaperWeights;
  const std::vector<std::string> parts = base::split(text, ',');
  eval::Weights weights{};
  bool valid = parts.size() == weights.size();
  double sum = 0;
  for (std::size_t i = 0; valid && i < weights.size(); ++i) {
    valid = parse_number(parts[i], weights[i]) && std::isfinite(weights[i]) && weights[i] >= 0;
    sum += weights[i];
  }
  if (!valid || sum <= 0) {
    throw ConfigError(base::cat("--weights: got ", base::excerpt(text),
                                ", expected \"paper\" or four numbers >= 0 such as 0.25,0.25,0.25,0.25"));
  }
  return weights;
}

eval::CompatOptions parse_python(const std::string& hash_seed, const std::string& python_hash) {
  eval::CompatOptions python;
  python.hashing.hash = python_hash == "2-4" ? eval::PythonHash::kSip24 : eval::PythonHash::kSip13;
  constexpr std::string_view kAny = "any:";
  if (hash_seed.starts_with(kAny)) {
    std::uint32_t count = 0;
    if (!parse_number(hash_seed.substr(kAny.size()), count) || count < 1 || count > kMaxSeeds) {
      throw ConfigError(base::cat("--hashseed: got ", base::excerpt(hash_seed), ", expected any:K with K from 1 to ",
                                  kMaxSeeds, ", such as any:40"));
    }
    for (std::uint32_t seed = 0; seed < count; ++seed) python.other_seeds.push_back(seed);
  } else if (!parse_number(hash_seed, python.hashing.seed)) {
    throw ConfigError(base::cat("--hashseed: got ", base::excerpt(hash_seed),
                                ", expected an integer from 0 to 4294967295, or any:K for the spread over K seeds"));
  }
  return python;
}

std::vector<std::pair<std::string, std::filesystem::path>> parse_named_paths(const std::string& flag,
                                                                             const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::filesystem::path>> result;
  std::set<std::string> names;
  std::vector<std::string> problems;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) {
      problems.push_back(base::cat(flag, ": got ", base::excerpt(word), ", expected NAME=DIR"));
    } else if (!names.insert(word.substr(0, equals)).second) {
      problems.push_back(base::cat(flag, ": the name ", base::excerpt(word.substr(0, equals)), " is given twice"));
    } else {
      result.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
  }
  if (!problems.empty()) throw ConfigError(problems);
  return result;
}

bool may_replace(const std::string& output, const std::vector<std::string>& names, bool overwrite) {
  if (output.empty()) throw ConfigError("--output is missing: the folder for the results");
  std::error_code error;
  if (overwrite || !std::filesystem::is_directory(output, error)) return overwrite;
  for (const auto& entry : std::filesystem::directory_iterator(output, error)) {
    if (std::find(names.begin(), names.end(), entry.path().filename()) == names.end()) return false;
  }
  return true;
}

std::string command_line(const std::string& program, const nlohmann::json& options) {
  const std::set<std::string> of_the_terminal{"dry_run", "log_level", "quiet", "threads"};
  std::string out = program;
  const auto add = [&out](const std::string& name, const nlohmann::json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (!text.empty()) out += " --" + base::replace_all(name, "_", "-") + " " + shell_word(text);
  };
  for (const auto& [name, value] : options.items()) {
    if (of_the_terminal.contains(name) || value.is_null()) continue;
    if (name == "guard") {
      if (value == false) out += " --no-guard";
    } else if (value.is_boolean()) {
      if (value == true) out += " --" + base::replace_all(name, "_", "-");
    } else if (value.is_array()) {
      for (const auto& each : value) add(name, each);
    } else {
      add(name, value);
    }
  }
  return out;
}

}  // namespace quartet::jobs
