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

std::string bar_cell(double share, const std::string& text) {
  if (!std::isfinite(share)) return "<td>" + text + "</td>";
  return base::cat("<td class=\"bar\" style=\"--v:", percent(share), "\">", text, "</td>");
}

std::string heading(const std::string& id, const std::string& title) {
  return base::cat("<h2 id=\"", id, "\">", base::escape_html(title), "</h2>\n");
}

}  // namespace quartet::eval
