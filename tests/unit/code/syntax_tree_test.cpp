#include "quartet/code/syntax_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "quartet/base/jsonl.h"
#include "quartet/base/rng.h"
#include "quartet/base/text.h"
#include "quartet/code/s_expression.h"
#include "support/test_files.h"

namespace quartet::code {
namespace {

/// Every text of the CodeBLEU goldens, broken ones too.
std::vector<std::pair<Grammar, std::string>> golden_texts() {
  std::vector<std::pair<Grammar, std::string>> texts;
  for (const char* file : {"vectors.jsonl", "traps.jsonl"}) {
    base::JsonlReader reader(quartet::testing::golden(std::filesystem::path("codebleu") / file));
    while (const auto row = reader.next()) {
      const Grammar grammar = *find_grammar((*row)["language"].get<std::string>());
      texts.emplace_back(grammar, (*row)["prediction"].get<std::string>());
      for (const auto& reference : (*row)["references"]) texts.emplace_back(grammar, reference.get<std::string>());
    }
  }
  return texts;
}

TEST(SyntaxTree, SExpressionIsTheRuntimesOwn) {
  std::size_t num_nodes = 0;
  std::size_t num_aliased = 0;
  for (const auto& [grammar, text] : golden_texts()) {
    if (text.size() > 1000) continue;  // the runtime's own printer is recursive and quadratic over all nodes
    const SyntaxTree tree(grammar, text);
    for (std::uint32_t i = 0; i < tree.nodes().size(); ++i) {
      const SyntaxNode& node = tree.nodes()[i];
      if (node.hidden) continue;
      ++num_nodes;
      if (node.own_symbol != node.symbol || !node.own_printed) {
        ++num_aliased;  // the linked runtime prints these otherwise than the one that codebleu 0.6.0 ran on
      } else {
        ASSERT_EQ(s_expression(tree, i), tree.library_s_expression(i)) << text;
      }
    }
  }
  EXPECT_GT(num_nodes, 20'000u);
  EXPECT_GT(num_aliased, 10u);
}

TEST(SyntaxTree, HashesAreEqualExactlyWhereSExpressionsAre) {
  std::map<std::pair<Grammar, std::string>, Hash128> hash_of_text;
  std::map<std::pair<Grammar, Hash128>, std::string> text_of_hash;
  for (const auto& [grammar, text] : golden_texts()) {
    if (text.size() > 1000) continue;
    const SyntaxTree tree(grammar, text);
    for (const NodeHash& subtree : s_expression_hashes(tree)) {
      const std::string expression = s_expression(tree, subtree.node);
      EXPECT_EQ(hash_of_text.try_emplace({grammar, expression}, subtree.hash).first->second, subtree.hash)
          << expression;
      EXPECT_EQ(text_of_hash.try_emplace({grammar, subtree.hash}, expression).first->second, expression);
    }
  }
  EXPECT_GT(hash_of_text.size(), 1000u);
}

TEST(SyntaxTree, OneLineBlockForgetsItsAlias) {
  const SyntaxTree tree(Grammar::kPython, "if a : b");
  EXPECT_EQ(s_expression(tree, 0),
            "(module (if_statement condition: (identifier) consequence: (block (expression_statement (identifier)))))");
  std::string block;
  for (std::uint32_t i = 0; i < tree.nodes().size(); ++i) {
    if (tree.type(i) == "block") block = s_expression(tree, i);
  }
  EXPECT_EQ(block, "(\"_simple_statements\")(expression_statement (identifier))(\"_newline\")");
}

TEST(SyntaxTree, ErrorsAndMissingTokens) {
  EXPECT_FALSE(SyntaxTree(Grammar::kJava, "int x = 1;").has_error());
  EXPECT_TRUE(SyntaxTree(Grammar::kJava, "int x = ;").has_error());
  const SyntaxTree missing(Grammar::kJava, "int x = 1");
  EXPECT_TRUE(missing.has_error());
  EXPECT_NE(s_expression(missing, 0).find("(MISSING \";\")"), std::string::npos);
}

TEST(SyntaxTree, ChildrenAndFields) {
  const SyntaxTree tree(Grammar::kPython, "x = y");
  const std::uint32_t assignment = 2;
  ASSERT_EQ(tree.type(assignment), "assignment");
  EXPECT_EQ(tree.children(assignment).size(), 3u);
  EXPECT_EQ(tree.text(*tree.child_by_field(assignment, "left")), "x");
  EXPECT_EQ(tree.text(*tree.child_by_field(assignment, "right")), "y");
  EXPECT_FALSE(tree.child_by_field(assignment, "type").has_value());
  EXPECT_EQ(tree.nodes()[0].end, tree.nodes().size());
}

TEST(SyntaxTree, DeepAndLongTexts) {
  std::string deep = "x = " + std::string(100'000, '(') + "1" + std::string(100'000, ')');
  EXPECT_GT(SyntaxTree(Grammar::kPython, deep).height(), 100'000u);
  EXPECT_FALSE(s_expression_hashes(SyntaxTree(Grammar::kPython, std::move(deep))).empty());
  std::string line;
  while (line.size() < 1'000'000) line += "x = f ( y , 1 ) ; ";
  EXPECT_GT(SyntaxTree(Grammar::kJava, std::move(line)).nodes().size(), 300'000u);
}

TEST(SyntaxTree, ATextThatCostsItsSquareIsGivenUp) {
  // Error recovery gathers all numbers before it again at each number.
  const auto numbers = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "1 2 3 , ";
    return SyntaxTree(Grammar::kJava, text);
  };
  EXPECT_FALSE(numbers(1000).gave_up());
  EXPECT_TRUE(numbers(20000).gave_up());
}

TEST(SyntaxTree, ATextThatWouldFillTheMemoryIsGivenUp) {
  const SyntaxTree tree(Grammar::kC, std::string(5'000'000, 'x'));
  EXPECT_TRUE(tree.gave_up());
  EXPECT_EQ(tree.nodes().size(), 2u);
}

TEST(SyntaxTree, ATextWithoutEndIsGivenUp) {
  base::JsonlReader reader(quartet::testing::golden("codebleu/endless.jsonl"));
  std::size_t num_given_up = 0;
  while (const auto row = reader.next()) {
    const Grammar grammar = *find_grammar((*row)["language"].get<std::string>());
    const SyntaxTree prediction(grammar, (*row)["prediction"].get<std::string>());
    const SyntaxTree reference(grammar, (*row)["references"][0].get<std::string>());
    num_given_up += prediction.gave_up() || reference.gave_up();
  }
  EXPECT_GT(num_given_up, 0u);
  const SyntaxTree shortest(Grammar::kJavascript, "{if(x{}else(x");
  EXPECT_TRUE(shortest.gave_up());
  EXPECT_TRUE(shortest.has_error());
  EXPECT_FALSE(shortest.child_by_field(0, "body").has_value());
}

TEST(SyntaxTree, BlanksDoNotDependOnTheLocale) {
  // The scanner of JavaScript asks the C library whether U+3000 is a blank: in a C locale it would say no.
  EXPECT_FALSE(SyntaxTree(Grammar::kJavascript, "let a = 0 \xe3\x80\x80 ? b : c ;").has_error());
}

/// A hash of everything that the nodes say.
Hash128 tree_hash(const SyntaxTree& tree) {
  Hash128 hash{tree.gave_up(), tree.height()};
  for (const SyntaxNode& node : tree.nodes()) {
    hash = combine(hash, {node.parent, node.end});
    hash = combine(hash, {node.num_children, node.depth});
    hash = combine(hash, {node.start_byte, node.end_byte});
    hash = combine(hash, {node.start.row, node.start.column});
    hash = combine(hash, {node.stop.row, node.stop.column});
    hash = combine(hash, {node.symbol, node.field});
    hash = combine(hash, {node.own_symbol, static_cast<std::uint64_t>(node.unexpected)});
    std::uint64_t flags = 0;
    for (const bool flag : {node.named, node.missing, node.extra, node.error, node.has_error, node.hidden, node.printed,
                            node.own_printed, node.is_unexpected}) {
      flags = flags * 2 + flag;
    }
    hash = combine(hash, {flags, 0});
  }
  return hash;
}

/// Pieces of programs one after the other: some parse somewhere, most do not.
std::string random_text(base::Rng& rng) {
  static const std::vector<std::string_view> kPieces{
      "x = y + 1 ; ", "int a [ ] = { 1 , 2 } ;\n", "if ( a < b ) { ", "} ", "else ", "for ( int i = 0 ; i < n ; i ++ ) ", "def f ( a , b = 2 ) :\n  ",
      "return a [ i ] . b ( c ) ;\n", "while ( x ) ", "class A ", "{ ", "( ", ") ", "\"s\" ", "'c' ", "// note\n", "# note\n", "/* ", "*/ ", "function g ( ) { ",
      "let z = a => a * 2 ; ", "NEW_LINE ", "import java . util . * ; ", "#include <a>\n", "print ( x ) ", "\xc3\xa9\xe4\xb8\xad ", "$v = 1 ; ", "<?php ", "fn h ( ) -> i32 { ",
      "func k ( ) int { ", "end\n", "do |e| ", "?", ": ", "@ ", "\\ ", "`t${ ", "} ` ", "template < typename T > ", "3.5e2 ", "== ", "; ", ", ", "\n    ", "\n"};
  std::string text;
  for (std::uint64_t left = 1 + rng.below(60); left > 0; --left) text += kPieces[rng.below(kPieces.size())];
  return text;
}

TEST(SyntaxTree, TreesAreThoseOfTheUnchangedRuntime) {
  base::Rng rng(11, "syntax trees");
  Hash128 all{0, 0};
  std::size_t num_errors = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string text = random_text(rng);
    for (int grammar = 0; grammar < kNumGrammars; ++grammar) {
      const SyntaxTree tree(static_cast<Grammar>(grammar), text);
      all = combine(all, tree_hash(tree));
      num_errors += tree.has_error();
    }
  }
  // Of the library as released, without what cmake/TreeSitter.cmake replaces.
  EXPECT_EQ(base::cat(num_errors, " ", all.low, " ", all.high), "2810 687102380059164540 2506984464185627983");
}

TEST(SyntaxTree, TreesMayBeFreedByAnotherThreadThanTheirs) {
  const auto texts = golden_texts();
  std::vector<Hash128> expected;
  for (std::size_t i = 0; i < 60; ++i) expected.push_back(tree_hash(SyntaxTree(texts[i].first, texts[i].second)));
  std::vector<std::unique_ptr<SyntaxTree>> trees(60);
  for (int round = 0; round < 3; ++round) {  // threads that end and begin, over blocks that earlier ones left
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < 3; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t i = first; i < trees.size(); i += 3) {
          trees[i] = std::make_unique<SyntaxTree>(texts[i].first, texts[i].second);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < trees.size(); ++i) EXPECT_EQ(tree_hash(*trees[i]), expected[i]) << i;
  }
}

TEST(SyntaxTree, GrammarHashesTellGrammarsApart) {
  EXPECT_EQ(grammar_hash(Grammar::kPython).size(), 16u);
  EXPECT_NE(grammar_hash(Grammar::kPython), grammar_hash(Grammar::kJava));
  EXPECT_FALSE(find_grammar("fortran").has_value());
}

}  // namespace
}  // namespace quartet::code
