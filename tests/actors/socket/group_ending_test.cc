#include "caf_dgram/actors/socket/group_ending.h"

#include <caf/all.hpp>

#include "gtest/gtest.h"

namespace dgram {
namespace {

statistics with_sent(std::uint64_t datagrams) {
  statistics result;
  result.sent = datagrams;
  return result;
}

TEST(GroupEnding, IsPublishedByTheLastWithTheFirstReasonAndAllCounts) {
  group_ending sut(3);
  EXPECT_FALSE(sut.leave({}, with_sent(1)));
  EXPECT_FALSE(sut.leave(caf::make_error(caf::sec::runtime_error), with_sent(2)));
  const auto last = sut.leave(caf::make_error(caf::sec::unexpected_message), with_sent(4));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->reason, caf::sec::runtime_error);
  EXPECT_EQ(last->counted.sent, 7U);
}

TEST(GroupEnding, HasTheReasonThatWasNotedBefore) {
  group_ending sut(1);
  sut.note({});
  sut.note(caf::make_error(caf::sec::runtime_error));
  sut.note(caf::make_error(caf::sec::unexpected_message));
  const auto last = sut.leave(caf::make_error(caf::sec::unexpected_message), {});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->reason, caf::sec::runtime_error);
}

TEST(GroupEnding, WithoutAReasonIsACloseLikeAnyOther) {
  group_ending sut(2);
  EXPECT_FALSE(sut.leave({}, {}));
  const auto last = sut.leave({}, {});
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->reason);
}

}  // namespace
}  // namespace dgram
