#include "quartet/base/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::base {
namespace {

namespace qt = quartet::testing;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Files of this process cannot grow beyond `bytes` while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_ = {};
  void (*handler_)(int);
};

template <class Action>
std::string resource_error(Action action) {
  try {
    action();
  } catch (const ResourceError& error) {
    return error.what();
  }
  return "no error";
}

/// The id of a process that has ended.
pid_t ended_process() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST(AtomicFile, AppearsOnlyWhenComplete) {
  const qt::TempDir dir;
  qt::write_bytes(dir / "a.txt", "old");
  {
    AtomicFile file(dir / "a.txt");
    file.write("new ");
    file.write(std::string(3'000'000, 'x'));
    EXPECT_EQ(qt::read_bytes(dir / "a.txt"), "old");
    file.commit();
    EXPECT_THROW(file.write("x"), StateError);
  }
  EXPECT_EQ(qt::read_bytes(dir / "a.txt"), "new " + std::string(3'000'000, 'x'));
  EXPECT_THAT(qt::list_directory(dir.path()), ElementsAre("a.txt"));
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  const qt::TempDir dir;
  {
    AtomicFile file(dir / "a.txt");
    file.write("half");
    AtomicFile moved = std::move(file);
    moved.write("more");
    EXPECT_EQ(qt::list_directory(dir.path()).size(), 1U);
  }
  EXPECT_TRUE(qt::list_directory(dir.path()).empty());
}

TEST(AtomicFile, CleansUpAfterKilledRunsOnly) {
  const qt::TempDir dir;
  const std::string living = std::to_string(getppid());
  qt::write_bytes(dir / (".a.txt.tmp-" + std::to_string(ended_process()) + "-0"), "half");
  qt::write_bytes(dir / (".a.txt.tmp-" + living + "-0"), "half");
  qt::write_bytes(dir / ".b.txt.tmp-1-0", "half");
  // In a container the killed run may have had the id that this one has.
  qt::write_bytes(dir / (".a.txt.tmp-" + std::to_string(getpid()) + "-1000000"), "half");
  AtomicFile first(dir / "a.txt");
  write_file(dir / "a.txt", "second");  // this process' own siblings are alive too
  first.commit();
  EXPECT_THAT(qt::list_directory(dir.path()), ElementsAre(".a.txt.tmp-" + living + "-0", ".b.txt.tmp-1-0", "a.txt"));
}

TEST(AtomicFile, MakesFoldersAndFollowsLinks) {
  const qt::TempDir dir;
  write_file(dir / "x" / "y" / "a.txt", "1");
  fs::create_symlink(dir / "x" / "y" / "a.txt", dir / "link");
  write_file(dir / "link", "2");
  EXPECT_TRUE(fs::is_symlink(dir / "link"));
  EXPECT_EQ(qt::read_bytes(dir / "x" / "y" / "a.txt"), "2");
  EXPECT_THAT(resource_error([&] { AtomicFile file(dir / "x"); }), HasSubstr("x: cannot write: Is a directory"));
  EXPECT_THAT(resource_error([&] { AtomicFile file(dir / "link" / "b"); }), HasSubstr("b: cannot create its folder"));
}

TEST(AtomicFile, DevicesAreWrittenDirectly) {
  write_file("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(resource_error([] { write_file("/dev/full", "x"); }),
            "/dev/full: cannot write: disk full: No space left on device");
}

TEST(AtomicFile, AFullDiskIsNamedAndLeavesTheOldFile) {
  const qt::TempDir dir;
  qt::write_bytes(dir / "a.bin", "old");
  std::string error;
  {
    const FileSizeLimit limit(1000);
    error = resource_error([&] { write_file(dir / "a.bin", std::string(2000, 'x')); });
  }
  EXPECT_THAT(error, HasSubstr((dir / "a.bin").string() + ": cannot write: disk full"));
  EXPECT_EQ(qt::read_bytes(dir / "a.bin"), "old");
  EXPECT_THAT(qt::list_directory(dir.path()), ElementsAre("a.bin"));
}

TEST(AtomicDirectory, AppearsOnlyWhenComplete) {
  const qt::TempDir dir;
  {
    AtomicDirectory out(dir / "sub" / "out", false);
    qt::write_bytes(out.staging() / "deep" / "a", "1");
    EXPECT_FALSE(fs::exists(dir / "sub" / "out"));
    out.commit();
    EXPECT_THROW(out.commit(), StateError);
  }
  EXPECT_EQ(qt::read_bytes(dir / "sub" / "out" / "deep" / "a"), "1");
  EXPECT_THAT(qt::list_directory(dir / "sub"), ElementsAre("out"));
}

TEST(AtomicDirectory, LeavesNothingWithoutCommit) {
  const qt::TempDir dir;
  {
    AtomicDirectory out(dir / "out/", false);
    qt::write_bytes(out.staging() / "a", "1");
  }
  EXPECT_TRUE(qt::list_directory(dir.path()).empty());
}

TEST(AtomicDirectory, TheTargetMustBeAbsentOrEmptyUnlessOverwritten) {
  const qt::TempDir dir;
  fs::create_directory(dir / "out");
  {
    AtomicDirectory out(dir / "out", false);
    qt::write_bytes(out.staging() / "a", "1");
    out.commit();
  }
  EXPECT_THROW(AtomicDirectory(dir / "out", false), ConfigError);
  qt::write_bytes(dir / "file", "x");
  EXPECT_THROW(AtomicDirectory(dir / "file", true), ConfigError);
  EXPECT_THROW(require_empty_directory(dir / "out", false), ConfigError);
  require_empty_directory(dir / "out", true);
  require_empty_directory(dir / "none", false);
  {
    AtomicDirectory out(dir / "out", true);
    qt::write_bytes(out.staging() / "b", "2");
    EXPECT_THAT(qt::list_directory(dir / "out"), ElementsAre("a"));
    out.commit();
  }
  EXPECT_THAT(qt::list_directory(dir / "out"), ElementsAre("b"));
  EXPECT_THAT(qt::list_directory(dir.path()), ElementsAre("file", "out"));
}

TEST(AtomicDirectory, CleansUpAfterKilledRunsOnly) {
  const qt::TempDir dir;
  const std::string dead = std::to_string(ended_process());
  const std::string living = std::to_string(getppid());
  qt::write_bytes(dir / (".out.staging-" + dead) / "a", "1");
  qt::write_bytes(dir / (".out.staging-" + living) / "a", "1");
  qt::write_bytes(dir / ".other.staging-1" / "a", "1");
  qt::write_bytes(dir / (".out.old-" + dead) / "kept", "1");  // killed between the two renames of a replacement
  { AtomicDirectory out(dir / "out", true); }
  EXPECT_THAT(qt::list_directory(dir.path()), ElementsAre(".other.staging-1", ".out.staging-" + living, "out"));
  EXPECT_EQ(qt::read_bytes(dir / "out" / "kept"), "1");
}

}  // namespace
}  // namespace quartet::base
