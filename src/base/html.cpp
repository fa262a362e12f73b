#include "quartet/base/html.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "page_style.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

constexpr double kWidth = 760, kHeight = 300;
constexpr double kLeft = 64, kRight = 16, kTop = 28, kBottom = 44;  // around the plot, in units of the view box
constexpr std::size_t kMostPoints = 1200;                           // a line; more than a screen has columns
constexpr int kMostPicks = 12;                                      // choices above a list that can be narrowed
constexpr int kNumColours = 6;                                      // the variables s0 … s5 of the style

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// A range of one value has no length to divide by; one of rounding errors has ticks that do not differ.
  void widen() {
    const double size = std::max(std::abs(low), std::abs(high));
    if (high - low > 1e-9 * size) return;
    const double margin = size == 0 ? 1 : size / 2;
    low -= margin;
    high += margin;
  }
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// 1, 2 or 5 times a power of ten, for about `count` steps.
double tick_step(const Range& range, int count) {
  const double raw = (range.high - range.low) / count;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power) return factor * power;
  }
  return 10 * power;
}

struct Plot {
  Range x, y;

  double column(double value) const { return kLeft + (value - x.low) / (x.high - x.low) * (kWidth - kLeft - kRight); }
  double line(double value) const {
    return kHeight - kBottom - (value - y.low) / (y.high - y.low) * (kHeight - kTop - kBottom);
  }
};

std::string axes(const Plot& plot, const std::string& x_label) {
  std::string svg;
  const double y_step = tick_step(plot.y, 5);
  for (double tick = std::ceil(plot.y.low / y_step) * y_step; tick <= plot.y.high; tick += y_step) {
    const std::string at = number(plot.line(tick));
    svg += cat("<line x1=\"", kLeft, "\" x2=\"", kWidth - kRight, "\" y1=\"", at, "\" y2=\"", at,
               "\" class=\"grid\"/><text x=\"", kLeft - 8, "\" y=\"", number(plot.line(tick) + 4),
               "\" text-anchor=\"end\">", number(std::abs(tick) < y_step / 1e6 ? 0 : tick), "</text>");
  }
  const double x_step = tick_step(plot.x, 8);
  for (double tick = std::ceil(plot.x.low / x_step) * x_step; tick <= plot.x.high; tick += x_step) {
    svg += cat("<text x=\"", number(plot.column(tick)), "\" y=\"", kHeight - kBottom + 18, "\" text-anchor=\"middle\">",
               number(tick), "</text>");
  }
  return svg + cat("<text x=\"", (kLeft + kWidth - kRight) / 2, "\" y=\"", kHeight - 8, "\" text-anchor=\"middle\">",
                   escape_html(x_label), "</text>");
}

/// Of each piece of the line its lowest and highest point, so that no spike is lost.
std::vector<std::pair<double, double>> thin(const std::vector<std::pair<double, double>>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<std::pair<double, double>> kept;
  const std::size_t pieces = kMostPoints / 2;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(points.size() * piece / pieces);
    const auto end = points.begin() + static_cast<std::ptrdiff_t>(points.size() * (piece + 1) / pieces);
    auto [low, high] = std::minmax_element(begin, end, [](auto& a, auto& b) { return a.second < b.second; });
    if (high < low) std::swap(low, high);
    kept.push_back(*low);
    if (low != high) kept.push_back(*high);
  }
  return kept;
}

char32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  char32_t value = byte(0) & (0xffu >> (character.size() + 1));
  for (std::size_t i = 1; i < character.size(); ++i) value = value << 6 | (byte(i) & 0x3fu);
  return value;
}

/// What is not seen but changes what is: the second set of controls, zero-width characters, marks that turn the
/// direction of text, separators of lines.
bool is_invisible(char32_t c) {
  return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c < 0xe0080);
}

void append_escaped(std::string& out, std::string_view character) {
  const char32_t c = code_point(character);
  if (c == '&') {
    out += "&amp;";
  } else if (c == '<') {
    out += "&lt;";
  } else if (c == '>') {
    out += "&gt;";
  } else if (c == '"') {
    out += "&quot;";
  } else if (c == 0x7f) {
    out += "\xe2\x90\xa1";
  } else if (c < 0x20 && c != '\n' && c != '\t') {
    out += "\xe2\x90" + std::string(1, static_cast<char>(0x80 + c));  // the picture of the control character
  } else if (is_invisible(c)) {
    char name[16];
    std::snprintf(name, sizeof name, "[U+%04X]", static_cast<unsigned>(c));
    out += name;
  } else {
    out += character;
  }
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      out += "\xef\xbf\xbd";  // U+FFFD
      ++i;
      continue;
    }
    append_escaped(out, std::string_view(text).substr(i, length));
    i += length;
  }
  return out;
}

std::string html_page(const std::string& title, const std::string& body) {
  std::string style = kPageStyle;
  for (int group = 2; group <= kMostPicks; ++group) {  // the first shows all
    style += cat(".pick:nth-of-type(", group, "):checked~.list>:not(.g", group, "){display:none}\n");
  }
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
         escape_html(title) + "</title><style>" + style + "</style></head><body><main>\n<h1>" + escape_html(title) +
         "</h1>\n" + body + "</main></body></html>\n";
}

std::string line_chart(const std::string& title, const std::string& x_label, std::span<const ChartSeries> series) {
  std::vector<ChartSeries> shown(series.begin(), series.end());
  Plot plot;
  for (ChartSeries& each : shown) {
    std::erase_if(each.points, [](const auto& p) { return !std::isfinite(p.first) || !std::isfinite(p.second); });
    for (const auto& [x, y] : each.points) {
      plot.x.add(x);
      plot.y.add(y);
    }
  }
  if (plot.x.low > plot.x.high) return "";
  plot.x.widen();
  plot.y.widen();
  std::string svg = cat("<div class=\"chart\"><svg viewBox=\"0 0 ", kWidth, " ", kHeight, "\" role=\"img\"><title>",
                        escape_html(title), "</title>", axes(plot, x_label));
  double legend = kLeft;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    std::string path;
    for (const auto& [x, y] : thin(shown[i].points)) {
      path += cat(path.empty() ? "M" : "L", number(plot.column(x)), " ", number(plot.line(y)));
    }
    if (path.empty()) continue;
    path += "h0";  // so that a line of one point is a dot
    svg +=
        cat("<g class=\"s", i % kNumColours, "\"><path class=\"line", shown[i].is_faint ? " faint" : "", "\" d=\"",
            path, "\"/><text class=\"legend\" x=\"", legend, "\" y=\"16\">", escape_html(shown[i].name), "</text></g>");
    legend += 24 + 10.5 * static_cast<double>(num_code_points(shown[i].name));
  }
  return svg + "</svg></div>\n";
}

}  // namespace quartet::base
