#include "caf_dgram/actors/socket/acknowledged_window.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(AcknowledgedWindow, WithoutALimitIsAlwaysOpenAndAsksForNothing) {
  acknowledged_window sut;
  EXPECT_FALSE(sut.is_limited());
  EXPECT_FALSE(sut.count(1'000'000));
  EXPECT_TRUE(sut.is_open());
}

TEST(AcknowledgedWindow, ClosesAtItsLimitAndOpensByAcknowledgements) {
  acknowledged_window sut(80);
  EXPECT_FALSE(sut.count(9));
  EXPECT_TRUE(sut.count(1));
  sut.expect(1);
  EXPECT_TRUE(sut.count(70));
  sut.expect(2);
  EXPECT_FALSE(sut.is_open());
  EXPECT_EQ(sut.room(), 0U);
  EXPECT_TRUE(sut.acknowledge(1));
  EXPECT_EQ(sut.room(), 10U);
}

TEST(AcknowledgedWindow, AsksEachTimeThatAnEighthOfTheLimitWentOut) {
  acknowledged_window sut(80);
  std::uint64_t asked = 0;
  for (int i = 0; i < 80; ++i) {
    if (sut.count(1)) sut.expect(++asked);
  }
  EXPECT_EQ(asked, 8U);
}

TEST(AcknowledgedWindow, WhileClosedAlwaysExpectsAnAcknowledgement) {
  for (const std::size_t size : {1U, 3U, 10U, 79U, 80U, 1'000U}) {
    acknowledged_window sut(80);
    std::uint64_t asked = 0;
    while (sut.is_open()) {
      if (sut.count(size)) sut.expect(++asked);
    }
    EXPECT_TRUE(sut.is_expecting()) << size;
    EXPECT_TRUE(sut.acknowledge(asked));
    EXPECT_TRUE(sut.is_open()) << size;
  }
}

TEST(AcknowledgedWindow, ALaterAcknowledgementStandsForTheEarlierOnes) {
  acknowledged_window sut(8);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(sut.count(1));
    sut.expect(i);
  }
  EXPECT_TRUE(sut.acknowledge(2));
  EXPECT_EQ(sut.outstanding(), 1U);
  EXPECT_FALSE(sut.acknowledge(1));
  EXPECT_FALSE(sut.acknowledge(9));
  EXPECT_EQ(sut.outstanding(), 1U);
}

TEST(AcknowledgedWindow, AnAcknowledgementStandsForNoLaterOne) {
  acknowledged_window sut(8);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(sut.count(1));
    sut.expect(i);
  }
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_TRUE(sut.acknowledge(i)) << i;
  EXPECT_EQ(sut.outstanding(), 0U);
  EXPECT_FALSE(sut.is_expecting());
}

}  // namespace
}  // namespace dgram
