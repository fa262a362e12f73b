#include "quartet/eval/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "quartet/base/text.h"
#include "quartet/code/python_text.h"

namespace quartet::eval {
namespace {

constexpr const char* kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}"
    ".wide{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.25em .7em;text-align:right;border-bottom:1px "
    "solid #ddd;white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left}th{background:#f4f4f4}"
    "pre{background:#f7f7f7;padding:.7em;overflow-x:auto;white-space:pre-wrap;word-break:break-word}"
    "details{margin:.4em "
    "0}summary{cursor:pointer}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:1em}"
    ".warn{background:#fff4e0;padding:.5em .8em;border-left:4px solid #e09b2d}";

}  // namespace

std::string TextTable::to_text() const {
  std::vector<std::size_t> widths;
  const auto measure = [&](const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()), 0);
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], code::num_code_points(cells[i]));
  };
  measure(header);
  for (const auto& row : rows) measure(row);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - code::num_code_points(cells[i]), ' ');
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
    for (const std::string& cell : cells) out += " " + base::replace_all(cell, "|", "\\|") + " |";
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
  const auto line = [](const std::vector<std::string>& cells, const std::string& tag) {
    std::string out = "<tr>";
    for (const std::string& cell : cells) out += "<" + tag + ">" + escape_html(cell) + "</" + tag + ">";
    return out + "</tr>\n";
  };
  std::string out = title.empty() ? "" : "<h2>" + escape_html(title) + "</h2>\n";
  out += "<div class=\"wide\"><table>\n" + line(header, "th");
  for (const auto& row : rows) out += line(row, "td");
  return out + "</table></div>\n";
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

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (byte < 0x20 && c != '\n' && c != '\t') {
      out += "\xe2\x90" + std::string(1, static_cast<char>(0x80 + byte));  // the picture of the control character
    } else {
      out += c;
    }
  }
  return out;
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
         escape_html(title) + "</title><style>" + kStyle + "</style></head><body>\n<h1>" + escape_html(title) +
         "</h1>\n" + body + "</body></html>\n";
}

}  // namespace quartet::eval
