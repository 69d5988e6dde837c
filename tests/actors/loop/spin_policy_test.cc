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

TEST(SpinPolicy, TriesEveryTimeWhileItPaysOff) {
  spin_policy sut;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(sut.is_worthwhile());
    sut.paid_off();
  }
}

TEST(SpinPolicy, TriesEverMoreSeldomWhileItIsInVain) {
  spin_policy sut;
  for (const int expected : {1, 3, 7, 15, 31, 63, 63}) {
    sut.was_in_vain();
    EXPECT_EQ(left_out(sut), expected);
  }
}

TEST(SpinPolicy, ForgetsItsFailuresOnceItPaysOff) {
  spin_policy sut;
  sut.was_in_vain();
  sut.was_in_vain();
  EXPECT_EQ(left_out(sut), 3);
  sut.paid_off();
  EXPECT_TRUE(sut.is_worthwhile());
  sut.was_in_vain();
  EXPECT_EQ(left_out(sut), 1);
}

}  // namespace
}  // namespace dgram
