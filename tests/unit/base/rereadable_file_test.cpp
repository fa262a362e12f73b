#include "quartet/base/rereadable_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::base {
namespace {

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(RereadableFile, PipesAreReadOnceAndThenAsOftenAsOneLikes) {
  quartet::testing::TempDir dir;
  const std::filesystem::path pipe = dir / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::string bytes(700'000, 'x');
  std::jthread writer([&] { quartet::testing::write_bytes(pipe, bytes + "end"); });
  const RereadableFile file(pipe);
  EXPECT_EQ(file.name(), pipe.string());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_all(file.path()), bytes + "end");
  EXPECT_EQ(file.read_at(700'001, 2), "nd");
  EXPECT_THROW(file.read_at(700'001, 3), DataError);
}

TEST(RereadableFile, RegularFilesAreReadInPlace) {
  quartet::testing::TempDir dir;
  quartet::testing::write_bytes(dir / "rows", "0123456789");
  const RereadableFile file(dir / "rows");
  EXPECT_EQ(file.path(), dir / "rows");
  EXPECT_EQ(file.read_at(3, 4), "3456");
  EXPECT_THROW(RereadableFile(dir / "missing"), DataError);
}

}  // namespace
}  // namespace quartet::base
