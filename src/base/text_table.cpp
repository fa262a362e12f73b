#include "quartet/base/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "quartet/base/html.h"
#include "quartet/base/text.h"

namespace quartet::base {

std::string TextTable::to_text() const {
  std::vector<std::size_t> widths;
  const auto measure = [&](const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()), 0);
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], num_code_points(cells[i]));
  };
  measure(header);
  for (const auto& row : rows) measure(row);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - num_code_points(cells[i]), ' ');
      if (i > 0) out += "  ";
      out += i == 0 ? cells[i] + padding : padding + cells[i];
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
  };
  std::string out = title.empty() ? "" : title + "\n";
  out += line(header);
  for (const auto& row : rows) out += line(row);
  return out;
}

std::string TextTable::to_markdown() const {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string out = "|";
    for (const std::string& cell : cells) out += " " + replace_all(cell, "|", "\\|") + " |";
    return out + "\n";
  };
  std::string out = title.empty() ? "" : "## " + title + "\n\n";
  out += line(header) + "|---|";
  for (std::size_t i = 1; i < header.size(); ++i) out += "---:|";
  out += "\n";
  for (const auto& row : rows) out += line(row);
  return out;
}

std::string TextTable::to_html() const {
  const auto line = [](const std::vector<std::string>& cells, const char* first, const char* others) {
    std::string out = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string tag = i == 0 ? first : others;
      out += "<" + tag + ">" + escape_html(cells[i]) + "</" + tag.substr(0, 2) + ">";
    }
    return out + "</tr>\n";
  };
  std::string out = title.empty() ? "" : "<h2>" + escape_html(title) + "</h2>\n";
  out += "<div class=\"wide\"><table><thead>\n" + line(header, "th", "th") + "</thead><tbody>\n";
  for (const auto& row : rows) out += line(row, "th scope=\"row\"", "td");
  return out + "</tbody></table></div>\n";
}

std::string format_score(double value, int digits) {
  if (std::isnan(value)) return "-";
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

std::string format_share(double value) {
  return std::isnan(value) ? "-" : format_score(value * 100, value > 0 && value < 0.1 ? 1 : 0) + " %";
}

}  // namespace quartet::base
