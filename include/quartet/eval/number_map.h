#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace quartet::eval {

/// Numbers distinct keys 0, 1, 2 … in the order in which they come. A flat table of key hashes; whether two keys are
/// equal is the caller's question, so that keys need not be stored twice.
class NumberMap {
 public:
  std::uint32_t size() const { return size_; }

  /// Makes room for so many more keys; `add` needs it.
  void reserve_more(std::size_t count) {
    const std::size_t wanted = std::bit_ceil((size_ + count) * 2 + 2);
    if (wanted <= slots_.size()) return;
    std::vector<Slot> old(wanted);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number == kFree) continue;
      std::size_t at = home(slot.hash);
      while (slots_[at].number != kFree) at = next(at);
      slots_[at] = slot;
    }
  }

  /// Whether a key is known.
  template <class Equals>
  bool contains(std::uint64_t hash, Equals equals) const {
    if (slots_.empty()) return false;
    for (std::size_t at = home(hash); slots_[at].number != kFree; at = next(at)) {
      if (slots_[at].hash == hash && equals(slots_[at].number)) return true;
    }
    return false;
  }

  /// The number of a key: that of the key with this hash for which `equals(number)` is true, else a new one.
  template <class Equals>
  std::uint32_t add(std::uint64_t hash, Equals equals) {
    for (std::size_t at = home(hash);; at = next(at)) {
      Slot& slot = slots_[at];
      if (slot.number == kFree) {
        slot = {hash, size_};
        return size_++;
      }
      if (slot.hash == hash && equals(slot.number)) return slot.number;
    }
  }

 private:
  static constexpr std::uint32_t kFree = 0xffffffff;
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = kFree;
  };
  std::size_t home(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash * 0x9e3779b97f4a7c15u >> 32) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::uint32_t size_ = 0;
};

/// A hash of a short text; the same on every machine of one byte order.
std::uint64_t word_hash(std::string_view text);

}  // namespace quartet::eval
