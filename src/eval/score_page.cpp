#include "quartet/eval/score_page.h"

#include <algorithm>
#include <cmath>

#include "mode_section.h"
#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/confusion_table.h"
#include "sample_cards.h"
#include "score_groups.h"

namespace quartet::eval {
namespace {

using base::cat;
using base::escape_html;
using base::format_score;
using base::format_share;
using nlohmann::json;

constexpr double kNotableGift = 0.1;  // of the compat score

Axis axis_of(const std::vector<ScoreGroup>& groups, const char* metric) {
  double highest = 0;
  for (const ScoreGroup& group : groups) {
    highest = std::max({highest, mean_of(*group.numbers, metric), interval_of(*group.numbers, metric).second});
  }
  return axis_to(highest);
}

/// The first thing to read: each language's score, how sure it is, and where it lies.
std::string score_card(const json& scores, const Mode& mode) {
  const std::vector<ScoreGroup> groups = groups_of(scores[mode.key]);
  const Axis axis = axis_of(groups, mode.total);
  std::string out =
      cat("<div class=\"card ", mode.key, "\"><h3>", mode.title, "</h3><p class=\"soft\">", mode.subtitle,
          "</p><table class=\"tight\"><thead><tr><th scope=\"col\">language</th><th scope=\"col\">mean, 95 %</th>"
          "<th scope=\"col\" class=\"scale\"><span>0</span><span>",
          axis.high, "</span></th></tr></thead><tbody>\n");
  for (const ScoreGroup& group : groups) {
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

/// A sentence a mode: "Strict score 0.084 (0.077 to 0.092)."
std::string lead(const json& scores, const std::vector<const Mode*>& modes) {
  std::string out;
  for (const Mode* mode : modes) {
    const json& overall = scores[mode->key]["overall"];
    if (out.empty()) {
      const std::size_t languages = languages_of(scores[mode->key]).size();
      out = cat("<b>", count_of(overall), "</b> answers in ", languages, languages == 1 ? " language." : " languages.");
    }
    out += cat(" ", mode->title, " <b>", format_score(mean_of(overall, mode->total), 3), "</b>");
    const json& changes = field(scores, "change_from_baseline");
    const double change = number_or_undefined(field(field(field(changes, "overall"), mode->total), "mean"));
    out += std::isnan(change)
               ? "."
               : cat(" (", signed_score(change), " against ", escape_html(changes.value("baseline", "")), ").");
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
  for (const ScoreGroup& group : groups_of(mode)) {
    out += row_start(group);
    for (const auto& [key, title] : kShares) {
      const double share = share_of(*group.numbers, key);
      out += bar_cell(share, format_share(share));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
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
