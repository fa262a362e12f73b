#include "page_parts.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "quartet/base/html.h"
#include "quartet/base/language.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/statistics.h"

namespace quartet::eval {
namespace {

std::string percent(double share) {
  return base::format_score(100 * std::clamp(share, 0.0, 1.0), 1) + "%";
}

std::size_t place_in_list(const std::string& id) {
  const auto languages = base::languages();
  const auto found = std::find_if(languages.begin(), languages.end(), [&](const auto& each) { return each.id == id; });
  return static_cast<std::size_t>(found - languages.begin());
}

/// In steps of .05 (.1 where that is many), around all intervals and zero with some room on both sides.
Axis axis_around(const std::vector<Difference>& lines) {
  Axis axis{0, 0};
  for (const Difference& line : lines) {
    for (const double value : {line.mean, line.low, line.high}) {
      if (!std::isfinite(value)) continue;
      axis.low = std::min(axis.low, value);
      axis.high = std::max(axis.high, value);
    }
  }
  const double step = axis.high - axis.low > 0.5 ? 0.1 : 0.05;
  return {step * (std::floor(axis.low / step - 0.2)), step * std::ceil(axis.high / step + 0.2)};
}

}  // namespace

const nlohmann::json& field(const nlohmann::json& object, const std::string& key) {
  static const nlohmann::json kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

double number_or_undefined(const nlohmann::json& value) {
  return value.is_number() ? value.get<double>() : kUndefined;
}

std::vector<std::string> in_language_order(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end(), [](const std::string& a, const std::string& b) {
    return std::pair(place_in_list(a), a) < std::pair(place_in_list(b), b);
  });
  return ids;
}

std::string language_name(const std::string& id) {
  const std::size_t place = place_in_list(id);
  return place < base::languages().size() ? std::string(base::languages()[place].prompt_name) : id;
}

std::string id_text(const std::string& id) {
  const auto value = nlohmann::json::parse(id, nullptr, false);
  return value.is_string() ? value.get<std::string>() : id;
}

Axis axis_to(double highest) {
  for (const double end : {0.1, 0.2, 0.25, 0.5}) {
    if (highest < end) return {0, end};
  }
  return {0, 1};
}

std::string interval_html(double mean, double low, double high, const Axis& axis) {
  if (!std::isfinite(mean)) return "";
  const auto place = [&](double value) { return percent((value - axis.low) / (axis.high - axis.low)); };
  std::string out = "<span class=\"iv\">";
  if (axis.low < 0) out += base::cat("<u style=\"left:", place(0), "\"></u>");
  if (std::isfinite(low) && std::isfinite(high)) {
    const double width = (std::clamp(high, axis.low, axis.high) - std::clamp(low, axis.low, axis.high));
    out += base::cat("<i style=\"left:", place(low), ";width:", percent(width / (axis.high - axis.low)), "\"></i>");
  }
  return out + base::cat("<b style=\"left:", place(mean), "\"></b></span>");
}

std::string signed_score(double value, int digits) {
  if (std::isnan(value)) return "-";
  const std::string size = base::format_score(std::abs(value), digits);
  const bool is_zero = size.find_first_not_of("0.") == std::string::npos;
  return (is_zero ? "" : value > 0 ? "+" : "\xe2\x88\x92") + size;
}

std::string differences_html(const std::vector<Difference>& lines) {
  if (lines.empty()) return "";
  const Axis axis = axis_around(lines);
  std::string out = base::cat(
      "<div class=\"wide\"><table class=\"full tight\"><thead><tr><th></th><th scope=\"col\">difference, 95 %</th>"
      "<th scope=\"col\" class=\"scale\"><span>",
      signed_score(axis.low, 2), "</span><span>", signed_score(axis.high, 2), "</span></th></tr></thead><tbody>\n");
  const std::string* group = nullptr;
  for (const Difference& line : lines) {
    const bool is_first = group == nullptr || *group != line.group;
    group = &line.group;
    out += base::cat("<tr", line.is_overall ? " class=\"all\"" : "", "><th scope=\"row\" class=\"two\">",
                     is_first ? "<span>" + base::escape_html(line.group) + "</span>" : "",
                     line.name.empty() ? "" : "<small>" + base::escape_html(line.name) + "</small>",
                     "</th><td class=\"two\"><b>", signed_score(line.mean), "</b><small>", signed_score(line.low),
                     " to ", signed_score(line.high), "</small></td><td class=\"drawn ", line.css_class, "\">",
                     interval_html(line.mean, line.low, line.high, axis), "</td></tr>\n");
  }
  return out + "</tbody></table></div>\n";
}

std::string bar_cell(double share, const std::string& text) {
  if (!std::isfinite(share)) return "<td>" + text + "</td>";
  return base::cat("<td class=\"bar\" style=\"--v:", percent(share), "\">", text, "</td>");
}

std::string heading(const std::string& id, const std::string& title) {
  return base::cat("<h2 id=\"", id, "\">", base::escape_html(title), "</h2>\n");
}

}  // namespace quartet::eval
