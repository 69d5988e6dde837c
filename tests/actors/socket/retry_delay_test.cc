#include "caf_dgram/actors/socket/retry_delay.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

TEST(RetryDelay, DoublesUpToItsLimit) {
  retry_delay sut(milliseconds(3), milliseconds(20));
  for (const int expected : {3, 6, 12, 20, 20}) EXPECT_EQ(sut.next(), milliseconds(expected));
}

TEST(RetryDelay, BeginsAnewAfterASuccess) {
  retry_delay sut(milliseconds(1), milliseconds(32));
  sut.next();
  sut.next();
  sut.reset();
  EXPECT_EQ(sut.next(), milliseconds(1));
  EXPECT_EQ(sut.next(), milliseconds(2));
}

}  // namespace
}  // namespace dgram
