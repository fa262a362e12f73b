#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace quartet::base {

/// Text as it may stand in HTML, attributes included. Control characters become their pictures, characters that are not
/// seen or that turn the direction of text their numbers ("[U+202E]"), malformed bytes U+FFFD.
std::string escape_html(const std::string& text);
/// A whole page around `body`, with the style of all reports; needs nothing from elsewhere. The classes that a body may
/// use are in the style (src/base/page_style.h).
std::string html_page(const std::string& title, const std::string& body);

/// One line of a chart.
struct ChartSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x, y; x ascending; what is not finite is left out
  bool is_faint = false;                          ///< raw values behind a smoothed line
};

/// A line chart with axes and a legend as inline SVG; empty without any finite point. Long series are thinned to what a
/// screen shows, keeping each piece's extremes.
std::string line_chart(const std::string& title, const std::string& x_label, std::span<const ChartSeries> series);

}  // namespace quartet::base
