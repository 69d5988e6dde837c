#include "caf_dgram/dgram/lcm/cut.h"

#include <string>

#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

constexpr std::size_t frame = 1472;

std::size_t datagram_size(const cut& parts, std::size_t index) {
  char header[max_header_size];
  const auto what = parts[index];
  return write_header(what, header) + what.bytes.size();
}

TEST(LcmCut, LeavesWhatFitsIntoOneDatagramWhole) {
  const std::string fitting(frame - short_header_size - 5, 'x');
  const cut whole(7, "pose", fitting, frame);
  EXPECT_TRUE(whole.is_short());
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole[0].bytes, fitting);
  EXPECT_EQ(whole[0].channel, "pose");
  EXPECT_EQ(whole[0].sequence, 7U);
  EXPECT_EQ(datagram_size(whole, 0), frame);

  const std::string more = fitting + 'x';
  const cut parts(7, "pose", more, frame);
  EXPECT_FALSE(parts.is_short());
  EXPECT_EQ(parts.size(), 2U);
}

TEST(LcmCut, MakesDatagramsOfOneSizeWhoseBytesAreTheMessage) {
  for (const std::size_t size : {frame, 2 * frame, std::size_t{100'000}, std::size_t{1'200'000}}) {
    const std::string message(size, 'x');
    const cut parts(9, "camera", message, frame);
    ASSERT_GT(parts.size(), 1U);
    std::size_t end = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto what = parts[i];
      EXPECT_EQ(what.sequence, 9U);
      EXPECT_EQ(what.size, size);
      EXPECT_EQ(what.count, parts.size());
      EXPECT_EQ(what.index, i);
      EXPECT_EQ(what.offset, end);
      EXPECT_EQ(what.bytes.data(), message.data() + end);
      EXPECT_EQ(what.channel, i == 0 ? "camera" : "");
      EXPECT_GT(what.bytes.size(), 0U);
      if (i + 1 < parts.size()) {
        EXPECT_EQ(datagram_size(parts, i), frame);
      } else {
        EXPECT_LE(datagram_size(parts, i), frame);
      }
      end += what.bytes.size();
    }
    EXPECT_EQ(end, size);
  }
}

TEST(LcmCut, KeepsLcmsLimitOfShortMessages) {
  const std::string longest(max_short - 2, 'x');
  const cut fitting(0, "c", longest, 65'507);
  EXPECT_TRUE(fitting.is_short());
  EXPECT_TRUE(fitting[0].is_short);
  EXPECT_EQ(datagram_size(fitting, 0), 65'507U);
  const auto more = longest + 'x';
  // One datagram of IPv6 has room for it, as a fragment.
  const cut alone(0, "c", more, 65'527);
  EXPECT_FALSE(alone.is_short());
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_FALSE(alone[0].is_short);
  EXPECT_EQ(alone[0].bytes, more);
}

TEST(LcmCut, IsPossibleUpTo256MiB) {
  EXPECT_TRUE(cut::is_possible(1, max_message, 65'507));
  EXPECT_FALSE(cut::is_possible(1, max_message + 1, 65'507));
}

TEST(LcmCut, IsPossibleUpTo65535Fragments) {
  const auto room = frame - fragment_header_size;
  EXPECT_TRUE(cut::is_possible(1, max_fragments * room - 2, frame));
  EXPECT_FALSE(cut::is_possible(1, max_fragments * room - 1, frame));
}

TEST(LcmCut, WorksWithTheSmallestDatagrams) {
  const std::string channel(max_channel, 'c');
  const std::string message(300, 'x');
  const cut parts(0, channel, message, cut::least_datagram_size);
  EXPECT_EQ(parts[0].bytes.size(), 1U);
  EXPECT_EQ(datagram_size(parts, 0), cut::least_datagram_size);
  EXPECT_EQ(parts[parts.size() - 1].offset + parts[parts.size() - 1].bytes.size(), 300U);
}

}  // namespace
}  // namespace dgram::lcm
