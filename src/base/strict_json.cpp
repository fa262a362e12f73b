#include "strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "quartet/base/text.h"

namespace quartet::base {
namespace {

constexpr int kMaxDepth = 200;

/// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …" without its brackets.
std::string reason(const nlohmann::json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return shorten(end == std::string::npos ? text : text.substr(end + 2), 200);
}

}  // namespace

nlohmann::json parse_strict_json(std::string_view text) {
  std::vector<std::set<std::string, std::less<>>> open_objects;
  const auto check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth >= kMaxDepth && (event == Event::object_start || event == Event::array_start)) {
      throw std::runtime_error(cat("nested deeper than ", kMaxDepth, " levels"));
    }
    if (event == Event::object_start) open_objects.emplace_back();
    if (event == Event::object_end) open_objects.pop_back();
    if (event == Event::key && !open_objects.back().insert(parsed.get<std::string>()).second) {
      throw std::runtime_error(cat("duplicate key ", excerpt(parsed.get<std::string>())));
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text.begin(), text.end(), check);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(reason(error));
  }
}

}  // namespace quartet::base
