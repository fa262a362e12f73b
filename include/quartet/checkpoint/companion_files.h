#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace quartet::checkpoint {

/// The SentencePiece model of a model directory: tokenizer.model, or Mistral's tokenizer.model.v1, .v2, .v3 (the
/// highest).
std::optional<std::filesystem::path> tokenizer_model_file(const std::filesystem::path& directory);

/// The files of a model directory that belong to its tokenizer and to generation, as far as they are there.
std::vector<std::filesystem::path> companion_files(const std::filesystem::path& directory);

/// Copies one file, byte for byte. Throws: ResourceError.
void copy_companion(const std::filesystem::path& file, const std::filesystem::path& target);

/// Copies files into `directory`, byte for byte; Mistral's tokenizer.model.vN becomes tokenizer.model there.
/// Throws: ResourceError.
void copy_companions(const std::vector<std::filesystem::path>& files, const std::filesystem::path& directory);

}  // namespace quartet::checkpoint
