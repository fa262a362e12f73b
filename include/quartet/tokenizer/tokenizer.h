#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::tokenizer {

using TokenIds = std::vector<std::int64_t>;

/// What a piece of the vocabulary stands for.
enum class PieceKind { kText, kUnknown, kControl, kByte };

/// A SentencePiece model of the Llama and Mistral family. BOS and EOS are ids, never text: encoding adds none, and
/// special tokens that are written in a text stay text.
class Tokenizer {
 public:
  /// Input:  a tokenizer.model, or the model directory that holds it.
  /// Throws: CheckpointError if it is missing, damaged, lacks BOS or EOS, or changes the text it encodes.
  static Tokenizer load(const std::filesystem::path& path);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  std::int64_t vocab_size() const;
  std::int64_t bos_id() const;
  std::int64_t eos_id() const;
  std::int64_t unk_id() const;

  /// Any bytes: each one that is not part of valid UTF-8 counts as U+FFFD. The text gets a leading blank (the dummy
  /// prefix), as in training of these models.
  TokenIds encode(std::string_view text) const;
  /// Valid UTF-8; control tokens are left out, the dummy prefix is removed. Throws: DataError for an id out of range.
  std::string decode(std::span<const std::int64_t> ids) const;
  /// decode(prompt + answer) without its part decode(prompt): the blank between the two is not lost. A character whose
  /// bytes begin in the prompt and end in the answer belongs to the answer. Throws: DataError for an id out of range.
  std::string decode_answer(std::span<const std::int64_t> prompt_ids, std::span<const std::int64_t> answer_ids) const;

  /// The piece as the vocabulary spells it ("▁Hello", "<0x0A>"). Throws: DataError for an id out of range.
  const std::string& piece(std::int64_t id) const;
  PieceKind kind(std::int64_t id) const;
  /// The id of a control piece ("[INST]"), if the vocabulary has it as one.
  std::optional<std::int64_t> control_id(std::string_view piece) const;
  /// What the unknown token decodes to.
  const std::string& unknown_surface() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Decodes token by token: what `push` and `flush` return, one after another, is the text of `decode_answer`; a
/// character comes whole.
class StreamDecoder {
 public:
  /// `tokenizer` must outlive the decoder.
  explicit StreamDecoder(const Tokenizer& tokenizer, std::span<const std::int64_t> prompt_ids = {});

  /// The text that became certain; an id behind the last piece (a padded vocabulary's) has none.
  /// Throws: DataError for a negative id.
  std::string push(std::int64_t id);
  /// The rest: bytes of an unfinished character, each as U+FFFD.
  std::string flush();

 private:
  std::string take_bytes(bool final);

  const Tokenizer* tokenizer_;
  bool at_start_ = true;          // no text yet: a leading blank is the dummy prefix
  std::string bytes_;             // byte tokens that do not make a character yet
  std::size_t prompt_bytes_ = 0;  // how many of them are the prompt's: as U+FFFD they are not the answer's text
};

}  // namespace quartet::tokenizer
