#include "quartet/eval/dataflow/strict_flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "quartet/base/text.h"
#include "quartet/eval/dataflow/dataflow_match.h"
#include "strict_flow_cases.h"

namespace quartet::eval {
namespace {

code::SyntaxTree parse(std::string_view language, std::string_view code) {
  return {*code::find_grammar(language), std::string(code)};
}

/// The flow of a text as the cases write it.
std::string flow_of(std::string_view language, std::string_view code) {
  const code::SyntaxTree tree = parse(language, code);
  const StrictFlow flow = follow_strict(tree);
  std::vector<std::string> edges;
  for (const StrictEdge& edge : flow.edges) {
    std::vector<std::string> sources;
    for (const std::int32_t source : edge.sources) sources.emplace_back(flow.names[source]);
    std::sort(sources.begin(), sources.end());
    const std::string name(flow.names[edge.name]);
    const bool is_use = edge.relation == FlowRelation::kComesFrom && sources == std::vector{name};
    const std::string arrow = edge.relation == FlowRelation::kComesFrom ? "<-" : "<=";
    edges.push_back(is_use ? name : name + arrow + base::join(sources, ","));
  }
  return base::join(edges, " ");
}

class StrictFlowCases : public ::testing::TestWithParam<StrictFlowCase> {};

TEST_P(StrictFlowCases, Flow) {
  const StrictFlowCase& each = GetParam();
  EXPECT_EQ(flow_of(each.language, each.code), each.flow) << each.what << ": " << each.code;
}

TEST_P(StrictFlowCases, AnUnfinishedProgramStillHasAFlow) {
  const StrictFlowCase& each = GetParam();
  for (std::size_t end = 0; end < each.code.size(); ++end) {
    const code::SyntaxTree tree = parse(each.language, each.code.substr(0, end));
    EXPECT_EQ(follow_strict(tree).failure, FlowFailure::kNone) << each.code.substr(0, end);
  }
}

TEST_P(StrictFlowCases, NamesPlayNoPart) {
  const StrictFlowCase& each = GetParam();
  const code::SyntaxTree tree = parse(each.language, each.code);
  const StrictFlow flow = follow_strict(tree);
  // Every leaf that reads like a variable gets a letter in front.
  std::string renamed(each.code);
  const auto nodes = tree.nodes();
  for (std::uint32_t i = static_cast<std::uint32_t>(nodes.size()); i-- > 0;) {
    const std::string_view text = tree.text(i);
    const bool is_leaf = nodes[i].num_children == 0 || tree.type(i) == "variable_name";
    if (!is_leaf || std::find(flow.names.begin(), flow.names.end(), text) == flow.names.end()) continue;
    const std::size_t sigil = text.find_first_not_of("@$");
    renamed.insert(nodes[i].start_byte + sigil, text[sigil] >= 'A' && text[sigil] <= 'Z' ? "Q" : "q");
  }
  const DataFlow before = strict_dataflow(tree);
  const DataFlow after = strict_dataflow(parse(each.language, renamed));
  EXPECT_EQ(before.edges, after.edges) << renamed;
  EXPECT_EQ(renamed == each.code, flow.names.empty());
}

std::string case_name(const ::testing::TestParamInfo<StrictFlowCase>& each) {
  std::string name = base::cat(each.param.language, "_", each.index, "_", each.param.what);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(AllLanguages, StrictFlowCases, ::testing::ValuesIn(kStrictFlowCases), case_name);

TEST(StrictFlow, EveryLanguageHasCases) {
  std::map<std::string_view, int> counts;
  for (const StrictFlowCase& each : kStrictFlowCases) ++counts[each.language];
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(code::kNumGrammars));
  for (const auto& [language, count] : counts) EXPECT_GE(count, 15) << language;
}

TEST(StrictFlow, EdgesOfOneLeafAndRelationAreOne) {
  EXPECT_EQ(flow_of("python", "while a:\n  while b:\n    while c:\n      s += s + a"), "a b c s s<=a,s s a");
}

TEST(StrictFlow, NestedLoopsCostNoMoreThanTheirText) {
  std::string code = "s = 0;";
  for (int i = 0; i < 200; ++i) code += "for (i = 0; i < n; i++) { ";
  code += "s += i;";
  for (int i = 0; i < 200; ++i) code += " }";
  const code::SyntaxTree tree = parse("java", code);
  const StrictFlow flow = follow_strict(tree);
  EXPECT_EQ(flow.failure, FlowFailure::kNone);
  EXPECT_GT(flow.edges.size(), 600u);
}

TEST(StrictFlow, TargetsWithinTargetsCostNoMoreThanTheirText) {
  std::string code;
  for (int i = 0; i < 60; ++i) code += "a[b += c = ";
  EXPECT_EQ(follow_strict(parse("java", code + "d")).failure, FlowFailure::kNone);
  std::string increments = "x";
  for (int i = 0; i < 60; ++i) increments = "(" + increments + ")++";
  for (const char* language : {"c", "cpp", "java", "javascript", "c_sharp"}) {
    EXPECT_EQ(follow_strict(parse(language, increments + " = y;")).failure, FlowFailure::kNone) << language;
  }
}

TEST(StrictFlow, TooDeepIsSaid) {
  const auto nested = [](int depth) { return "x = " + std::string(depth, '(') + "y" + std::string(depth, ')') + ";"; };
  EXPECT_EQ(follow_strict(parse("java", nested(2000))).failure, FlowFailure::kNone);
  EXPECT_EQ(follow_strict(parse("java", nested(2000))).edges.size(), 1u);
  EXPECT_EQ(follow_strict(parse("java", nested(4000))).failure, FlowFailure::kTooDeep);
  EXPECT_TRUE(follow_strict(parse("java", nested(4000))).edges.empty());
}

TEST(StrictFlow, OverBudgetIsSaid) {
  std::string left = "a0";
  std::string right = "b0";
  for (int i = 1; i < 8000; ++i) {
    left += ", a" + std::to_string(i);
    right += " + b" + std::to_string(i);
  }
  EXPECT_EQ(follow_strict(parse("go", left + " = f(" + right.substr(0, 50) + ")")).failure, FlowFailure::kNone);
  std::string many = "[" + left + "] = [" + left + "].concat(b);";
  EXPECT_EQ(follow_strict(parse("javascript", many)).failure, FlowFailure::kBudget);
}

}  // namespace
}  // namespace quartet::eval
