#include "quartet/eval/confusion_table.h"

#include <nlohmann/json.hpp>
#include <set>

#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

constexpr const char* kUnclassified = "unclassified";

struct Confusion {
  std::vector<std::string> asked;
  std::vector<std::string> detected;  // what was asked for is here too; "unclassified" is last
};

Confusion read_languages(const json& detected_languages) {
  std::set<std::string> asked, detected;
  bool unclassified = false;
  for (const auto& [language, counts] : detected_languages.items()) {
    asked.insert(language);
    detected.insert(language);
    for (const auto& [found, count] : counts.items()) {
      if (found == kUnclassified) {
        unclassified = true;
      } else {
        detected.insert(found);
      }
    }
  }
  Confusion result{in_language_order({asked.begin(), asked.end()}),
                   in_language_order({detected.begin(), detected.end()})};
  if (unclassified) result.detected.emplace_back(kUnclassified);
  return result;
}

std::size_t count_of(const json& counts, const std::string& detected) {
  const json& count = field(counts, detected);
  return count.is_number() ? count.get<std::size_t>() : 0;
}

std::string count_cell(std::size_t count, std::size_t total, const std::string& asked, const std::string& detected) {
  const double share = total == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total);
  const char* colour = detected == kUnclassified ? "base" : detected == asked ? "s0" : "s1";
  return base::cat("<td class=\"heat ", colour, "\" style=\"--v:", base::format_score(70 * share, 0), "%\">",
                   count == 0 ? "<span class=\"soft\">0</span>" : std::to_string(count), "</td>");
}

}  // namespace

base::TextTable confusion_table(const json& detected_languages) {
  const Confusion languages = read_languages(detected_languages);
  base::TextTable table{"Asked language by detected language", {"asked"}, {}};
  table.header.insert(table.header.end(), languages.detected.begin(), languages.detected.end());
  for (const std::string& asked : languages.asked) {
    std::vector<std::string> row{asked};
    for (const std::string& detected : languages.detected) {
      row.push_back(std::to_string(count_of(detected_languages[asked], detected)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string confusion_html(const json& detected_languages) {
  const Confusion languages = read_languages(detected_languages);
  if (languages.asked.empty()) return "";
  std::string out = base::cat(
      "<div class=\"wide\"><table class=\"confusion\"><thead><tr><th></th><th class=\"l\" scope=\"colgroup\" "
      "colspan=\"",
      languages.detected.size(), "\">reads as</th></tr><tr><th scope=\"col\">asked for</th>");
  for (const std::string& detected : languages.detected) {
    const std::string name = detected == kUnclassified ? "no language" : language_name(detected);
    out += "<th scope=\"col\">" + base::escape_html(name) + "</th>";
  }
  out += "</tr></thead><tbody>\n";
  for (const std::string& asked : languages.asked) {
    std::size_t total = 0;
    for (const std::string& detected : languages.detected) total += count_of(detected_languages[asked], detected);
    out += "<tr><th scope=\"row\">" + base::escape_html(language_name(asked)) + "</th>";
    for (const std::string& detected : languages.detected) {
      out += count_cell(count_of(detected_languages[asked], detected), total, asked, detected);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace quartet::eval
