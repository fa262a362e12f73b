#include "quartet/base/rng.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "quartet/base/error.h"

namespace quartet::base {
namespace {

std::uint64_t split_mix(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9E3779B97F4A7C15ULL);
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
  return z ^ z >> 31;
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view purpose) {
  // The seed is mixed before the purpose is added, so that neighbouring seeds and purposes cannot cancel out.
  std::uint64_t x = split_mix(seed) ^ fnv1a(purpose);
  for (std::uint64_t& word : state_) word = split_mix(x);
}

std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  if (bound == 0) throw StateError("Rng::below(0)");
  // The values below 2^64 mod bound would favour small results. That is less than bound: most need no division to pass.
  std::uint64_t value = next();
  while (value < bound && value < (0 - bound) % bound) value = next();
  return value % bound;
}

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

void Rng::restore(const std::vector<std::uint64_t>& state) {
  if (state.size() != 4) throw StateError("Rng::restore needs 4 words of state");
  for (std::size_t i = 0; i < 4; ++i) state_[i] = state[i];
}

}  // namespace quartet::base
