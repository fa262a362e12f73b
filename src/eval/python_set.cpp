#include "quartet/eval/python_set.h"

#include <algorithm>
#include <bit>

#include "quartet/code/python_text.h"

namespace quartet::eval {
namespace {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

/// CPython fills its hash secret from a linear congruential generator when PYTHONHASHSEED is set; 0 leaves it zero.
SipKey sip_key(std::uint32_t seed) {
  SipKey key;
  if (seed == 0) return key;
  std::uint32_t x = seed;
  for (int i = 0; i < 16; ++i) {
    x = x * 214013u + 2531011u;
    const std::uint64_t byte = (x >> 16) & 0xff;
    (i < 8 ? key.k0 : key.k1) |= byte << (8 * (i % 8));
  }
  return key;
}

/// SipHash, fed byte by byte. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
template <int kCompressionRounds, int kFinalRounds>
class SipHash {
 public:
  explicit SipHash(SipKey key)
      : v0_(key.k0 ^ 0x736f6d6570736575u),
        v1_(key.k1 ^ 0x646f72616e646f6du),
        v2_(key.k0 ^ 0x6c7967656e657261u),
        v3_(key.k1 ^ 0x7465646279746573u) {}

  void add(std::uint32_t value, int num_bytes) {
    for (int i = 0; i < num_bytes; ++i) {
      word_ |= static_cast<std::uint64_t>((value >> (8 * i)) & 0xff) << (8 * (length_ % 8));
      if (++length_ % 8 == 0) compress();
    }
  }

  std::uint64_t finish() {
    word_ |= length_ << 56;
    compress();
    v2_ ^= 0xff;
    for (int i = 0; i < kFinalRounds; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void compress() {
    v3_ ^= word_;
    for (int i = 0; i < kCompressionRounds; ++i) round();
    v0_ ^= word_;
    word_ = 0;
  }

  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t word_ = 0;
  std::uint64_t length_ = 0;
};

/// The hash of a text's characters, each as wide as the widest one needs.
template <class Hash>
std::uint64_t hash_characters(std::string_view text, Hash hash) {
  char32_t widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const code::CodePoint character = code::code_point_at(text, at);
    widest = std::max(widest, character.value);
    at += character.num_bytes;
  }
  const int bytes_per_character = widest < 0x100 ? 1 : widest < 0x10000 ? 2 : 4;
  for (std::size_t at = 0; at < text.size();) {
    const code::CodePoint character = code::code_point_at(text, at);
    hash.add(static_cast<std::uint32_t>(character.value), bytes_per_character);
    at += character.num_bytes;
  }
  return hash.finish();
}

}  // namespace

std::uint64_t python_string_hash(std::string_view text, PythonHashing hashing) {
  if (text.empty()) return 0;
  const SipKey key = sip_key(hashing.seed);
  const std::uint64_t value = hashing.hash == PythonHash::kSip24 ? hash_characters(text, SipHash<2, 4>(key))
                                                                 : hash_characters(text, SipHash<1, 3>(key));
  return value == ~std::uint64_t{0} ? value - 1 : value;  // -1 means "error" to CPython
}

namespace {

constexpr std::int32_t kEmpty = -1;

/// The open-addressing table of a CPython set that only grows.
class SetTable {
 public:
  explicit SetTable(std::span<const std::uint64_t> hashes) : hashes_(hashes), slots_(8, kEmpty) {}

  void add(std::int32_t item) {
    std::int32_t& slot = find(item);
    if (slot == item) return;
    slot = item;
    ++used_;
    const std::size_t mask = slots_.size() - 1;
    if (used_ * 5 >= mask * 3) resize(used_ > 50000 ? used_ * 2 : used_ * 4);
  }

  std::vector<std::int32_t> items() const {
    std::vector<std::int32_t> result;
    std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(result),
                 [](std::int32_t item) { return item != kEmpty; });
    return result;
  }

 private:
  /// The slot of `item`, or the empty slot where it belongs.
  std::int32_t& find(std::int32_t item) {
    constexpr std::size_t kLinearProbes = 9;
    const std::size_t mask = slots_.size() - 1;
    std::uint64_t perturb = hashes_[item];
    std::size_t i = perturb & mask;
    while (true) {
      const std::size_t last = i + kLinearProbes <= mask ? i + kLinearProbes : i;
      for (std::size_t slot = i; slot <= last; ++slot) {
        if (slots_[slot] == kEmpty || slots_[slot] == item) return slots_[slot];
      }
      perturb >>= 5;
      i = (i * 5 + 1 + perturb) & mask;
    }
  }

  void resize(std::size_t min_used) {
    std::size_t size = 8;
    while (size <= min_used) size *= 2;
    std::vector<std::int32_t> old(size, kEmpty);
    old.swap(slots_);
    for (const std::int32_t item : old) {
      if (item != kEmpty) find(item) = item;
    }
  }

  std::span<const std::uint64_t> hashes_;
  std::vector<std::int32_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace

std::vector<std::int32_t> python_set_order(std::span<const std::int32_t> items, std::span<const std::uint64_t> hashes) {
  const bool all_equal = std::adjacent_find(items.begin(), items.end(), std::not_equal_to<>()) == items.end();
  if (all_equal) return {items.begin(), items.begin() + (items.empty() ? 0 : 1)};
  SetTable table(hashes);
  for (const std::int32_t item : items) table.add(item);
  return table.items();
}

}  // namespace quartet::eval
