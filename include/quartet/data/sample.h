#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quartet/base/language.h"

namespace quartet::data {

/// One training row as token ids.
struct Sample {
  std::vector<std::int32_t> ids;      ///< [T]
  std::vector<std::uint8_t> trained;  ///< [T]; 1 where the token is predicted with loss. Token 0 is never predicted.
  const base::Language* language = nullptr;

  std::int64_t num_tokens() const { return static_cast<std::int64_t>(ids.size()); }
  std::int64_t num_trained() const;
};

}  // namespace quartet::data
