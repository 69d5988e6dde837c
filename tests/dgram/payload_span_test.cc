/// What payloads offer where the build is C++20.
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "caf_dgram/dgram/payload.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(PayloadSpan, IsCopiedAndReadBack) {
  const std::array sent{std::byte{0}, std::byte{0x7f}, std::byte{0xff}};
  const auto bytes = payload::copy_of(sent);
  EXPECT_EQ(bytes.size(), sent.size());
  EXPECT_TRUE(std::equal(sent.begin(), sent.end(), bytes.bytes().begin(), bytes.bytes().end()));
}

TEST(PayloadSpan, OfNothingIsEmpty) {
  EXPECT_TRUE(payload().bytes().empty());
  EXPECT_TRUE(payload::copy_of(std::span<const std::byte>()).empty());
}

}  // namespace
}  // namespace dgram
