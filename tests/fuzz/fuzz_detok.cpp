// The detokeniser on any bytes. An input is one byte, which chooses the grammar, and a text.
#include <algorithm>

#include "fuzz_input.h"
#include "quartet/base/text.h"
#include "quartet/code/xlcost.h"

using namespace quartet;

namespace {

bool breaks_lines(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text.find_first_of("\n\r") != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto grammar = static_cast<code::Grammar>((data[0] & 15) % code::kNumGrammars);
  const std::string_view text = fuzz::as_text(data + 1, size - 1);
  const code::DetokenizedText result = code::detokenize_xlcost(grammar, text);
  fuzz::require(result.text.size() <= 410 * text.size() + 1, "the result is linear in the text");
  fuzz::require(std::is_sorted(result.damage.begin(), result.damage.end()), "damage is in order");
  fuzz::require(std::adjacent_find(result.damage.begin(), result.damage.end()) == result.damage.end(),
                "each kind of damage is there once");
  fuzz::require(!base::is_valid_utf8(text) || base::is_valid_utf8(result.text), "UTF-8 stays UTF-8");
  const code::DetokenizedText again = code::detokenize_xlcost(grammar, text);
  fuzz::require(again.text == result.text && again.damage == result.damage, "the same result twice");
  // Text on several lines without a mark is left alone, a result too.
  if (result.text.find("NEW_LINE") != std::string::npos || result.text.find("DENT") != std::string::npos) return 0;
  if (result.text.find("STRNEWLINE") != std::string::npos || result.text.find("TABSYMBOL") != std::string::npos)
    return 0;
  if (result.text.find("\xe2\x96\x81") != std::string::npos || !breaks_lines(result.text)) return 0;
  fuzz::require(code::detokenize_xlcost(grammar, result.text).text == result.text, "applied twice as applied once");
  return 0;
}
