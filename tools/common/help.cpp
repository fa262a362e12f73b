#include "common/help.h"

#include <algorithm>

#include "quartet/base/text.h"

namespace quartet::cli {
namespace {

constexpr std::size_t kLeftColumns = 30;
constexpr std::size_t kColumns = 110;

std::string spelling(const Option& option) {
  if (option.flag && option.default_text == "true") return "--[no-]" + option.name.substr(2);
  return option.value_name.empty() || option.positional() ? option.name : option.name + " " + option.value_name;
}

std::string explanation(const Option& option) {
  std::string text = option.help;
  if (!option.choices.empty()) text += ": " + base::join(option.choices, ", ");
  std::vector<std::string> notes;
  if (option.required && !option.positional()) notes.push_back("required");
  if (option.list && !option.positional()) notes.push_back("repeatable");
  if (!option.default_text.empty()) notes.push_back("default " + option.default_text);
  return notes.empty() ? text : text + " (" + base::join(notes, ", ") + ")";
}

/// "  left      right", the right side wrapped at words.
std::string two_columns(const std::string& left, const std::string& right) {
  std::string out = "  " + left;
  std::size_t column = out.size();
  if (column + 2 > kLeftColumns) {
    out += "\n";
    column = 0;
  }
  out += std::string(kLeftColumns - column, ' ');
  column = kLeftColumns;
  for (const std::string& word : base::split(right, ' ')) {
    if (column > kLeftColumns && column + 1 + word.size() > kColumns) {
      out += "\n" + std::string(kLeftColumns, ' ');
      column = kLeftColumns;
    }
    if (column > kLeftColumns) {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::string section(const std::string& title, const std::vector<const Option*>& options, bool positionals) {
  std::string lines;
  for (const Option* option : options) {
    if (!option->hidden && option->positional() == positionals)
      lines += two_columns(spelling(*option), explanation(*option));
  }
  return lines.empty() ? "" : "\n" + title + ":\n" + lines;
}

}  // namespace

std::string format_help(const HelpPage& page) {
  std::string out = page.description + "\n\nUsage: " + page.usage;
  if (!page.subcommands.empty()) out += " COMMAND";
  for (const Option* option : page.options) {
    if (option->positional()) out += " " + option->name + (option->list ? " …" : "");
  }
  out += " [OPTIONS]\n";
  if (!page.subcommands.empty()) {
    out += "\nCommands:\n";
    for (const auto& [name, description] : page.subcommands) out += two_columns(name, description);
    out += "\n" + page.usage + " COMMAND --help tells more.\n";
  }
  out += section("Arguments", page.options, true);
  out += section("Options", page.options, false);
  out += section("General options", page.general_options, false);
  if (!page.examples.empty()) out += "\nExamples:\n" + page.examples + (page.examples.ends_with('\n') ? "" : "\n");
  return out;
}

}  // namespace quartet::cli
