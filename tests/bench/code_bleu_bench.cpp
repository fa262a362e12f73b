// CodeBLEU on one thread: what each part of a pair costs, and parsing alone.
//
// usage: code_bleu_bench ROWS.jsonl [REPEATS [CASE]]
// Rows: `prediction`, `reference` (a string), `language`. One JSON object a line; CPU time, best of REPEATS (3). Only the
// case of that name if one is given.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "quartet/code/comments.h"
#include "quartet/code/python_text.h"
#include "quartet/code/s_expression.h"
#include "quartet/eval/code_bleu.h"
#include "quartet/eval/dataflow/dataflow_match.h"
#include "quartet/eval/ngram_match.h"
#include "quartet/eval/strict.h"

namespace quartet::eval {
namespace {

constexpr PythonHashing kHashing{};  // hash seed 0

struct Pair {
  code::Grammar grammar;
  std::string prediction;
  std::string reference;
};

std::vector<Pair> read_pairs(const char* path) {
  std::ifstream file(path);
  std::vector<Pair> pairs;
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    const auto grammar = code::find_grammar(row.at("language").get<std::string>());
    if (!grammar) throw std::runtime_error("a row in an unknown language: " + line);
    pairs.push_back({*grammar, row.at("prediction").get<std::string>(), row.at("reference").get<std::string>()});
  }
  if (pairs.empty()) throw std::runtime_error(std::string("no rows in ") + path);
  return pairs;
}

class Bench {
 public:
  Bench(std::vector<Pair> pairs, int repeats, std::string only)
      : pairs_(std::move(pairs)), repeats_(repeats), only_(std::move(only)) {
    for (const Pair& pair : pairs_) {
      for (const std::string* text : {&pair.prediction, &pair.reference}) {
        texts_.push_back(code::remove_comments_compat(code::python_strip(*text), code::language_id(pair.grammar)));
        num_bytes_ += texts_.back().size();
        trees_.emplace_back(pair.grammar, texts_.back());
      }
    }
  }

  void run() {
    measure("parse", [&](std::size_t i) { parse(2 * i), parse(2 * i + 1); });
    measure("comments", [&](std::size_t i) {
      const std::string_view language = code::language_id(pairs_[i].grammar);
      use(code::remove_comments_compat(code::python_strip(pairs_[i].prediction), language).size());
      use(code::remove_comments_compat(code::python_strip(pairs_[i].reference), language).size());
    });
    measure("n-grams", [&](std::size_t i) { ngrams(pairs_[i]); });
    measure("s-expressions", [&](std::size_t i) {
      use(code::s_expression_hashes(trees_[2 * i]).size() + code::s_expression_hashes(trees_[2 * i + 1]).size());
    });
    measure("data-flow", [&](std::size_t i) {
      use(compat_dataflow(trees_[2 * i], kHashing).edges.size() + compat_dataflow(trees_[2 * i + 1], kHashing).edges.size());
    });
    measure("strict without parsing",
            [&](std::size_t i) { use(count_strict(trees_[2 * i], trees_[2 * i + 1]).syntax_total); });
    measure("compat", [&](std::size_t i) {
      TreeCache trees(pairs_[i].grammar);
      compat(pairs_[i], trees);
    });
    measure("strict", [&](std::size_t i) {
      TreeCache trees(pairs_[i].grammar);
      strict(pairs_[i], trees);
    });
    measure("both", [&](std::size_t i) {
      TreeCache trees(pairs_[i].grammar);
      strict(pairs_[i], trees);
      compat(pairs_[i], trees);
    });
    if (sink_ == 1) std::printf("\n");  // the results are used
  }

 private:
  void use(std::size_t value) { sink_ += value; }
  void parse(std::size_t text) { use(code::SyntaxTree(pairs_[text / 2].grammar, texts_[text]).nodes().size()); }

  void ngrams(const Pair& pair) {
    NgramTable table;
    const NgramTable::Ids prediction = table.add(code::python_split(pair.prediction));
    const std::vector<NgramTable::Ids> references{table.add(code::python_split(pair.reference))};
    use(count_ngrams(prediction, references).prediction_length);
    use(count_weighted_ngrams(prediction, references, std::vector<bool>(table.size(1))).prediction_length);
  }

  void compat(const Pair& pair, TreeCache& trees) {
    use(count_compat(pair.grammar, std::span(&pair.reference, 1), pair.prediction, {}, trees).syntax_total);
  }

  void strict(const Pair& pair, TreeCache& trees) {
    const code::SyntaxTree& prediction = trees.get(strict_text(pair.prediction, pair.grammar));
    use(count_strict(prediction, trees.get(strict_text(pair.reference, pair.grammar))).syntax_total);
  }

  void measure(const char* name, const std::function<void(std::size_t)>& work) {
    if (!only_.empty() && only_ != name) return;
    double best = 1e9;
    for (int repeat = 0; repeat < repeats_; ++repeat) {
      const std::clock_t start = std::clock();
      for (std::size_t i = 0; i < pairs_.size(); ++i) work(i);
      best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    const auto count = static_cast<double>(pairs_.size());
    std::printf("{\"case\": \"%s\", \"pairs/s\": %.0f, \"us_per_pair\": %.1f, \"MB/s\": %.2f}\n", name, count / best,
                best / count * 1e6, static_cast<double>(num_bytes_) / best / 1e6);
    std::fflush(stdout);
  }

  std::vector<Pair> pairs_;
  int repeats_;
  std::string only_;
  std::vector<std::string> texts_;
  std::vector<code::SyntaxTree> trees_;
  std::size_t num_bytes_ = 0;
  std::size_t sink_ = 0;
};

}  // namespace
}  // namespace quartet::eval

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: code_bleu_bench ROWS.jsonl [REPEATS [CASE]]\n");
    return 2;
  }
  try {
    quartet::eval::Bench(quartet::eval::read_pairs(argv[1]), argc > 2 ? std::atoi(argv[2]) : 3,
                         argc > 3 ? argv[3] : "")
        .run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "code_bleu_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
