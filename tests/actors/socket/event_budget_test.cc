#include "caf_dgram/actors/socket/event_budget.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

class EventBudget : public ::testing::Test {
 protected:
  int spend(int times) {
    int told = 0;
    for (int i = 0; i < times; ++i) told += sut.spend(now) ? 1 : 0;
    return told;
  }

  event_budget sut{3, milliseconds(100)};
  event_budget::time_point now = event_budget::time_point() + std::chrono::hours(1000);
};

TEST_F(EventBudget, AllowsABurstAndCountsTheRest) {
  EXPECT_EQ(spend(10), 3);
  EXPECT_EQ(sut.take_withheld(), 7U);
  EXPECT_EQ(sut.take_withheld(), 0U);
}

TEST_F(EventBudget, CountsAnEventForAllThatItStandsFor) {
  spend(3);
  EXPECT_FALSE(sut.spend(now, 5));
  EXPECT_FALSE(sut.spend(now, 2));
  EXPECT_EQ(sut.withheld(), 7U);
  EXPECT_EQ(sut.take_withheld(), 7U);
}

TEST_F(EventBudget, TellsWhenThereIsOneAgain) {
  spend(4);
  now = sut.next();
  EXPECT_EQ(spend(1), 1);
  EXPECT_EQ(sut.next() - now, milliseconds(100));
}

TEST_F(EventBudget, AllowsOneMoreForEachInterval) {
  spend(3);
  now += milliseconds(99);
  EXPECT_EQ(spend(5), 0);
  now += milliseconds(1);
  EXPECT_EQ(spend(5), 1);
  now += milliseconds(250);
  EXPECT_EQ(spend(5), 2);
  now += milliseconds(50);
  EXPECT_EQ(spend(5), 1);
}

TEST_F(EventBudget, SavesNoMoreThanABurst) {
  spend(3);
  now += std::chrono::hours(24 * 365 * 10);
  EXPECT_EQ(spend(10), 3);
}

}  // namespace
}  // namespace dgram
