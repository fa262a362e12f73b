#pragma once

#include <string>
#include <vector>

namespace quartet::base {

/// A table of ready-made cells that can be shown in three ways.
struct TextTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  /// Columns padded with blanks; the first to the left, the others to the right.
  std::string to_text() const;
  std::string to_markdown() const;
  std::string to_html() const;
};

/// "0.1234", or "-" for a value that is not defined (NaN).
std::string format_score(double value, int digits = 4);
/// "97 %".
std::string format_share(double value);

}  // namespace quartet::base
