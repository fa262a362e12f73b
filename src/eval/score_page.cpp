#include "quartet/eval/score_page.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/confusion_table.h"
#include "quartet/eval/defects_table.h"
#include "quartet/eval/density_plot.h"
#include "sample_cards.h"

namespace quartet::eval {
namespace {

using base::cat;
using base::escape_html;
using base::format_score;
using base::format_share;
using nlohmann::json;

/// What is particular to a mode.
struct Mode {
  const char* key;
  const char* title;
  const char* subtitle;
  const char* total;
  std::array<const char*, 4> parts;
  const char* empty_flow;        // a share
  const char* empty_flow_title;  // its column
  std::vector<double> LanguageScores::*values;
  std::vector<double> LanguageScores::*before;
};

constexpr double kNotableGift = 0.1;  // of the compat score
constexpr std::array<const char*, 4> kPartNames{"n-gram", "weighted", "syntax", "data flow"};

const Mode kStrict{"strict",
                   "Strict score",
                   "Real parts or none: what to judge by.",
                   "strict_score",
                   {"strict_ngram", "strict_weighted", "strict_syntax", "strict_dataflow"},
                   "dataflow_null",
                   "no data flow",
                   &LanguageScores::strict,
                   &LanguageScores::strict_before};
const Mode kCompat{
    "compat",
    "Compat CodeBLEU",
    "As the Python package codebleu 0.6.0 prints it, faults included: for comparison with the literature.",
    "codebleu",
    {"ngram_match_score", "weighted_ngram_match_score", "syntax_match_score", "dataflow_match_score"},
    "dataflow_zero",
    "data flow 0",
    &LanguageScores::compat,
    &LanguageScores::compat_before};

std::vector<const Mode*> modes_of(const json& scores) {
  std::vector<const Mode*> modes;
  for (const Mode* mode : {&kStrict, &kCompat}) {
    if (field(field(scores, mode->key), "overall").is_object()) modes.push_back(mode);
  }
  return modes;
}

std::vector<std::string> languages_of(const json& group) {
  std::vector<std::string> ids;
  for (const auto& [language, numbers] : field(group, "languages").items()) ids.push_back(language);
  return in_language_order(std::move(ids));
}

/// A row of a table: a language's name and its numbers, or those of all rows.
struct Group {
  std::string name;
  const json* numbers;
  bool is_overall = false;
};

std::vector<Group> groups_of(const json& mode) {
  std::vector<Group> groups;
  for (const std::string& language : languages_of(mode)) {
    groups.push_back({language_name(language), &mode["languages"][language]});
  }
  if (groups.size() != 1) groups.push_back({"All", &field(mode, "overall"), true});
  return groups;
}

std::string row_start(const Group& group) {
  return cat("<tr", group.is_overall ? " class=\"all\"" : "", "><th scope=\"row\">", escape_html(group.name), "</th>");
}

std::string header_row(const std::vector<std::string>& cells) {
  std::string out = "<thead><tr>";
  for (const std::string& cell : cells) out += "<th scope=\"col\">" + escape_html(cell) + "</th>";
  return out + "</tr></thead>";
}

double mean_of(const json& numbers, const char* metric) {
  return number_or_undefined(field(field(numbers, "mean"), metric));
}

double share_of(const json& numbers, const char* share) {
  return number_or_undefined(field(field(numbers, "shares"), share));
}

std::string count_of(const json& numbers) {
  const json& n = field(numbers, "n");
  return n.is_number() ? std::to_string(n.get<std::size_t>()) : "-";
}

std::pair<double, double> interval_of(const json& numbers, const char* metric) {
  const json& interval = field(field(numbers, "ci95"), metric);
  if (!interval.is_array() || interval.size() != 2) return {NAN, NAN};
  return {number_or_undefined(interval[0]), number_or_undefined(interval[1])};
}

/// "0.0711 to 0.0862"
std::string interval_text(const json& numbers, const char* metric) {
  const auto [low, high] = interval_of(numbers, metric);
  return format_score(low) + " to " + format_score(high);
}

/// From 0 to a round number above all intervals, so that what is small can be seen too.
Axis axis_of(const std::vector<Group>& groups, const char* metric) {
  double highest = 0;
  for (const Group& group : groups) {
    highest = std::max({highest, mean_of(*group.numbers, metric), interval_of(*group.numbers, metric).second});
  }
  for (const double end : {0.1, 0.2, 0.25, 0.5}) {
    if (highest < end) return {0, end};
  }
  return {0, 1};
}

/// The first thing to read: each language's score, how sure it is, and where it lies.
std::string score_card(const json& scores, const Mode& mode) {
  const std::vector<Group> groups = groups_of(scores[mode.key]);
  const Axis axis = axis_of(groups, mode.total);
  std::string out =
      cat("<div class=\"card ", mode.key, "\"><h3>", mode.title, "</h3><p class=\"soft\">", mode.subtitle,
          "</p><table class=\"tight\"><thead><tr><th scope=\"col\">language</th><th scope=\"col\">mean, 95 %</th>"
          "<th scope=\"col\" class=\"scale\"><span>0</span><span>",
          axis.high, "</span></th></tr></thead><tbody>\n");
  for (const Group& group : groups) {
    const double mean = mean_of(*group.numbers, mode.total);
    const auto [low, high] = interval_of(*group.numbers, mode.total);
    out += cat("<tr", group.is_overall ? " class=\"all\"" : "", "><th scope=\"row\" class=\"two\"><span>",
               escape_html(group.name), "</span><small>", count_of(*group.numbers),
               " rows</small></th><td class=\"two\"><b>", format_score(mean), "</b><small>",
               interval_text(*group.numbers, mode.total), "</small></td><td class=\"drawn\">",
               interval_html(mean, low, high, axis), "</td></tr>\n");
  }
  return out + "</tbody></table></div>\n";
}

/// The part of a group's compat score that is given for data-flow matches of 0.
double given_share(const json& scores, const json& numbers) {
  const json& weights = field(field(scores, "header"), "weights");
  const double weight =
      weights.is_array() && weights.size() == kPartNames.size() ? number_or_undefined(weights[3]) : NAN;
  return weight * share_of(numbers, kCompat.empty_flow) / mean_of(numbers, kCompat.total);
}

/// A sentence a mode: "Strict score 0.084 (0.077 to 0.092)."
std::string lead(const json& scores, const std::vector<const Mode*>& modes) {
  std::string out;
  for (const Mode* mode : modes) {
    const json& overall = scores[mode->key]["overall"];
    if (out.empty()) {
      const std::size_t languages = languages_of(scores[mode->key]).size();
      out = cat("<b>", count_of(overall), "</b> answers in ", languages, languages == 1 ? " language." : " languages.");
    }
    out += cat(" ", mode->title, " <b>", format_score(mean_of(overall, mode->total), 3), "</b>.");
  }
  if (field(scores, "compat").is_object()) {
    const double given = given_share(scores, field(scores["compat"], "overall"));
    if (given > kNotableGift)
      out += cat(" ", format_share(given), " of that is given for answers without a matching data flow.");
  }
  const json* overall = modes.empty() ? nullptr : &scores[modes.front()->key]["overall"];
  if (overall != nullptr) {
    out += cat(" ", format_share(share_of(*overall, "prediction_parses")), " parse, ",
               format_share(share_of(*overall, "asked_language")), " read as the language that was asked for, ",
               format_share(share_of(*overall, "exact_match")), " equal their reference.");
  }
  return "<p class=\"lead\">" + out + "</p>\n";
}

std::string findings(const json& guard, const char* kind, const char* css_class, const char* title) {
  std::string out;
  for (const auto& [key, finding] : field(guard, kind).items()) {
    out += cat("<li class=\"", css_class, "\"><b>", title, " (", escape_html(finding.value("check", "")), "):</b> ",
               escape_html(finding.value("message", "")), "</li>\n");
  }
  return out;
}

std::string guard_html(const json& scores) {
  const json& guard = field(scores, "guard");
  std::string out = findings(guard, "refusals", "bad", "Refused, scored all the same") +
                    findings(guard, "warnings", "warn", "Warning");
  if (out.empty()) out = "<li class=\"good\"><b>Nothing odd found</b> by the checks that look at the answers.</li>\n";
  if (field(guard, "enforced") == false)
    out += "<li class=\"warn\">The checks were told not to refuse (--no-guard).</li>\n";
  return "<ul class=\"trust\" aria-label=\"Can these numbers be trusted?\">\n" + out + "</ul>\n";
}

std::string shares_html(const json& mode) {
  constexpr std::pair<const char*, const char*> kShares[] = {
      {"exact_match", "equals reference"},     {"prediction_parses", "parses"}, {"asked_language", "asked language"},
      {"other_language", "other language"},    {"unclassified", "no language"}, {"truncated", "cut at limit"},
      {"reference_parses", "reference parses"}};
  std::vector<std::string> header{"language"};
  for (const auto& [key, title] : kShares) header.emplace_back(title);
  std::string out = "<div class=\"wide\"><table>" + header_row(header) + "<tbody>\n";
  for (const Group& group : groups_of(mode)) {
    out += row_start(group);
    for (const auto& [key, title] : kShares) {
      const double share = share_of(*group.numbers, key);
      out += bar_cell(share, format_share(share));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string parts_table(const json& scores, const Mode& mode) {
  std::vector<std::string> header{"language", "rows", "mean"};
  header.insert(header.end(), kPartNames.begin(), kPartNames.end());
  header.insert(header.end(), {"median", "pooled", mode.empty_flow_title});
  std::string out = "<div class=\"wide\"><table>" + header_row(header) + "<tbody>\n";
  const auto cell = [](double value) { return bar_cell(value, format_score(value)); };
  for (const Group& group : groups_of(scores[mode.key])) {
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
  for (const Group& group : groups_of(scores["compat"])) {
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

std::string mode_section(const json& scores, const ScorePageData& data, const Mode& mode) {
  const bool compat = &mode == &kCompat;
  return cat("<section class=\"", mode.key, "\">\n", heading(mode.key, mode.title), parts_table(scores, mode),
             compat ? made_of(scores) : "", densities(data, mode), compat ? defects_html(scores) : "",
             "<h3>What these numbers mean</h3>\n", compat ? kCompatNotes : kStrictNotes, "</section>\n");
}

std::string answers_section(const json& scores, const std::vector<const Mode*>& modes) {
  std::string out = heading("answers", "What the answers are");
  if (!modes.empty()) out += shares_html(scores[modes.front()->key]);
  const std::string confusion = confusion_html(field(scores, "detected_languages"));
  if (confusion.empty()) return out;
  return out + "<h3>Asked for, and what it reads as</h3>\n" + confusion +
         "<p class=\"soft\">Detected from the text alone.</p>\n";
}

std::string samples_section(const ScorePageData& data) {
  if (data.samples.empty()) return "";
  const bool regressions = !data.samples.front().before.is_null();
  std::string out = heading("samples", regressions ? "Samples, worst losses first" : "Samples, worst first");
  out += cat("<p class=\"soft\">", data.samples.size(), " of ", std::max(data.num_rows, data.samples.size()),
             " rows; the scores of all are in scores_per_sample.jsonl. Shaded: what reference and prediction have in "
             "common, in the same order. Control characters are shown as pictures.</p>\n");
  return out + sample_cards(data);
}

/// "a 1, b 2" of an object's entries, or the value as it is.
std::string show(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string settings_section(const json& scores, const std::string& command) {
  const json& header = field(scores, "header");
  std::string out = heading("settings", "How this was made") + "<dl>";
  if (!command.empty()) out += "<dt>command</dt><dd><code>" + escape_html(command) + "</code></dd>";
  for (const auto& [key, value] : header.items()) {
    if (value.is_object()) continue;
    out += "<dt>" + escape_html(base::replace_all(key, "_", " ")) + "</dt><dd>" + escape_html(show(value)) + "</dd>";
  }
  out += "</dl>\n";
  for (const auto& [key, value] : header.items()) {
    if (!value.is_object()) continue;
    out += "<details><summary>" + escape_html(base::replace_all(key, "_", " ")) + "</summary><dl>";
    for (const auto& [name, entry] : value.items()) {
      out += "<dt>" + escape_html(name) + "</dt><dd><code>" + escape_html(show(entry)) + "</code></dd>";
    }
    out += "</dl></details>\n";
  }
  return out;
}

std::string contents(const std::vector<const Mode*>& modes, const ScorePageData& data) {
  std::string out = "<nav class=\"toc\" aria-label=\"Contents\">";
  for (const Mode* mode : modes) out += cat("<a href=\"#", mode->key, "\">", mode->title, "</a>");
  out += "<a href=\"#answers\">What the answers are</a>";
  if (!data.samples.empty()) out += "<a href=\"#samples\">Samples</a>";
  return out + "<a href=\"#settings\">How this was made</a></nav>\n";
}

}  // namespace

std::string score_page(const json& scores, const ScorePageData& data) {
  const std::vector<const Mode*> modes = modes_of(scores);
  std::string body = lead(scores, modes) + guard_html(scores) + "<div class=\"cards\">\n";
  for (const Mode* mode : modes) body += score_card(scores, *mode);
  body += "</div>\n" + contents(modes, data);
  for (const Mode* mode : modes) body += mode_section(scores, data, *mode);
  body += answers_section(scores, modes) + samples_section(data) + settings_section(scores, data.command);
  return base::html_page("CodeBLEU", body);
}

}  // namespace quartet::eval
