#include "mode_section.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/defects_table.h"
#include "quartet/eval/density_plot.h"

namespace quartet::eval {
namespace {

using base::cat;
using base::escape_html;
using base::format_score;
using base::format_share;
using nlohmann::json;

std::string parts_table(const json& scores, const Mode& mode) {
  std::vector<std::string> header{"language", "rows", "mean"};
  header.insert(header.end(), kPartNames.begin(), kPartNames.end());
  header.insert(header.end(), {"median", "pooled", mode.empty_flow_title});
  std::string out = "<div class=\"wide\"><table>" + header_row(header) + "<tbody>\n";
  const auto cell = [](double value) { return bar_cell(value, format_score(value)); };
  for (const ScoreGroup& group : groups_of(scores[mode.key])) {
    const json& numbers = *group.numbers;
    out += cat(row_start(group), "<td>", count_of(numbers), "</td><td><b>", format_score(mean_of(numbers, mode.total)),
               "</b></td>");
    for (const char* part : mode.parts) out += cell(mean_of(numbers, part));
    out += cat("<td>", format_score(number_or_undefined(field(field(numbers, "median"), mode.total))), "</td><td>",
               format_score(number_or_undefined(field(field(numbers, "pooled"), mode.total))), "</td><td>",
               format_share(share_of(numbers, mode.empty_flow)), "</td></tr>\n");
  }
  return out + "</tbody></table></div>\n";
}

/// What the compat score is made of: its weighted parts, and the data-flow matches of 0 that count as 1.
std::string made_of(const json& scores) {
  const json& weights = field(field(scores, "header"), "weights");
  if (!weights.is_array() || weights.size() != kPartNames.size()) return "";
  std::string out = "<h3>What this score is made of</h3>\n<p>";
  for (std::size_t i = 0; i < kPartNames.size(); ++i) {
    out += cat("<span class=\"key\"><i class=\"p", i, "\"></i>", kPartNames[i], "</span> ");
  }
  out +=
      "<span class=\"key\"><i class=\"hatch\"></i>given where the data flow is 0</span></p>\n"
      "<div class=\"wide\"><table class=\"full tight\"><tbody>\n";
  const auto piece = [](const std::string& css_class, double share) {
    return share > 0 ? cat("<i class=\"", css_class, "\" style=\"width:", format_score(100 * share, 2), "%\"></i>")
                     : "";
  };
  for (const ScoreGroup& group : groups_of(scores["compat"])) {
    const json& numbers = *group.numbers;
    const double total = mean_of(numbers, kCompat.total);
    if (!(total > 0)) continue;
    out += row_start(group) + "<td class=\"drawn\"><span class=\"stack\">";
    for (std::size_t i = 0; i < kPartNames.size(); ++i) {
      out += piece(cat("p", i), number_or_undefined(weights[i]) * mean_of(numbers, kCompat.parts[i]) / total);
    }
    const double given = given_share(scores, numbers);
    out += cat(piece("hatch", given), "</span></td><td>", format_share(given), " given</td></tr>\n");
  }
  return out + "</tbody></table></div>\n";
}

std::string densities(const ScorePageData& data, const Mode& mode) {
  std::string plots;
  for (const LanguageScores& language : data.languages) {
    std::vector<DensitySeries> series;
    const std::vector<double>& before = language.*mode.before;
    if (!before.empty()) series.push_back({data.baseline_name, before, true});
    series.push_back({before.empty() ? "" : "now", language.*mode.values});
    plots += density_plot(language_name(language.language), series, {mode.title, &mode == &kCompat});
  }
  return plots.empty() ? "" : "<h3>How the rows spread</h3>\n<div class=\"plots\">\n" + plots + "</div>\n";
}

constexpr const char* kStrictNotes =
    "<dl><dt>strict score</dt><dd>The weighted mean of the parts below that exist for a row. Nothing is given for "
    "free: "
    "1 is reached by the reference itself, 0 by what shares nothing with it.</dd>"
    "<dt>n-gram, weighted</dt><dd>How many of the answer's words and pairs, triples and quadruples of words are the "
    "reference's; weighted counts the language's keywords five times as much.</dd>"
    "<dt>syntax</dt><dd>How many pieces of the two syntax trees are the same, whatever the names in them.</dd>"
    "<dt>data flow</dt><dd>How many of the reference's steps \xe2\x80\x9cthis value comes from that "
    "variable\xe2\x80\x9d "
    "the answer has. A reference without any has no such part (share \xe2\x80\x9cno data flow\xe2\x80\x9d).</dd>"
    "<dt>median, pooled</dt><dd>The middle row; and one score from the counts of all rows added up, in which long rows "
    "weigh more.</dd></dl>\n";
constexpr const char* kCompatNotes =
    "<dl><dt>CodeBLEU</dt><dd>What the Python package codebleu 0.6.0 prints, bit for bit, faults included. Compare it "
    "with the literature; do not judge by it, and do not compare it with the strict score.</dd>"
    "<dt>data flow 0</dt><dd>Rows without one matching step of data flow. The package counts their 0 as 1, which is "
    "why "
    "a row that matches nothing still scores .25.</dd>"
    "<dt>n-gram, weighted</dt><dd>BLEU over words split at blanks; the weighted one is a recall, so text added to an "
    "answer costs nothing.</dd>"
    "<dt>syntax, data flow</dt><dd>Shares of the reference's sub-trees and data-flow steps that appear anywhere in the "
    "answer.</dd></dl>\n";

std::string defects_html(const json& scores) {
  std::string out;
  for (const base::TextTable& table : defect_tables(scores)) {
    base::TextTable shown{"", table.header, table.rows};
    for (std::string& name : shown.header) name = language_name(name);
    for (auto& row : shown.rows) row.front() = language_name(row.front());
    out += "<h3>" + escape_html(table.title) + "</h3>\n" + shown.to_html();
  }
  if (out.empty()) return "";
  out += "<dl>";
  for (const auto& [name, sentence] : defect_notes(scores)) {
    out += "<dt>" + escape_html(name) + "</dt><dd>" + escape_html(sentence) + "</dd>";
  }
  return out + "</dl>\n";
}

/// Paired changes from the baseline by language, drawn around zero.
std::string changes_html(const json& scores, const Mode& mode) {
  const json& changes = field(scores, "change_from_baseline");
  if (!changes.is_object()) return "";
  std::vector<Difference> lines;
  const auto add = [&](const std::string& name, const json& entry, bool is_overall) {
    const auto [low, high] = ends_of(field(entry, "ci95"));
    lines.push_back({name, "", "", number_or_undefined(field(entry, "mean")), low, high, is_overall});
  };
  for (const std::string& language : languages_of(changes)) {
    add(language_name(language), field(changes["languages"][language], mode.total), false);
  }
  if (lines.size() != 1) add("All", field(field(changes, "overall"), mode.total), true);
  return "<h3>Change from " + escape_html(changes.value("baseline", "")) + ", row by row</h3>\n" +
         differences_html(lines);
}

}  // namespace

std::string mode_section(const json& scores, const ScorePageData& data, const Mode& mode) {
  const bool compat = &mode == &kCompat;
  return cat("<section class=\"", mode.key, "\">\n", heading(mode.key, mode.title), changes_html(scores, mode),
             "<h3>Parts</h3>\n", parts_table(scores, mode), compat ? made_of(scores) : "", densities(data, mode),
             compat ? defects_html(scores) : "", "<h3>What these numbers mean</h3>\n",
             compat ? kCompatNotes : kStrictNotes, "</section>\n");
}

}  // namespace quartet::eval
