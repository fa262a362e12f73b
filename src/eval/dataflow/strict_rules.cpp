#include "strict_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "quartet/code/grammar_tables.h"

namespace quartet::eval {
namespace {

StrictPart part_of(std::string_view word) {
  using Kind = StrictPart::Kind;
  if (word == "<;") return {Kind::kBeforeSemicolon, word};
  if (word == "*") return {Kind::kNamed, word};
  if (word.starts_with(':')) return {Kind::kType, word.substr(1)};
  if (!word.starts_with('#')) return {Kind::kField, word};
  int index = 0;
  std::from_chars(word.data() + 1, word.data() + word.size(), index);
  return {Kind::kIndex, word, index};
}

StrictPartList parts_of(std::string_view words) {
  StrictPartList parts;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find('|'), words.size());
    parts.push_back(part_of(words.substr(0, end)));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return parts;
}

StrictPartList parts_for(const std::vector<StrictParts>& entries, std::string_view type) {
  StrictPartList parts;
  for (const StrictParts& entry : entries) {
    if (!entry.type.empty() && entry.type != type) continue;
    const StrictPartList more = parts_of(entry.parts);
    parts.insert(parts.end(), more.begin(), more.end());
  }
  return parts;
}

StrictTable make_table(code::Grammar grammar) {
  constexpr std::array<StrictRules (*)(), code::kNumGrammars> kRules{
      strict_python,  strict_java, strict_javascript, strict_cpp,  strict_c,
      strict_c_sharp, strict_php,  strict_go,         strict_ruby, strict_rust};
  return {grammar, kRules[static_cast<std::size_t>(grammar)]()};
}

}  // namespace

StrictTable::StrictTable(code::Grammar grammar, StrictRules from)
    : capitals_are_constants(from.capitals_are_constants) {
  for (const StrictRule& rule : from.rules) {
    rules.push_back({rule.action, parts_of(rule.target), parts_of(rule.value), parts_of(rule.once),
                     parts_of(rule.after), parts_of(rule.first), rule.loop});
  }
  const auto among = [](const std::vector<std::string_view>& types, std::string_view type) {
    return std::find(types.begin(), types.end(), type) != types.end();
  };
  for (const std::string& type : code::symbol_names(grammar)) {
    Symbol symbol;
    const auto rule = std::find_if(from.rules.begin(), from.rules.end(),
                                   [&](const StrictRule& candidate) { return candidate.type == type; });
    if (rule != from.rules.end()) symbol.rule = static_cast<int>(rule - from.rules.begin());
    symbol.is_variable = among(from.variables, type);
    symbol.holds_no_variables = among(from.no_variables, type);
    symbol.is_arm = among(from.arm_types, type);
    symbol.is_list = among(from.lists, type);
    symbol.is_wrapper = among(from.wrappers, type);
    symbol.arms = parts_for(from.arms, type);
    symbol.base = parts_for(from.bases, type);
    symbol.has_base = !symbol.base.empty();
    symbol.without_variables = parts_for(from.without_variables, type);
    symbols.push_back(std::move(symbol));
  }
}

const StrictTable& strict_table(code::Grammar grammar) {
  static code::GrammarTables<StrictTable> tables(make_table);
  return tables[grammar];
}

}  // namespace quartet::eval
