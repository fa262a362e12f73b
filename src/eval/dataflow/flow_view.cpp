#include "flow_view.h"

namespace quartet::eval {

Nodes FlowView::elements(Node node) const {
  Nodes result;
  code::for_each_child(tree_, node, [&](Node child) {
    if (!table_.is_comma[symbol(child)]) result.push_back(child);
  });
  return result;
}

FlowParts FlowView::definition(Node node) const {
  if (rules().definition_parts == DefinitionParts::kFields)
    return {field(node, rules().definition_name), field(node, rules().definition_value), std::nullopt};
  const Nodes children = tree_.children(node);
  FlowParts parts;
  if (rules().definition_parts == DefinitionParts::kFirstTwoOfTwo) {
    if (!children.empty()) parts.target = children[0];
    if (children.size() == 2) parts.value = children[1];
  } else {
    if (children.size() > 1) parts.target = children[1];
    if (children.size() > 2) parts.value = children[2];
  }
  return parts;
}

FlowParts FlowView::assignment(Node node) const {
  FlowParts parts{field(node, "left"), field(node, "right"), std::nullopt};
  if (kind(node) == FlowKind::kAssignEnds && parts.target && parts.value) {
    const Nodes children = tree_.children(node);
    parts.target = children.front();
    parts.value = children.back();
  }
  return parts;
}

FlowParts FlowView::for_each(Node node) const {
  FlowParts parts{field(node, rules().each_name), field(node, rules().each_value), field(node, rules().each_body)};
  if (rules().each_variable_type.empty()) return parts;
  parts.value = parts.target = std::nullopt;
  code::for_each_child(tree_, node, [&](Node child) {
    if (tree_.type(child) != rules().each_variable_type) return;
    if (!parts.value) {
      parts.value = child;
    } else if (!parts.target) {
      parts.target = child;
    }
  });
  return parts;
}

}  // namespace quartet::eval
