#pragma once

#include <cstdint>

#include "float_bits.h"

namespace quartet::kernels {
namespace {

/// The first `count` < kLanes numbers, the other lanes 0.
template <class T>
Vec load_partial(const T* p, std::int64_t count) {
  float lane[Vec::kLanes] = {};
  for (std::int64_t i = 0; i < count; ++i) lane[i] = widen(p[i]);
  return Vec::load(lane);
}

inline void store_partial(const Vec& v, float* p, std::int64_t count) {
  float lane[Vec::kLanes];
  v.store(lane);
  for (std::int64_t i = 0; i < count; ++i) p[i] = lane[i];
}

template <class T>
Vec load_up_to(const T* p, std::int64_t count) {
  return count >= Vec::kLanes ? Vec::load(p) : load_partial(p, count);
}

inline void store_up_to(const Vec& v, float* p, std::int64_t count) {
  if (count >= Vec::kLanes) {
    v.store(p);
  } else {
    store_partial(v, p, count);
  }
}

/// Calls f with a typed pointer to row `row`.
template <class F>
void with_rows(const FloatRows& rows, std::int64_t row, const F& f) {
  switch (rows.type) {
    case FloatType::kFloat32:
      return f(static_cast<const float*>(rows.data) + row * rows.stride);
    case FloatType::kBfloat16:
      return f(static_cast<const Bfloat16*>(rows.data) + row * rows.stride);
    case FloatType::kFloat16:
      return f(static_cast<const Float16*>(rows.data) + row * rows.stride);
  }
}

}  // namespace
}  // namespace quartet::kernels
