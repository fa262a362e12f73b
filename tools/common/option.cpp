#include "common/option.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::cli {
namespace {

using base::cat;
using base::ConfigReader;
using base::excerpt;
using nlohmann::json;

template <class T>
struct Inner {
  using type = T;
  static constexpr bool optional = false;
};
template <class T>
struct Inner<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true;
};

template <class T>
constexpr bool kIsList = std::is_same_v<T, std::vector<std::string>>;

template <class T>
const char* expectation() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, double>) return "a finite number";
  if constexpr (std::is_unsigned_v<T>) return "an integer that is not negative";
  return "an integer";
}

template <class T>
T from_text(const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    return text;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "false") return text == "true";
  } else {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range) throw std::runtime_error(excerpt(text) + " is out of range");
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(static_cast<double>(number)))
      return number;
  }
  throw std::runtime_error(cat("expected ", expectation<T>(), ", got ", excerpt(text)));
}

/// A scalar of a config as it would stand on the command line: `batch_size: 8` sets an option that also takes "auto".
std::optional<std::string> scalar_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

/// A list becomes "a,b", the way lists are written on the command line.
std::optional<std::string> list_text(const json& value) {
  if (!value.is_array()) return scalar_text(value);
  std::vector<std::string> items;
  for (const json& element : value) {
    const auto item = scalar_text(element);
    if (!item) return std::nullopt;
    items.push_back(*item);
  }
  return base::join(items, ",");
}

template <class T>
std::optional<T> from_config(ConfigReader& config, const std::string& key) {
  if constexpr (std::is_same_v<T, std::string>) {
    const json& value = config.raw(key);
    if (value.is_null()) return std::nullopt;
    auto text = list_text(value);
    if (!text) config.problem(key, "expected a string, got " + base::show_json(value));
    return text;
  } else if constexpr (kIsList<T>) {
    if (config.raw(key).is_string()) return T{config.raw(key).template get<std::string>()};
    return config.find<T>(key);
  } else {
    auto value = config.find<T>(key);
    if constexpr (std::is_same_v<T, bool>) {
      if (!value && config.has("no_" + key)) value = !config.find<bool>("no_" + key).value_or(true);
    }
    return value;
  }
}

template <class T>
std::string default_value_name() {
  if constexpr (std::is_same_v<T, bool>) return "";
  if constexpr (std::is_same_v<T, std::string> || kIsList<T>) return "TEXT";
  if constexpr (std::is_same_v<T, double>) return "X";
  return "N";
}

std::string default_text(const nlohmann::ordered_json& value) {
  if (value.is_null() || (value.is_array() && value.empty()) || value == false || value == "") return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// "0" and "0.0" are the same value.
bool same_value(const std::string& a, const std::string& b) {
  if (a == b) return true;
  try {
    return from_text<double>(a) == from_text<double>(b);
  } catch (const std::runtime_error&) {
    return false;
  }
}

/// "--model DIR" is a name and the name of its value.
Option named(const std::string& name, const std::string& help) {
  Option option;
  const std::size_t blank = name.find(' ');
  option.name = name.substr(0, blank);
  if (blank != std::string::npos) option.value_name = name.substr(blank + 1);
  option.help = help;
  return option;
}

}  // namespace

std::string Option::key() const {
  return base::replace_all(base::to_lower(name.substr(std::min(name.find_first_not_of('-'), name.size()))), "-", "_");
}

template <class T>
Option make_option(const std::string& name, T& variable, const std::string& help) {
  using Value = typename Inner<T>::type;
  Option option = named(name, help);
  option.flag = std::is_same_v<Value, bool>;
  option.list = kIsList<T>;
  if (option.value_name.empty()) option.value_name = default_value_name<Value>();
  T* const target = &variable;
  option.value = [target]() -> nlohmann::ordered_json {
    if constexpr (Inner<T>::optional) {
      return *target ? nlohmann::ordered_json(**target) : nlohmann::ordered_json();
    } else {
      return *target;
    }
  };
  option.default_text = default_text(option.value());
  if constexpr (kIsList<T>) {
    // The first word replaces the default, the next ones are added.
    option.set_text = [target, first = true](const std::string& text) mutable {
      if (std::exchange(first, false)) target->clear();
      target->push_back(text);
    };
  } else {
    option.set_text = [target](const std::string& text) { *target = from_text<Value>(text); };
  }
  option.read_config = [target](ConfigReader& config, const std::string& key) {
    if (auto value = from_config<Value>(config, key)) *target = *std::move(value);
  };
  return option;
}

Option make_accepted(const std::string& name, bool takes_value) {
  Option option = named(name, "");
  option.flag = !takes_value;
  option.hidden = true;
  option.set_text = [](const std::string&) {};
  option.read_config = [](ConfigReader& config, const std::string& key) { config.ignore(key); };
  return option;
}

Option make_refused(const std::string& name, bool takes_value, const std::vector<std::string>& harmless) {
  Option option = named(name, "");
  option.flag = !takes_value;
  option.hidden = true;
  const auto refuse_unless_harmless = [harmless](const std::string& text) {
    for (const std::string& value : harmless) {
      if (same_value(text, value)) return;
    }
    throw std::runtime_error("not built yet" + (harmless.empty() ? "" : " (only " + base::join(harmless, ", ") + ")"));
  };
  option.set_text = refuse_unless_harmless;
  option.read_config = [refuse_unless_harmless](ConfigReader& config, const std::string& key) {
    const json& value = config.raw(key);
    if (value.is_null()) return;
    try {
      refuse_unless_harmless(list_text(value).value_or(value.dump()));
    } catch (const std::runtime_error& error) {
      config.problem(key, error.what());
    }
  };
  return option;
}

#define QUARTET_OPTION_TYPE(T)                                                           \
  template Option make_option(const std::string& name, T& variable, const std::string&); \
  template Option make_option(const std::string& name, std::optional<T>& variable, const std::string&);
QUARTET_OPTION_TYPE(bool)
QUARTET_OPTION_TYPE(int)
QUARTET_OPTION_TYPE(std::int64_t)
QUARTET_OPTION_TYPE(std::uint64_t)
QUARTET_OPTION_TYPE(double)
QUARTET_OPTION_TYPE(std::string)
#undef QUARTET_OPTION_TYPE
template Option make_option(const std::string& name, std::vector<std::string>& variable, const std::string&);

}  // namespace quartet::cli
