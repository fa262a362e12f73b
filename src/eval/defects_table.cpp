#include "quartet/eval/defects_table.h"

#include <nlohmann/json.hpp>

#include "page_parts.h"
#include "quartet/base/text.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

constexpr const char* kSeeds = "hash_seeds";
constexpr const char* kOverall = "overall";

struct Known {
  const char* key;
  const char* name;
  const char* sentence;
};

constexpr Known kDefects[] = {
    {"zero_dataflow_counted_as_one", "data-flow 0 counted as 1",
     "A data-flow match of 0 counts as 1 inside codebleu, so a row that matches nothing still gets that part in full."},
    {"recall_for_precision", "recall in place of precision",
     "The weighted n-gram match divides by the reference's n-grams where BLEU divides by the prediction's, and knows "
     "no "
     "length penalty, so text added to a prediction costs nothing."},
    {"order_of_sources", "order of sources",
     "A value's sources are compared in the order of Python's sets, so equal data flows can differ."},
    {"hash_seed", "hash seed",
     "That order depends on the interpreter's hash seed. The change is the highest score over the seeds minus the "
     "lowest."},
};

const Known* find_defect(const std::string& key) {
  for (const Known& defect : kDefects) {
    if (key == defect.key) return &defect;
  }
  return nullptr;
}

std::string change(const json& value) {
  const double number = number_or_undefined(value);
  const std::string text = base::format_score(number);
  if (text == "-0.0000") return "0.0000";
  return (number > 0 ? "+" : "") + text;
}

std::string count(const json& value) {
  return value.is_number() ? std::to_string(value.get<long>()) : "-";
}

/// Every group with its name: the languages, then all of them.
std::vector<std::pair<std::string, json>> groups_of(const json& defects) {
  std::vector<std::pair<std::string, json>> groups;
  std::vector<std::string> languages;
  for (const auto& [language, group] : field(defects, "languages").items()) languages.push_back(language);
  for (const std::string& language : in_language_order(std::move(languages))) {
    groups.emplace_back(language, defects["languages"][language]);
  }
  if (defects.contains(kOverall)) groups.emplace_back(kOverall, defects[kOverall]);
  return groups;
}

/// Keys of the entries that are there: those that are known in their order, then others by name.
std::vector<std::string> defects_in(const json& group) {
  std::vector<std::string> keys;
  for (const Known& defect : kDefects) {
    if (group.contains(defect.key)) keys.emplace_back(defect.key);
  }
  for (const auto& [key, entry] : group.items()) {
    if (find_defect(key) == nullptr && key != kSeeds && entry.is_object()) keys.push_back(key);
  }
  return keys;
}

/// A row for each defect: what it does to all rows, then the mean change in each language.
base::TextTable changes_table(const json& defects, const std::vector<std::pair<std::string, json>>& groups) {
  base::TextTable table{"What upstream's defects do to the compat score (as it is minus corrected)",
                        {"defect", "rows", "mean", "largest"},
                        {}};
  for (const auto& [name, group] : groups) {
    if (name != kOverall) table.header.push_back(name);
  }
  const json& overall = field(defects, kOverall);
  if (!overall.is_object()) return table;
  for (const std::string& key : defects_in(overall)) {
    const json& entry = overall[key];
    const Known* known = find_defect(key);
    std::vector<std::string> row{known == nullptr ? key : known->name, count(field(entry, "rows")),
                                 change(field(entry, "mean_change")), change(field(entry, "largest_change"))};
    for (const auto& [name, group] : groups) {
      if (name != kOverall) row.push_back(change(field(field(group, key), "mean_change")));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

base::TextTable seeds_table(const std::vector<std::pair<std::string, json>>& groups) {
  base::TextTable table{"Mean compat score over hash seeds", {"language", "seeds", "lowest", "mean", "highest"}, {}};
  for (const auto& [name, group] : groups) {
    const json& seeds = field(group, kSeeds);
    if (!seeds.is_object()) continue;
    std::vector<std::string> row{name, count(field(seeds, "count"))};
    for (const char* key : {"min", "mean", "max"}) {
      row.push_back(base::format_score(number_or_undefined(field(seeds, key)), 5));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::vector<base::TextTable> defect_tables(const json& scores) {
  const json& defects = field(scores, "defects");
  if (!defects.is_object()) return {};
  const auto groups = groups_of(defects);
  std::vector<base::TextTable> tables;
  base::TextTable changes = changes_table(defects, groups);
  if (!changes.rows.empty()) tables.push_back(std::move(changes));
  base::TextTable seeds = seeds_table(groups);
  if (!seeds.rows.empty()) tables.push_back(std::move(seeds));
  return tables;
}

std::vector<std::pair<std::string, std::string>> defect_notes(const json& scores) {
  const json& overall = field(field(scores, "defects"), kOverall);
  std::vector<std::pair<std::string, std::string>> notes;
  for (const Known& defect : kDefects) {
    if (overall.contains(defect.key)) notes.emplace_back(defect.name, defect.sentence);
  }
  return notes;
}

}  // namespace quartet::eval
