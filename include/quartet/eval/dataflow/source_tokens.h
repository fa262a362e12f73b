#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"
#include "quartet/eval/dataflow/flow_rules.h"

namespace quartet::eval {

inline constexpr std::int32_t kNoToken = -1;

/// The tokens of a tree, and which of them may carry a value.
struct SourceTokens {
  std::vector<std::int32_t> token_of;   ///< by node: number of the token, kNoToken for inner nodes
  std::vector<std::int32_t> name_of;    ///< by node: number of the name, kNoToken for operators and keywords
  std::vector<std::string_view> names;  ///< by number, in order of first occurrence
  std::int32_t num_tokens = 0;

  SourceTokens() = default;
  SourceTokens(SourceTokens&&) = default;
  SourceTokens& operator=(SourceTokens&&) = default;
  SourceTokens(const SourceTokens&) = delete;
  SourceTokens& operator=(const SourceTokens&) = delete;

 private:
  friend SourceTokens index_tokens(const code::SyntaxTree&, const FlowTable&);
  std::deque<std::string> owned_;
};

/// Numbers the leaves in order. A token's text is the slice of its line at its byte columns taken as character columns,
/// as codebleu has it, and every leaf that is not its own type name has a name; of tokens at the same place the last
/// one counts. The tree must outlive the result.
SourceTokens index_tokens(const code::SyntaxTree& tree, const FlowTable& table);

}  // namespace quartet::eval
