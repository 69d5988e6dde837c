#include "caf_dgram/actors/loop/deadline_queue.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

class DeadlineQueue : public ::testing::Test {
 protected:
  using queue = deadline_queue<int>;
  const queue::time_point start{};
  queue sut;
};

TEST_F(DeadlineQueue, HasNothingDueAtFirst) {
  EXPECT_FALSE(sut.next());
  EXPECT_FALSE(sut.pop_due(queue::time_point::max()));
}

TEST_F(DeadlineQueue, GivesOwnersInTheOrderOfTheirTime) {
  sut.set(1, start + milliseconds(30));
  sut.set(2, start + milliseconds(10));
  sut.set(3, start + milliseconds(20));
  EXPECT_EQ(sut.next(), start + milliseconds(10));
  EXPECT_EQ(sut.pop_due(start + milliseconds(25)), 2);
  EXPECT_EQ(sut.pop_due(start + milliseconds(25)), 3);
  EXPECT_FALSE(sut.pop_due(start + milliseconds(25)));
  EXPECT_EQ(sut.pop_due(start + milliseconds(30)), 1);
}

TEST_F(DeadlineQueue, KeepsOneTimeForAnOwner) {
  sut.set(1, start + milliseconds(10));
  sut.set(1, start + milliseconds(50));
  EXPECT_FALSE(sut.pop_due(start + milliseconds(10)));
  EXPECT_EQ(sut.pop_due(start + milliseconds(50)), 1);
  EXPECT_FALSE(sut.next());
}

TEST_F(DeadlineQueue, ForgetsACancelledOwner) {
  sut.set(1, start);
  sut.set(2, start);
  sut.cancel(1);
  sut.cancel(7);
  EXPECT_EQ(sut.pop_due(start), 2);
  EXPECT_FALSE(sut.pop_due(start));
}

}  // namespace
}  // namespace dgram
