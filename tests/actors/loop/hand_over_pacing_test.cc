#include "caf_dgram/actors/loop/hand_over_pacing.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class HandOverPacing : public ::testing::Test {
 protected:
  /// So many datagrams a millisecond, for two of them.
  void traffic(std::size_t a_millisecond) {
    for (int i = 0; i < 2; ++i) {
      sut.count(a_millisecond);
      now += milliseconds(1);
      sut.hold_back(now);
    }
    sut.handed_over(now);
  }

  hand_over_pacing::clock::time_point now{std::chrono::hours(1)};
  hand_over_pacing sut{microseconds(60)};
};

TEST_F(HandOverPacing, DoesNotDelayTheFirst) {
  sut.count(1000);
  EXPECT_EQ(sut.hold_back(now).count(), 0);
}

TEST_F(HandOverPacing, DoesNotDelaySparseTraffic) {
  traffic(99);
  EXPECT_EQ(sut.hold_back(now).count(), 0);
}

TEST_F(HandOverPacing, WakesOnceAnIntervalWhileTrafficIsDense) {
  traffic(100);
  EXPECT_EQ(sut.hold_back(now), microseconds(60));
  EXPECT_EQ(sut.hold_back(now + microseconds(20)), microseconds(40));
  EXPECT_EQ(sut.hold_back(now + microseconds(60)).count(), 0);
  EXPECT_EQ(sut.hold_back(now + microseconds(600)).count(), 0);
}

TEST_F(HandOverPacing, EndsWithDenseTraffic) {
  traffic(500);
  traffic(3);
  EXPECT_EQ(sut.hold_back(now).count(), 0);
}

TEST_F(HandOverPacing, WatchesForAnyLengthOfTime) {
  now += std::chrono::hours(100'000);
  sut.count(1000);
  EXPECT_EQ(sut.hold_back(now).count(), 0);
}

TEST_F(HandOverPacing, CanBeTurnedOff) {
  hand_over_pacing off{microseconds(0)};
  off.hold_back(now);
  off.count(100'000);
  now += milliseconds(1);
  EXPECT_EQ(off.hold_back(now).count(), 0);
  off.handed_over(now);
  EXPECT_EQ(off.hold_back(now).count(), 0);
}

}  // namespace
}  // namespace dgram
