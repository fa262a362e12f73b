// The JSONL reader and the readers of prediction and reference files on hostile bytes. An input is a prediction file
// and, after a separator, a references file. Bad input must end in a DataError and in nothing else.
#include <nlohmann/json.hpp>

#include "memory_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/eval/prediction_file.h"

namespace {

using namespace quartet;

void check_message(const DataError& error) {
  const std::string message = error.what();
  fuzz::require(base::is_valid_utf8(message), "an error message is valid UTF-8");
  fuzz::require(message.find('\n') == std::string::npos, "an error message is one line");
}

void check_row(const nlohmann::json& row) {
  fuzz::require(row.is_object(), "a row is an object");
  const std::string written = base::to_json_line(row);
  fuzz::require(written.find('\n') == std::string::npos, "a row is written on one line");
  fuzz::require(base::parse_json(written, "row") == row, "a row is read again as it was written");
}

void read_objects(const fuzz::MemoryFile& file) {
  try {
    base::JsonlReader reader(file.path());
    std::size_t line = 0;
    while (const auto row = reader.next()) {
      check_row(*row);
      fuzz::require(reader.line() > line, "line numbers rise");
      line = reader.line();
    }
  } catch (const DataError& error) {
    check_message(error);
  }
}

/// Lines or the items of an array, parsed each by itself: after a bad one the next follows.
void read_lines(const fuzz::MemoryFile& file, std::string_view bytes) {
  try {
    base::JsonlReader reader(file.path());
    reader.accept_array();
    while (const auto line = reader.next_line()) {
      fuzz::require(bytes.substr(line->offset, line->text.size()) == line->text, "a line is where it says");
      try {
        bool replaced = false;
        check_row(base::parse_jsonl_line(line->text, reader.where(), &replaced));
      } catch (const DataError& error) {
        check_message(error);
      }
    }
  } catch (const DataError& error) {
    check_message(error);
  }
}

void read_prediction_files(const eval::RowSources& sources) {
  try {
    eval::RowFiles files(sources);
    std::size_t num_checked = 0;
    files.check([&](const eval::EvalRow& row) {
      ++num_checked;
      fuzz::require(!row.references.empty(), "a row has a reference");
      fuzz::require(base::is_valid_utf8(row.prediction), "a prediction is valid UTF-8");
    });
    fuzz::require(num_checked == files.num_rows(), "every row is seen");
    std::size_t num_parsed = 0;
    while (const auto raw = files.next()) {
      files.parse(*raw);
      fuzz::require(raw->position == num_parsed++, "the second pass has the same order");
    }
    fuzz::require(num_parsed == num_checked, "the second pass has the same rows");
  } catch (const DataError& error) {
    check_message(error);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::MemoryFile predictions;
  static const fuzz::MemoryFile references;
  static const bool is_quiet = (base::set_log_level("off"), true);
  fuzz::require(is_quiet, "no log");
  const std::string_view input = fuzz::as_text(data, size);
  predictions.write(input);
  read_objects(predictions);
  read_lines(predictions, input);

  eval::RowSources sources;
  sources.predictions = {predictions.path()};
  if (input.find("language") == std::string_view::npos) sources.language = "python";
  const std::size_t end = input.find(fuzz::kSeparator);
  if (end != std::string_view::npos) {
    predictions.write(input.substr(0, end));
    references.write(input.substr(end + 1));
    sources.references = references.path();
  }
  read_prediction_files(sources);
  return 0;
}
