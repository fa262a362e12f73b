#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace quartet::eval {

/// What `object` has under the key; null where it has nothing or is no object.
const nlohmann::json& field(const nlohmann::json& object, const std::string& key);

/// The number, or kUndefined for null and whatever else is no number.
double number_or_undefined(const nlohmann::json& value);

/// Ids in the order of the list of languages; others behind them, by name.
std::vector<std::string> in_language_order(std::vector<std::string> ids);

/// "C++" for "cpp": a language as people write it; other texts as they are.
std::string language_name(const std::string& id);

/// An id, given as JSON, without the quotes.
std::string id_text(const std::string& id);

/// The ends of a drawn axis.
struct Axis {
  double low = 0;
  double high = 1;
};

/// From 0 to a round number above `highest`, so that what is small can be seen too.
Axis axis_to(double highest);

/// A mean as a mark on its 95 % interval as a bar, at their places on the axis, and a line at zero where the axis goes
/// below it. Nothing where the mean is undefined.
std::string interval_html(double mean, double low, double high, const Axis& axis = {});

/// One line of a table of differences.
struct Difference {
  std::string group;      ///< what the line is about: a language
  std::string name;       ///< who it is of, a system; empty where there is one
  std::string css_class;  ///< its colour
  double mean = 0, low = 0, high = 0;
  bool is_overall = false;
};

/// "+0.123", with a real minus; "-" where undefined.
std::string signed_score(double value, int digits = 3);

/// Differences as numbers and as dots with intervals around a line at zero, all on one axis; of a group's lines only
/// the first says its name. Empty without lines.
std::string differences_html(const std::vector<Difference>& lines);

/// A cell whose background is filled up to the share (0 .. 1); `text` is HTML.
std::string bar_cell(double share, const std::string& text);

/// "<h2 id=…>" with a link target.
std::string heading(const std::string& id, const std::string& title);

}  // namespace quartet::eval
