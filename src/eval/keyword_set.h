#pragma once

#include <string_view>
#include <unordered_set>
#include <vector>

#include "quartet/code/python_text.h"

namespace quartet::eval {

/// The words of a list that is written with blanks between them; they point into it.
inline std::unordered_set<std::string_view> keyword_set(std::string_view list) {
  const std::vector<std::string_view> words = code::python_split(list);
  return {words.begin(), words.end()};
}

}  // namespace quartet::eval
