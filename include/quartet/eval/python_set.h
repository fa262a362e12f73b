#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace quartet::eval {

/// CPython's hashes of strings: SipHash-1-3 from 3.11 on, SipHash-2-4 from 3.4 to 3.10.
enum class PythonHash : unsigned char { kSip13, kSip24 };

/// What the hashes of strings, and with them the order of sets, depend on.
struct PythonHashing {
  std::uint32_t seed = 0;  ///< PYTHONHASHSEED; 0: no randomisation
  PythonHash hash = PythonHash::kSip13;
};

/// CPython's hash of a `str`, taken over its PEP 393 buffer. Input: valid UTF-8.
std::uint64_t python_string_hash(std::string_view text, PythonHashing hashing = {});

/// The iteration order of CPython's `set(items)`: distinct items in slot order. `hashes[item]` is the hash of an item;
/// different items are different strings.
/// Source: set_add_entry and set_table_resize of CPython 3.7 to 3.13, Objects/setobject.c.
std::vector<std::int32_t> python_set_order(std::span<const std::int32_t> items, std::span<const std::uint64_t> hashes);

}  // namespace quartet::eval
