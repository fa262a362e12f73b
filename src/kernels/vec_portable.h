#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "float_bits.h"

namespace quartet::kernels {
namespace {

/// Eight float lanes in plain C++; the compiler may map them to whatever the target has.
struct Vec {
  static constexpr std::int64_t kLanes = 8;
  static constexpr int kBlockRows = 2;  ///< weight rows that a register block of dense_gemv covers
  float lane[kLanes];

  static Vec set1(float value) {
    Vec v;
    for (float& x : v.lane) x = value;
    return v;
  }
  static Vec zero() { return set1(0.0F); }
  static Vec load(const float* p) {
    Vec v;
    std::memcpy(v.lane, p, sizeof(v.lane));
    return v;
  }
  static Vec load(const Bfloat16* p) {
    Vec v;
    for (std::int64_t i = 0; i < kLanes; ++i) v.lane[i] = widen(p[i]);
    return v;
  }
  static Vec load(const Float16* p) {
    Vec v;
    for (std::int64_t i = 0; i < kLanes; ++i) v.lane[i] = widen(p[i]);
    return v;
  }
  void store(float* p) const { std::memcpy(p, lane, sizeof(lane)); }
  void store(Bfloat16* p) const {
    for (std::int64_t i = 0; i < kLanes; ++i) p[i] = narrow_bfloat16(lane[i]);
  }
  void store(Float16* p) const {
    for (std::int64_t i = 0; i < kLanes; ++i) p[i] = narrow_float16(lane[i]);
  }

  /// this += a * b
  void add_product(const Vec& a, const Vec& b) {
    for (std::int64_t i = 0; i < kLanes; ++i) lane[i] += a.lane[i] * b.lane[i];
  }
  float sum() const {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
  friend Vec operator+(Vec a, const Vec& b) {
    for (std::int64_t i = 0; i < kLanes; ++i) a.lane[i] += b.lane[i];
    return a;
  }
  friend Vec operator-(Vec a, const Vec& b) {
    for (std::int64_t i = 0; i < kLanes; ++i) a.lane[i] -= b.lane[i];
    return a;
  }
  friend Vec operator*(Vec a, const Vec& b) {
    for (std::int64_t i = 0; i < kLanes; ++i) a.lane[i] *= b.lane[i];
    return a;
  }
  friend Vec operator/(Vec a, const Vec& b) {
    for (std::int64_t i = 0; i < kLanes; ++i) a.lane[i] /= b.lane[i];
    return a;
  }
  static Vec exp(Vec v) {
    for (float& x : v.lane) x = std::exp(x);
    return v;
  }
};

}  // namespace
}  // namespace quartet::kernels
