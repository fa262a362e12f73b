#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "common/option.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::cli {
namespace {

using base::cat;

/// "--name" or "--name=…": as a value it must be attached (--prompt=--name). "-1" and "-- x" are values.
bool looks_like_flag(const std::string& word) {
  return word.size() > 2 && word.starts_with("--") && std::islower(static_cast<unsigned char>(word[2])) &&
         word.substr(0, word.find('=')).find_first_of(" \n\t") == std::string::npos;
}

/// The words of one command line on their way to the options.
class WordParser {
 public:
  WordParser(const std::vector<Option*>& options, const std::vector<std::string>& words,
             std::vector<std::string>& problems)
      : options_(options), words_(words), problems_(problems) {}

  void parse() {
    bool only_positionals = false;
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (!only_positionals && word == "--") {
        only_positionals = true;
      } else if (only_positionals || !word.starts_with('-') || word == "-") {
        set_positional(word);
      } else {
        set_flag(word);
      }
    }
  }

 private:
  Option* find(const std::string& name) const {
    for (Option* option : options_) {
      if (option->name == name) return option;
    }
    return nullptr;
  }

  /// The flag that "--no-x" switches off.
  Option* find_negated(const std::string& name) const {
    if (!name.starts_with("--no-")) return nullptr;
    Option* option = find("--" + name.substr(5));
    return option != nullptr && (option->flag || option->hidden) ? option : nullptr;
  }

  void set(Option& option, const std::string& text) {
    try {
      option.set_text(text);
    } catch (const std::runtime_error& error) {
      problems_.push_back(cat(option.name, ": ", error.what()));
    }
    option.given = true;
  }

  void set_positional(const std::string& word) {
    for (Option* option : options_) {
      if (option->positional() && (option->list || !option->given)) return set(*option, word);
    }
    problems_.push_back("unexpected argument " + base::excerpt(word));
  }

  void set_flag(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto attached = equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1));
    if (Option* option = find(name)) {
      set_value(*option, attached);
    } else if (Option* negated = find_negated(name)) {
      set(*negated, attached == "false" ? "true" : "false");
    } else {
      unknown(name);
    }
  }

  void set_value(Option& option, const std::optional<std::string>& attached) {
    const bool has_next = next_ < words_.size();
    if (attached) {
      set(option, *attached);
    } else if (option.flag) {
      const bool value_follows = has_next && (words_[next_] == "true" || words_[next_] == "false");
      set(option, value_follows ? words_[next_++] : "true");
    } else if (has_next && !looks_like_flag(words_[next_])) {
      set(option, words_[next_++]);
    } else if (option.hidden) {
      set(option, "true");
    } else {
      option.given = true;
      problems_.push_back(cat(option.name, ": a value ", option.value_name, " is missing"));
    }
  }

  void unknown(const std::string& name) {
    std::vector<std::string> names = {"--help", "--version", "--config"};
    for (const Option* option : options_) {
      if (!option->positional()) names.push_back(option->name);
    }
    problems_.push_back(cat("unknown flag ", name, base::did_you_mean(name, names)));
    const bool takes_words =
        std::any_of(options_.begin(), options_.end(), [](const Option* o) { return o->positional(); });
    if (!takes_words && next_ < words_.size() && !looks_like_flag(words_[next_])) ++next_;  // its value: said enough
  }

  const std::vector<Option*>& options_;
  const std::vector<std::string>& words_;
  std::vector<std::string>& problems_;
  std::size_t next_ = 0;
};

void read_config(const std::vector<Option*>& options, const std::string& path, std::vector<std::string>& problems) {
  try {
    base::ConfigReader config(base::read_yaml_file(path), path);
    for (Option* option : options) {
      const std::string key = option->key();
      if (option->given) {
        config.ignore(key);
        if (option->flag) config.ignore("no_" + key);
        continue;
      }
      option->given = option->from_config = config.has(key) || (option->flag && config.has("no_" + key));
      option->read_config(config, key);
    }
    config.finish();
  } catch (const ConfigError& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
}

void check_choices(const Option& option, std::vector<std::string>& problems) {
  if (option.choices.empty() || !option.given) return;
  const nlohmann::ordered_json value = option.value();
  for (const auto& item : value.is_array() ? value : nlohmann::ordered_json::array({value})) {
    const std::string text = item.is_string() ? item.get<std::string>() : item.dump();
    if (item.is_null() || std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end())
      continue;
    problems.push_back(cat(option.name, ": unknown value ", base::excerpt(text),
                           base::did_you_mean(text, option.choices), ", expected one of ",
                           base::join(option.choices, " ")));
  }
}

}  // namespace

void parse_options(const std::vector<Option*>& options, const std::vector<std::string>& words,
                   const std::string& config_path) {
  std::vector<std::string> problems;
  WordParser(options, words, problems).parse();
  if (!config_path.empty()) read_config(options, config_path, problems);
  for (const Option* option : options) {
    check_choices(*option, problems);
    if (option->required && !option->given) {
      problems.push_back(cat(option->name, " is missing (", option->help, ")"));
    }
  }
  if (!problems.empty()) throw ConfigError(std::move(problems));
}

}  // namespace quartet::cli
