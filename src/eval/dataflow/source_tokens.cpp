#include "quartet/eval/dataflow/source_tokens.h"

#include <algorithm>
#include <optional>

#include "quartet/code/python_text.h"
#include "quartet/eval/number_map.h"

namespace quartet::eval {
namespace {

/// Slices of lines by character columns, as Python's `line[start:end]`.
class CharacterLines {
 public:
  explicit CharacterLines(std::string_view text) : lines_(code::split_lines(text)) {
    for (const std::string_view line : lines_) is_ascii_.push_back(code::is_ascii(line));
  }

  std::string_view slice(std::uint32_t row, std::uint32_t first, std::uint32_t last) {
    const std::string_view line = lines_[row];
    const std::size_t begin = byte_of(row, first);
    const std::size_t end = byte_of(row, last);
    return begin < end ? line.substr(begin, end - begin) : std::string_view();
  }
  std::string_view tail(std::uint32_t row, std::uint32_t first) { return lines_[row].substr(byte_of(row, first)); }
  std::string_view line(std::uint32_t row) const { return lines_[row]; }

 private:
  std::size_t byte_of(std::uint32_t row, std::uint32_t column) {
    const std::string_view line = lines_[row];
    if (is_ascii_[row]) return std::min<std::size_t>(column, line.size());
    if (!offsets_row_ || *offsets_row_ != row) {
      offsets_.clear();
      for (std::size_t at = 0; at < line.size(); at += code::code_point_at(line, at).num_bytes) offsets_.push_back(at);
      offsets_row_ = row;
    }
    return column < offsets_.size() ? offsets_[column] : line.size();
  }

  std::vector<std::string_view> lines_;
  std::vector<bool> is_ascii_;
  std::optional<std::uint32_t> offsets_row_;
  std::vector<std::size_t> offsets_;  // byte of every character of one non-ASCII line
};

}  // namespace

SourceTokens index_tokens(const code::SyntaxTree& tree, const FlowTable& table) {
  const auto nodes = tree.nodes();
  const std::string& source = tree.text();
  const bool has_only_ascii = code::is_ascii(source);
  std::optional<CharacterLines> lines;
  SourceTokens result;
  result.token_of.assign(nodes.size(), kNoToken);
  result.name_of.assign(nodes.size(), kNoToken);
  NumberMap names;
  names.reserve_more(nodes.size());

  const auto text_of = [&](const code::SyntaxNode& node) -> std::string_view {
    const bool is_on_one_line = node.start.row == node.stop.row;
    if (is_on_one_line && has_only_ascii) {  // bytes are characters
      return std::string_view(source).substr(node.start_byte, node.end_byte - node.start_byte);
    }
    if (!lines) lines.emplace(source);
    if (is_on_one_line) return lines->slice(node.start.row, node.start.column, node.stop.column);
    std::string text(lines->tail(node.start.row, node.start.column));
    for (std::uint32_t row = node.start.row + 1; row < node.stop.row; ++row) text += lines->line(row);
    text += lines->slice(node.stop.row, 0, node.stop.column);
    return result.owned_.emplace_back(std::move(text));
  };

  std::uint32_t previous = 0;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const code::SyntaxNode& node = nodes[i];
    const bool is_leaf =
        (node.num_children == 0 || table.is_whole_leaf[node.symbol]) && !table.is_comment[node.symbol] && !node.hidden;
    if (!is_leaf) continue;
    const std::int32_t token = result.num_tokens++;
    result.token_of[i] = token;
    const std::string_view text = text_of(node);
    if (text != tree.type(i)) {
      const auto name = names.add(word_hash(text), [&](std::uint32_t known) { return result.names[known] == text; });
      result.name_of[i] = static_cast<std::int32_t>(name);
      if (name == result.names.size()) result.names.push_back(text);
    }
    previous = i;
    // Leaves inside a whole leaf have no token of their own; at the same place they are found as the whole one.
    for (std::uint32_t inside = i + 1; inside < node.end; ++inside) {
      if (nodes[inside].start != node.start || nodes[inside].stop != node.stop || nodes[inside].num_children > 0)
        continue;
      result.token_of[inside] = token;
      if (text != tree.type(inside)) result.name_of[inside] = result.name_of[i];
    }
    i = node.end - 1;
  }
  // Tokens at the same place (zero-width ones) share the number of the last.
  for (std::uint32_t i = static_cast<std::uint32_t>(nodes.size()), next = previous; i-- > 0;) {
    if (result.token_of[i] == kNoToken) continue;
    if (nodes[i].start == nodes[next].start && nodes[i].stop == nodes[next].stop)
      result.token_of[i] = result.token_of[next];
    next = i;
  }
  return result;
}

}  // namespace quartet::eval
