#include "quartet/base/html.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "quartet/base/text.h"

namespace quartet::base {
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

constexpr double kWidth = 760, kHeight = 300;
constexpr double kLeft = 64, kRight = 16, kTop = 28, kBottom = 44;  // around the plot, in units of the view box
constexpr std::size_t kMostPoints = 1200;                           // a line; more than a screen has columns
constexpr const char* kColours[] = {"#2563a8", "#c2571a", "#2e7d4f", "#7a4fa3"};

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
               "\" stroke=\"#ddd\"/><text x=\"", kLeft - 8, "\" y=\"", number(plot.line(tick) + 4),
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

}  // namespace

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
  std::string svg = cat("<svg viewBox=\"0 0 ", kWidth, " ", kHeight,
                        "\" role=\"img\" style=\"width:100%;max-width:860px;font:12px system-ui,sans-serif\"><title>",
                        escape_html(title), "</title>", axes(plot, x_label));
  double legend = kLeft;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string colour = kColours[i % std::size(kColours)];
    std::string path;
    for (const auto& [x, y] : thin(shown[i].points)) {
      path += cat(path.empty() ? "M" : "L", number(plot.column(x)), " ", number(plot.line(y)));
    }
    if (path.empty()) continue;
    path += "h0";  // so that a line of one point is a dot
    svg += cat("<path d=\"", path, "\" fill=\"none\" stroke=\"", colour, "\" stroke-linecap=\"round\" stroke-width=\"",
               shown[i].is_faint ? "1\" opacity=\".35" : "2", "\"/><text x=\"", legend, "\" y=\"16\" fill=\"", colour,
               "\">", escape_html(shown[i].name), "</text>");
    legend += 24 + 7.5 * static_cast<double>(num_code_points(shown[i].name));
  }
  return svg + "</svg>\n";
}

}  // namespace quartet::base
