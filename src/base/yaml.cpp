#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "quartet/base/config_reader.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "strict_json.h"

namespace quartet::base {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxValues = 1'000'000;  // aliases of aliases grow without bound
constexpr int kMaxDepth = 200;

/// Plain scalars by the core schema of YAML 1.2.2, section 10.3.2: "yes" and "on" are strings.
json resolve_plain(const std::string& text) {
  static const std::regex integer("[-+]?[0-9]+"), octal("0o[0-7]+"), hexadecimal("0x[0-9a-fA-F]+"),
      real("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"), infinity("[-+]?(\\.inf|\\.Inf|\\.INF)"),
      nan("\\.nan|\\.NaN|\\.NAN");
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text.size() > 400 || std::string_view("+-.0123456789").find(text[0]) == std::string_view::npos) return text;

  const auto parse_integer = [&](std::size_t skip, int base) -> json {
    const char* begin = text.data() + skip;
    const char* end = text.data() + text.size();
    std::int64_t number = 0;
    std::uint64_t large = 0;
    if (std::from_chars(begin, end, number, base).ec == std::errc()) return number;
    if (std::from_chars(begin, end, large, base).ec == std::errc()) return large;
    throw std::runtime_error("integer " + text + " is out of range");
  };
  if (std::regex_match(text, integer)) return parse_integer(text[0] == '+' ? 1 : 0, 10);
  if (std::regex_match(text, octal)) return parse_integer(2, 8);
  if (std::regex_match(text, hexadecimal)) return parse_integer(2, 16);
  if (std::regex_match(text, infinity)) {
    return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  if (std::regex_match(text, nan)) return std::numeric_limits<double>::quiet_NaN();
  if (!std::regex_match(text, real)) return text;
  double number = 0;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const auto result = std::from_chars(begin, text.data() + text.size(), number);
  if (result.ec == std::errc::result_out_of_range && !(std::abs(std::strtod(begin, nullptr)) < 1)) {
    throw std::runtime_error("number " + text + " is out of range");
  }
  return number;  // too small a number is 0
}

class YamlConverter {
 public:
  explicit YamlConverter(std::string source) : source_(std::move(source)) {}

  json convert(const YAML::Node& node, int depth = 0) {
    if (++num_values_ > kMaxValues || depth > kMaxDepth) {
      throw ConfigError(
          cat(source_, ": ", depth > kMaxDepth ? "nested deeper than 200 levels" : "more than a million values"));
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return convert_scalar(node);
      case YAML::NodeType::Sequence: {
        json result = json::array();
        for (const YAML::Node& item : node) result.push_back(convert(item, depth + 1));
        return result;
      }
      case YAML::NodeType::Map:
        return convert_map(node, depth);
      default:
        return nullptr;
    }
  }

  void finish() const {
    if (!problems_.empty()) throw ConfigError(problems_);
  }

 private:
  json convert_scalar(const YAML::Node& node) {
    if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") return node.Scalar();  // quoted
    try {
      return resolve_plain(node.Scalar());
    } catch (const std::runtime_error& error) {
      problem(node, error.what());
      return nullptr;
    }
  }

  json convert_map(const YAML::Node& node, int depth) {
    json result = json::object();
    for (const auto& entry : node) {
      const YAML::Node& key = entry.first;
      if (!key.IsScalar()) {
        problem(key, "a key must be a plain word");
        continue;
      }
      if (result.contains(key.Scalar())) problem(key, cat("duplicate key ", excerpt(key.Scalar())));
      result[key.Scalar()] = convert(entry.second, depth + 1);
    }
    return result;
  }

  void problem(const YAML::Node& node, const std::string& message) {
    problems_.push_back(cat(source_, ":", node.Mark().line + 1, ": ", message));
  }

  std::string source_;
  std::vector<std::string> problems_;
  std::size_t num_values_ = 0;
};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

std::string read_config_text(const std::filesystem::path& path) {
  try {
    return read_text_file(path);
  } catch (const DataError& error) {
    throw ConfigError(error.what());
  }
}

/// A string that stays a string when it is read back plain.
bool is_plain_word(const std::string& text) {
  static const std::regex word("[A-Za-z_/][A-Za-z0-9_./+-]*");
  return text.size() <= 200 && std::regex_match(text, word) && resolve_plain(text).is_string();
}

std::string scalar_text(const nlohmann::ordered_json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return is_plain_word(text) ? text : value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const auto number = value.get<double>();
    return std::isnan(number) ? ".nan" : number > 0 ? ".inf" : "-.inf";
  }
  return value.dump();  // numbers, true, false, null, and the empty {} and []
}

void write_block(const nlohmann::ordered_json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  const auto write_item = [&](const std::string& head, const nlohmann::ordered_json& item) {
    out += margin + head;
    if (item.is_structured() && !item.empty()) {
      out += "\n";
      write_block(item, indent + 2, out);
    } else {
      out += " " + scalar_text(item) + "\n";
    }
  };
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, item] : value.items()) write_item(scalar_text(key) + ":", item);
  } else if (value.is_array() && !value.empty()) {
    for (const auto& item : value) write_item("-", item);
  } else {
    out += margin + scalar_text(value) + "\n";
  }
}

}  // namespace

json parse_yaml(std::string_view text, const std::string& source) {
  if (!is_valid_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) {
    throw ConfigError(source + ": no YAML: invalid UTF-8 or control characters");
  }
  YamlConverter converter(source);
  json result;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) throw ConfigError(source + ": more than one YAML document");
    if (!documents.empty()) result = converter.convert(documents.front());
  } catch (const YAML::Exception& error) {
    throw ConfigError(cat(source, ":", error.mark.line + 1, ": ", error.msg));
  }
  converter.finish();
  return result;
}

json read_yaml_file(const std::filesystem::path& path) {
  return parse_yaml(read_config_text(path), path.string());
}

json read_json_config(const std::filesystem::path& path) {
  const std::string text = read_config_text(path);
  try {
    return parse_strict_json(text);
  } catch (const std::runtime_error& error) {
    throw ConfigError(cat(path.string(), ": ", error.what()));
  }
}

std::string to_yaml(const nlohmann::ordered_json& value) {
  std::string result;
  write_block(value, 0, result);
  return result;
}

}  // namespace quartet::base
