#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace quartet::eval {

/// CPython 3.11's hash of a `str` (SipHash-1-3 over its PEP 393 buffer) under PYTHONHASHSEED = `seed` (0: no
/// randomisation). Input: valid UTF-8.
std::uint64_t python_string_hash(std::string_view text, std::uint32_t seed = 0);

/// The iteration order of CPython's `set(items)`: distinct items in slot order. `hashes[item]` is the hash of an item;
/// different items are different strings.
/// Source: set_add_entry and set_table_resize of CPython 3.11's Objects/setobject.c.
std::vector<std::int32_t> python_set_order(std::span<const std::int32_t> items, std::span<const std::uint64_t> hashes);

}  // namespace quartet::eval
