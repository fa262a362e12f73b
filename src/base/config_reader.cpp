#include "quartet/base/config_reader.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <type_traits>
#include <utility>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

using nlohmann::json;

const json kNull;
const json kEmptyObject = json::object();

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, std::string>) return "a string";
  if constexpr (std::is_same_v<T, double>) return "a finite number";
  if constexpr (std::is_same_v<T, std::uint64_t>) return "an integer from 0 to 2^64 - 1";
  if constexpr (std::is_same_v<T, int>) return "a 32-bit integer";
  if constexpr (std::is_same_v<T, std::int64_t>) return "a 64-bit integer";
  if constexpr (std::is_same_v<T, std::vector<std::string>>) return "a list of strings";
  if constexpr (std::is_same_v<T, std::vector<double>>) return "a list of finite numbers";
}

template <class T>
std::optional<T> to_integer(const json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number <= static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return static_cast<T>(number);
  } else if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  } else if (value.is_number_float()) {  // 1e4 is a usual way to write a count
    const auto number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= 0x1p53)
      return to_integer<T>(static_cast<std::int64_t>(number));
  }
  return std::nullopt;
}

template <class T>
std::optional<T> to_value(const json& value) {
  if constexpr (IsVector<T>::value) {
    if (!value.is_array()) return std::nullopt;
    T items;
    for (const json& element : value) {
      auto item = to_value<typename T::value_type>(element);
      if (!item) return std::nullopt;
      items.push_back(*std::move(item));
    }
    return items;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
  } else if constexpr (std::is_same_v<T, double>) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) return std::nullopt;
    return value.get<double>();
  } else {
    return to_integer<T>(value);
  }
}

}  // namespace

struct ConfigReader::Node {
  const json* value;  // an object
  std::string path;   // "" = the root
  std::set<std::string, std::less<>> known;
};

struct ConfigReader::Document {
  json root;
  std::string source;
  std::deque<Node> nodes;
  std::vector<std::string> problems;

  /// The node of an object that is read (again) at `path`.
  std::size_t node_at(const json& value, const std::string& path) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].path == path) return i;
    }
    if (value.is_object() || value.is_null()) {
      nodes.push_back({value.is_object() ? &value : &kEmptyObject, path, {}});
    } else {
      problems.push_back(
          cat(source, ": ", path, path.empty() ? "" : ": ", "expected a map of keys, got ", show_json(value)));
      nodes.push_back({&kEmptyObject, path, {}});
    }
    return nodes.size() - 1;
  }
};

ConfigReader::ConfigReader(json value, std::string source) : document_(std::make_shared<Document>()), node_(0) {
  document_->root = std::move(value);
  document_->source = std::move(source);
  document_->node_at(document_->root, "");
}

ConfigReader::ConfigReader(std::shared_ptr<Document> document, std::size_t node)
    : document_(std::move(document)), node_(node) {}

const json& ConfigReader::raw(std::string_view key) {
  Node& node = document_->nodes[node_];
  node.known.emplace(key);
  const auto found = node.value->find(key);
  return found == node.value->end() ? kNull : *found;
}

template <class T>
std::optional<T> ConfigReader::find(std::string_view key) {
  const json& value = raw(key);
  if (value.is_null()) return std::nullopt;
  auto result = to_value<T>(value);
  if (!result) problem(key, cat("expected ", type_name<T>(), ", got ", show_json(value)));
  return result;
}

template <class T>
T ConfigReader::get(std::string_view key, const T& fallback) {
  return find<T>(key).value_or(fallback);
}

template <class T>
T ConfigReader::require(std::string_view key) {
  if (raw(key).is_null()) problem(key, cat("missing, expected ", type_name<T>()));
  return find<T>(key).value_or(T{});
}

std::string ConfigReader::choice(std::string_view key, std::string_view fallback,
                                 const std::vector<std::string>& choices) {
  const auto value = find<std::string>(key);
  if (!value) return std::string(fallback);
  if (std::find(choices.begin(), choices.end(), *value) != choices.end()) return *value;
  problem(key, cat("unknown value ", excerpt(*value), did_you_mean(*value, choices), ", expected one of ",
                   join(choices, " ")));
  return std::string(fallback);
}

bool ConfigReader::has(std::string_view key) const {
  const json& value = *document_->nodes[node_].value;
  const auto found = value.find(key);
  return found != value.end() && !found->is_null();
}

ConfigReader ConfigReader::object(std::string_view key) {
  return {document_, document_->node_at(raw(key), path(key))};
}

std::vector<ConfigReader> ConfigReader::objects(std::string_view key) {
  std::vector<ConfigReader> result;
  const json& value = raw(key);
  if (!value.is_null() && !value.is_array()) {
    problem(key, cat("expected a list of maps, got ", show_json(value)));
  } else {
    for (std::size_t i = 0; i < value.size(); ++i) {
      result.push_back({document_, document_->node_at(value[i], cat(path(key), "[", i, "]"))});
    }
  }
  return result;
}

std::vector<std::string> ConfigReader::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, value] : document_->nodes[node_].value->items()) result.push_back(key);
  return result;
}

std::string ConfigReader::path(std::string_view key) const {
  const std::string& base = document_->nodes[node_].path;
  if (base.empty() || key.empty()) return base + std::string(key);
  return cat(base, ".", key);
}

void ConfigReader::problem(std::string_view key, const std::string& message) {
  const std::string where = path(key);
  document_->problems.push_back(cat(document_->source, ": ", where, where.empty() ? "" : ": ", message));
}

void ConfigReader::ignore(std::string_view key) {
  document_->nodes[node_].known.emplace(key);
}

void ConfigReader::finish() {
  for (std::size_t i = 0; i < document_->nodes.size(); ++i) {
    const Node& node = document_->nodes[i];
    const std::vector<std::string> known(node.known.begin(), node.known.end());
    ConfigReader reader(document_, i);
    for (const std::string& key : reader.keys()) {
      if (!node.known.contains(key)) reader.problem(key, "unknown key" + did_you_mean(key, known));
    }
  }
  if (!document_->problems.empty()) throw ConfigError(std::exchange(document_->problems, {}));
}

#define QUARTET_CONFIG_TYPE(T)                                           \
  template T ConfigReader::get<T>(std::string_view, const T&);           \
  template std::optional<T> ConfigReader::find<T>(std::string_view key); \
  template T ConfigReader::require<T>(std::string_view key);
QUARTET_CONFIG_TYPE(bool)
QUARTET_CONFIG_TYPE(int)
QUARTET_CONFIG_TYPE(std::int64_t)
QUARTET_CONFIG_TYPE(std::uint64_t)
QUARTET_CONFIG_TYPE(double)
QUARTET_CONFIG_TYPE(std::string)
QUARTET_CONFIG_TYPE(std::vector<std::string>)
QUARTET_CONFIG_TYPE(std::vector<double>)
#undef QUARTET_CONFIG_TYPE

}  // namespace quartet::base
