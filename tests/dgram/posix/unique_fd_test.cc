#include "caf_dgram/dgram/posix/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "gtest/gtest.h"

namespace dgram {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, ClosesWhatItHeldWhenItGetsAnother) {
  unique_fd a(::dup(0));
  unique_fd b(::dup(0));
  const int first = a.get();
  const int second = b.get();
  a = std::move(b);
  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
  EXPECT_EQ(a.get(), second);
  a.reset();
  EXPECT_FALSE(is_open(second));
  EXPECT_FALSE(a);
}

TEST(UniqueFd, ClosesAtItsEnd) {
  int fd = -1;
  {
    const unique_fd held(::dup(0));
    fd = held.get();
    ASSERT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, MayBeZero) {
  const int kept = ::dup(0);
  ::close(0);
  ASSERT_EQ(::dup(kept), 0);
  {
    const unique_fd zero(0);
    EXPECT_TRUE(zero);
  }
  EXPECT_FALSE(is_open(0));
  ASSERT_EQ(::dup2(kept, 0), 0);
  ::close(kept);
}

TEST(UniqueFd, IsMinusOneWithoutADescriptor) {
  unique_fd a;
  EXPECT_EQ(a.get(), -1);
  unique_fd b(::dup(0));
  unique_fd c(std::move(b));
  EXPECT_EQ(b.get(), -1);  // NOLINT(bugprone-use-after-move): that is the test
  a = std::move(c);
  EXPECT_EQ(c.get(), -1);  // NOLINT(bugprone-use-after-move)
  a.reset();
  EXPECT_EQ(a.get(), -1);
}

}  // namespace
}  // namespace dgram
