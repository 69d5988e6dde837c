#include "caf_dgram/dgram/posix/path_lock.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace dgram {
namespace {

using testing::temp_dir;

TEST(PathLock, IsHeldByOneAtATime) {
  const temp_dir directory;
  const auto path = directory.file("s");
  {
    const path_lock first(path);
    EXPECT_TRUE(first.is_held());
    const auto begin = std::chrono::steady_clock::now();
    const path_lock second(path);
    // It tries for a while: whoever holds it binds meanwhile, which takes no longer.
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(50));
    EXPECT_FALSE(second.is_held());
    EXPECT_EQ(second.error(), EWOULDBLOCK);
    const temp_dir elsewhere;
    EXPECT_TRUE(path_lock(elsewhere.file("s")).is_held());
  }
  const path_lock third(path);
  EXPECT_TRUE(third.is_held());
}

TEST(PathLock, MakesNoFile) {
  const temp_dir directory;
  const path_lock lock(directory.file("s"));
  EXPECT_TRUE(lock.is_held());
  EXPECT_TRUE(std::filesystem::is_empty(directory.file("")));
}

TEST(PathLock, TellsWhyItCannotBeTaken) {
  const path_lock lock("/nonexistent/s");
  EXPECT_FALSE(lock.is_held());
  EXPECT_EQ(lock.error(), ENOENT);
}

TEST(PathLock, ExcludesOthersAsLongAsItIsHeld) {
  const temp_dir directory;
  const auto path = directory.file("s");
  std::atomic<int> inside{0};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        const path_lock lock(path);
        if (!lock.is_held()) continue;
        ++taken;
        EXPECT_EQ(++inside, 1);
        --inside;
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace dgram
