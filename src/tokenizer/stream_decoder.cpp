#include <algorithm>
#include <cstdlib>

#include "quartet/base/text.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::tokenizer {
namespace {

constexpr std::string_view kBlank = "\u2581";
constexpr std::string_view kReplacement = "\uFFFD";

/// "<0x0A>" -> '\n'
char byte_of(const std::string& piece) {
  return static_cast<char>(std::strtol(piece.c_str() + 3, nullptr, 16));
}

}  // namespace

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, std::span<const std::int64_t> prompt_ids)
    : tokenizer_(&tokenizer) {
  for (const std::int64_t id : prompt_ids) push(id);
  prompt_bytes_ = bytes_.size();
}

std::string StreamDecoder::push(std::int64_t id) {
  // Models whose vocabulary is padded to a round number can choose ids that no piece stands behind: no text.
  if (id >= tokenizer_->vocab_size()) return take_bytes(true);
  const PieceKind kind = tokenizer_->kind(id);
  if (kind == PieceKind::kByte) {
    at_start_ = false;
    bytes_ += byte_of(tokenizer_->piece(id));
    return take_bytes(false);
  }
  std::string text = take_bytes(true);  // any other token, a control token too, ends a run of bytes
  if (kind == PieceKind::kControl) return text;
  if (kind == PieceKind::kUnknown) {
    text += tokenizer_->unknown_surface();
  } else {
    std::string_view piece = tokenizer_->piece(id);
    if (at_start_ && piece.starts_with(kBlank)) piece.remove_prefix(kBlank.size());
    text += base::replace_all(std::string(piece), kBlank, " ");
  }
  at_start_ = false;
  return text;
}

std::string StreamDecoder::flush() {
  return take_bytes(true);
}

/// Takes whole characters, and as U+FFFD what cannot become one any more (`final`: all the rest).
std::string StreamDecoder::take_bytes(bool final) {
  std::string text;
  std::size_t taken = 0;
  while (taken < bytes_.size()) {
    const std::size_t length = base::utf8_length(bytes_, taken);
    if (length == 0 && !final && base::utf8_can_continue(bytes_, taken)) break;
    if (length > 0) {
      text.append(bytes_, taken, length);
    } else if (taken >= prompt_bytes_) {
      text += kReplacement;
    }
    taken += std::max<std::size_t>(length, 1);
  }
  bytes_.erase(0, taken);
  prompt_bytes_ -= std::min(prompt_bytes_, taken);
  return text;
}

}  // namespace quartet::tokenizer
