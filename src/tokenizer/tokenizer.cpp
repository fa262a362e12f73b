#include "quartet/tokenizer/tokenizer.h"

#include <sentencepiece_processor.h>

#include <unordered_map>
#include <utility>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::tokenizer {
namespace {

namespace fs = std::filesystem;
using base::cat;

constexpr std::string_view kBlank = "\u2581";  // ▁ stands for a blank

std::vector<int> narrow(std::span<const std::int64_t> ids) {
  return {ids.begin(), ids.end()};
}

fs::path find_model(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path;
  const fs::path model = path / "tokenizer.model";
  if (!fs::exists(model, error) && fs::exists(path / "tokenizer.json", error)) {
    throw CheckpointError(cat(path.string(),
                              ": has tokenizer.json only; tokenizer.model (SentencePiece) is needed: copy it from the "
                              "model's original repository"));
  }
  return model;
}

std::string read_model(const fs::path& path) {
  try {
    return base::read_text_file(path);
  } catch (const DataError& error) {
    throw CheckpointError(error.what());
  }
}

}  // namespace

struct Tokenizer::Impl {
  void read_pieces();
  void check(const std::string& path) const;

  sentencepiece::SentencePieceProcessor processor;
  std::vector<std::string> pieces;
  std::vector<PieceKind> kinds;
  std::unordered_map<std::string, std::int64_t> control_ids;
  std::string unknown_surface;
};

void Tokenizer::Impl::read_pieces() {
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    pieces.push_back(processor.IdToPiece(id));
    kinds.push_back(processor.IsControl(id)   ? PieceKind::kControl
                    : processor.IsUnknown(id) ? PieceKind::kUnknown
                    : processor.IsByte(id)    ? PieceKind::kByte
                                              : PieceKind::kText);
    if (kinds.back() == PieceKind::kControl) control_ids.emplace(pieces.back(), id);
  }
  unknown_surface = processor.DecodeIds(std::vector<int>{processor.unk_id()});
}

/// Decoding relies on a model that keeps every blank and puts one more in front.
void Tokenizer::Impl::check(const std::string& path) const {
  if (processor.bos_id() < 0 || processor.eos_id() < 0) throw CheckpointError(path + ": no BOS or no EOS piece");
  const std::string text = "  a \n b ";
  const std::vector<int> ids = processor.EncodeAsIds(text);
  if (ids.empty() || !pieces[static_cast<std::size_t>(ids[0])].starts_with(kBlank) ||
      processor.DecodeIds(ids) != text) {
    throw CheckpointError(
        path +
        ": changes blanks while encoding; only models of the Llama and Mistral kind (dummy prefix, no "
        "normalisation, byte fallback) are supported");
  }
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::load(const fs::path& path) {
  const fs::path model = find_model(path);
  auto impl = std::make_unique<Impl>();
  const auto status = impl->processor.LoadFromSerializedProto(read_model(model));
  if (!status.ok() || impl->processor.GetPieceSize() == 0) {
    throw CheckpointError(cat(model.string(), ": no SentencePiece model (incomplete download, or a Git LFS pointer?)"));
  }
  impl->read_pieces();
  impl->check(model.string());
  return Tokenizer(std::move(impl));
}

std::int64_t Tokenizer::vocab_size() const {
  return static_cast<std::int64_t>(impl_->pieces.size());
}
std::int64_t Tokenizer::bos_id() const {
  return impl_->processor.bos_id();
}
std::int64_t Tokenizer::eos_id() const {
  return impl_->processor.eos_id();
}
std::int64_t Tokenizer::unk_id() const {
  return impl_->processor.unk_id();
}
const std::string& Tokenizer::unknown_surface() const {
  return impl_->unknown_surface;
}

TokenIds Tokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  const auto status = impl_->processor.Encode(text, &ids);
  if (!status.ok()) throw DataError(cat("cannot encode ", base::excerpt(text), ": ", status.message()));
  return {ids.begin(), ids.end()};
}

std::string Tokenizer::decode(std::span<const std::int64_t> ids) const {
  for (const std::int64_t id : ids) kind(id);
  return impl_->processor.DecodeIds(narrow(ids));
}

std::string Tokenizer::decode_answer(std::span<const std::int64_t> prompt_ids,
                                     std::span<const std::int64_t> answer_ids) const {
  StreamDecoder decoder(*this, prompt_ids);
  std::string text;
  for (const std::int64_t id : answer_ids) text += decoder.push(id);
  return text + decoder.flush();
}

PieceKind Tokenizer::kind(std::int64_t id) const {
  if (id < 0 || id >= vocab_size()) {
    throw DataError(cat("token id ", id, " is not in the tokenizer's vocabulary of ", vocab_size(), " pieces"));
  }
  return impl_->kinds[static_cast<std::size_t>(id)];
}

const std::string& Tokenizer::piece(std::int64_t id) const {
  kind(id);
  return impl_->pieces[static_cast<std::size_t>(id)];
}

std::optional<std::int64_t> Tokenizer::control_id(std::string_view piece) const {
  const auto found = impl_->control_ids.find(std::string(piece));
  return found == impl_->control_ids.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace quartet::tokenizer
