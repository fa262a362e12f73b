#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quartet/base/jsonl.h"
#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

/// One prediction with what it is judged against.
struct EvalRow {
  std::string id;  ///< as compact JSON: 7 or "task/7" with its quotes
  long sample = 0;
  code::Grammar grammar = code::Grammar::kPython;
  std::string prediction;
  std::vector<std::string> references;  ///< at least one
  std::string prompt;                   ///< empty where the row has none
  std::optional<bool> truncated;        ///< stopped by the token limit; nothing where the row does not say
  bool replaced_text = false;           ///< lone surrogates became U+FFFD
  std::string where;                    ///< path:line
};

/// Where rows come from.
struct RowSources {
  std::vector<std::filesystem::path> predictions;
  std::optional<std::filesystem::path> references;
  std::string language;  ///< for rows without one; may be empty
};

/// The rows of prediction files as one set, in order, in two passes that keep no texts. Rows: `id`, `prediction` (or
/// `text`), optional `sample`, `language`, `reference` (a string or a list), `stop_reason`, `prompt`. The references
/// file is matched by id. Rows without an id that have the study's fields, `value` or `expert` and `prediction`, are
/// numbered from 0 and matched by position.
class RowFiles {
 public:
  /// Opens the files. Throws: DataError for files that cannot be read and for a bad references file ("path:line");
  /// ConfigError if the language is unknown.
  explicit RowFiles(const RowSources& sources);
  ~RowFiles();

  /// The first pass: `visit` sees every row. Throws: DataError "path:line" for a missing or ill-typed field, a repeated
  /// (id, sample), an unknown language, a row without a reference; for files without rows, and for files matched by
  /// position that differ in length.
  void check(const std::function<void(const EvalRow&)>& visit);
  std::size_t num_rows() const;

  /// A row of the second pass that is not parsed yet.
  struct RawRow {
    base::JsonlLine line;
    std::size_t file = 0;
    std::size_t position = 0;  ///< 0-based, over all files
  };
  /// The next row after `check`, or nothing at the end. Throws: DataError if a file has changed.
  std::optional<RawRow> next();
  /// In any thread.
  EvalRow parse(const RawRow& row) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quartet::eval
