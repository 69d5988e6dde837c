#include "caf_dgram/actors/loop/spin_policy.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

/// The occasions left out before the next try.
int left_out(spin_policy& sut) {
  int count = 0;
  while (!sut.is_worthwhile()) ++count;
  return count;
}

TEST(SpinPolicy, TriesEveryTimeWhileItFindsWork) {
  spin_policy sut;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(sut.is_worthwhile());
    sut.found_work();
  }
}

TEST(SpinPolicy, BacksOffWhileItFindsNothing) {
  spin_policy sut;
  for (const int expected : {1, 3, 7, 15, 31, 63, 63}) {
    sut.found_nothing();
    EXPECT_EQ(left_out(sut), expected);
  }
}

TEST(SpinPolicy, ForgetsItsFailuresOnceItFindsWork) {
  spin_policy sut;
  sut.found_nothing();
  sut.found_nothing();
  EXPECT_EQ(left_out(sut), 3);
  sut.found_work();
  EXPECT_TRUE(sut.is_worthwhile());
  sut.found_nothing();
  EXPECT_EQ(left_out(sut), 1);
}

}  // namespace
}  // namespace dgram
