#include "quartet/eval/dataflow/flow_rules.h"

#include <algorithm>

namespace quartet::eval {

FlowTable::FlowTable(code::Grammar grammar, FlowRules flow_rules) : rules(std::move(flow_rules)) {
  const auto contains = [](const std::vector<std::string_view>& types, std::string_view type) {
    return std::find(types.begin(), types.end(), type) != types.end();
  };
  for (const std::string& type : code::symbol_names(grammar)) {
    const auto entry = std::find_if(rules.kinds.begin(), rules.kinds.end(),
                                    [&](const FlowRules::Entry& candidate) { return candidate.type == type; });
    kind.push_back(entry == rules.kinds.end() ? FlowKind::kGeneric : entry->kind);
    is_whole_leaf.push_back(contains(rules.whole_leaves, type));
    is_variable.push_back(contains(rules.variables, type));
    is_comment.push_back(type == "comment");
    is_branch.push_back(contains(rules.branches, type));
    mentions_else.push_back(type.find("else") != std::string::npos);
    is_comma.push_back(type == ",");
    is_for_trigger.push_back(type == rules.for_trigger_type);
  }
}

}  // namespace quartet::eval
