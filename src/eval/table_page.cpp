#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/density_plot.h"
#include "quartet/eval/table_report.h"
#include "score_groups.h"
#include "table_text.h"

namespace quartet::eval {
namespace {

using base::cat;
using base::escape_html;
using base::format_score;
using nlohmann::json;

constexpr int kNumColours = 6;   // of the style
constexpr int kFirstColour = 2;  // the first two are the modes'

/// The class with a system's colour: grey for the baseline, as in the densities.
std::string colour_of(const json& numbers, const std::string& name) {
  if (field(numbers, "baseline") == name) return "base";
  int place = kFirstColour;
  for (const json& system : numbers["systems"]) {
    if (system["name"] == name) break;
    place += system["name"] != numbers["baseline"];
  }
  return cat("s", place % kNumColours);
}

const json& scores_of(const json& system, const std::string& language, const Mode& mode) {
  const json& group = language.empty() ? field(system, "overall") : field(field(system, "languages"), language);
  return field(group, mode.total);
}

/// Mode and section in its colour; the classes of the score page would recolour the systems.
std::string hue(const Mode& mode) {
  return cat("style=\"--hue:var(--", &mode == &kStrict ? "s0" : "s1", ")\"");
}

double highest_end(const json& numbers, const Mode& mode) {
  double highest = 0;
  for (const json& system : numbers["systems"]) {
    highest = std::max(highest, ends_of(field(scores_of(system, "", mode), "ci95")).second);
  }
  return highest;
}

std::string means_card(const json& numbers, const Mode& mode) {
  const Axis axis = axis_to(highest_end(numbers, mode));
  std::string out =
      cat("<div class=\"card\" ", hue(mode), "><h3>", mode.title, "</h3><p class=\"soft\">", mode.subtitle,
          "</p><table class=\"tight\"><thead><tr><th scope=\"col\">system</th><th scope=\"col\">mean, 95 %</th>"
          "<th scope=\"col\" class=\"scale\"><span>0</span><span>",
          axis.high, "</span></th></tr></thead><tbody>\n");
  for (const json& system : numbers["systems"]) {
    const std::string name = system["name"];
    const json& scores = scores_of(system, "", mode);
    const double mean = number_or_undefined(field(scores, "mean"));
    const auto [low, high] = ends_of(field(scores, "ci95"));
    out += cat("<tr><th scope=\"row\" class=\"two\"><span>", escape_html(name), "</span><small>",
               field(system["overall"], "n").dump(), " rows",
               field(numbers, "baseline") == name ? " \xc2\xb7 baseline" : "", "</small></th><td class=\"two\"><b>",
               format_score(mean), "</b><small>", format_score(low), " to ", format_score(high),
               "</small></td><td class=\"drawn ", colour_of(numbers, name), "\">", interval_html(mean, low, high, axis),
               "</td></tr>\n");
  }
  return out + "</tbody></table></div>\n";
}

std::string differences(const json& numbers, const Mode& mode) {
  if (!field(numbers, "baseline").is_string()) return "";
  std::vector<std::string> languages = compared_languages(numbers);
  if (languages.size() != 1) languages.emplace_back();  // all of them
  const std::string baseline = numbers["baseline"];
  std::vector<Difference> lines;
  for (const std::string& language : languages) {
    for (const json& system : numbers["systems"]) {
      const std::string name = system["name"];
      const json& scores = scores_of(system, language, mode);
      if (name == baseline || !field(scores, "difference").is_number()) continue;
      const auto [low, high] = ends_of(field(scores, "difference_ci95"));
      lines.push_back({language.empty() ? "All" : language_name(language), numbers["systems"].size() > 2 ? name : "",
                       colour_of(numbers, name), number_or_undefined(scores["difference"]), low, high,
                       language.empty()});
    }
  }
  if (lines.empty()) return "";
  return "<h3>Difference to " + escape_html(baseline) + ", row by row</h3>\n" + differences_html(lines);
}

std::string untitled(base::TextTable table) {
  table.title.clear();
  for (std::string& name : table.header) name = language_name(name);
  return table.to_html();
}

std::string densities(const Comparison& comparison, const Mode& mode) {
  std::string plots;
  for (const std::string& language : compared_languages(comparison.numbers)) {
    std::vector<DensitySeries> series;
    for (const SystemRows& system : comparison.systems) {
      const auto found = std::find_if(system.languages.begin(), system.languages.end(),
                                      [&](const LanguageScores& scores) { return scores.language == language; });
      const bool is_baseline = field(comparison.numbers, "baseline") == system.name;
      if (found == system.languages.end()) {
        series.push_back({system.name, {}, is_baseline});
      } else {
        series.push_back({system.name, (*found).*mode.values, is_baseline});
      }
    }
    plots += density_plot(language_name(language), series, {mode.title, &mode == &kCompat, kFirstColour});
  }
  return plots.empty() ? "" : "<h3>How the rows spread</h3>\n<div class=\"plots\">\n" + plots + "</div>\n";
}

std::string mode_html(const Comparison& comparison, const Mode& mode) {
  return cat("<section ", hue(mode), ">\n", heading(mode.key, mode.title), differences(comparison.numbers, mode),
             "<h3>Means</h3>\n", untitled(means_table(comparison.numbers, mode.total)), densities(comparison, mode),
             "</section>\n");
}

std::string losses(const Comparison& comparison) {
  std::string out;
  for (const SystemRows& system : comparison.systems) {
    if (system.losses.empty()) continue;
    base::TextTable table{"", {"row", "language", "before", "now", "lost"}, {}};
    for (const LostRow& row : system.losses) {
      table.rows.push_back({id_text(row.id) + (row.sample == 0 ? "" : cat(", sample ", row.sample)),
                            language_name(row.language), format_score(row.before), format_score(row.now),
                            signed_score(row.now - row.before)});
    }
    out += "<details><summary>" + escape_html(system.name) + ": its worst " + std::to_string(table.rows.size()) +
           "</summary>\n" + table.to_html() + "</details>\n";
  }
  return out.empty() ? "" : heading("losses", "Worst losses against the baseline") + out;
}

std::string lead(const json& numbers, const std::vector<const Mode*>& modes) {
  const std::size_t num_systems = numbers["systems"].size(), num_languages = compared_languages(numbers).size();
  std::string out = cat("<b>", num_systems, "</b> system", num_systems == 1 ? "" : "s", " in ", num_languages,
                        num_languages == 1 ? " language." : " languages.");
  for (const Mode* mode : modes) {
    const json* best = nullptr;
    double highest = -INFINITY;
    for (const json& system : numbers["systems"]) {
      const double mean = number_or_undefined(field(scores_of(system, "", *mode), "mean"));
      if (!(mean > highest)) continue;
      highest = mean;
      best = &system;
    }
    if (best == nullptr) continue;
    out += cat(" Highest ", mode == &kStrict ? "strict score" : "compat CodeBLEU", ": <b>",
               escape_html((*best)["name"].get<std::string>()), "</b> with <b>", format_score(highest, 3), "</b>");
    const double difference = number_or_undefined(field(scores_of(*best, "", *mode), "difference"));
    const json& baseline = field(numbers, "baseline");
    if (std::isfinite(difference) && baseline.is_string() && baseline != (*best)["name"]) {
      const auto [low, high] = ends_of(field(scores_of(*best, "", *mode), "difference_ci95"));
      out += cat(", ", signed_score(difference), " (95 %: ", signed_score(low), " to ", signed_score(high),
                 ") against ", escape_html(baseline.get<std::string>()));
    }
    out += ".";
  }
  return "<p class=\"lead\">" + out + "</p>\n";
}

std::string contents(const Comparison& comparison, const std::vector<const Mode*>& modes, bool has_losses) {
  std::string out = "<nav class=\"toc\" aria-label=\"Contents\">";
  for (const Mode* mode : modes) out += cat("<a href=\"#", mode->key, "\">", mode->title, "</a>");
  out += "<a href=\"#answers\">What the answers are</a>";
  if (has_losses) out += "<a href=\"#losses\">Worst losses</a>";
  if (!comparison.numbers["routers"].empty()) out += "<a href=\"#routing\">Routing</a>";
  return out + "</nav>\n";
}

}  // namespace

std::string comparison_html(const Comparison& comparison) {
  const json& numbers = comparison.numbers;
  std::vector<const Mode*> modes;
  for (const Mode* mode : {&kStrict, &kCompat}) {
    if (has_score(numbers, mode->total)) modes.push_back(mode);
  }
  const std::string lost = losses(comparison);
  std::string body = lead(numbers, modes) + "<div class=\"cards\">\n";
  for (const Mode* mode : modes) body += means_card(numbers, *mode);
  body += "</div>\n" + contents(comparison, modes, !lost.empty());
  for (const Mode* mode : modes) body += mode_html(comparison, *mode);
  body += heading("answers", "What the answers are") + untitled(shares_table(numbers)) + lost;
  if (!numbers["routers"].empty()) body += heading("routing", "Routing");
  for (const json& router : numbers["routers"]) {
    const base::TextTable table = router_table(router);
    body += "<h3>" + escape_html(table.title) + "</h3>\n" + untitled(table);
  }
  return base::html_page("Systems side by side",
                         body + "<p class=\"soft\">" + escape_html(kComparisonNotes) + "</p>\n");
}

}  // namespace quartet::eval
