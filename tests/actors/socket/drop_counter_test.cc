#include "caf_dgram/actors/socket/drop_counter.h"

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(DropCounter, CountsWhatIsNew) {
  drop_counter sut;
  sut.observe(0);
  EXPECT_EQ(sut.total(), 0U);
  sut.observe(5);
  sut.observe(5);
  sut.observe(7);
  EXPECT_EQ(sut.total(), 7U);
  EXPECT_EQ(sut.unreported(), 7U);
  EXPECT_EQ(sut.take_unreported(), 7U);
  EXPECT_EQ(sut.unreported(), 0U);
  sut.observe(8);
  EXPECT_EQ(sut.take_unreported(), 1U);
  EXPECT_EQ(sut.total(), 8U);
}

TEST(DropCounter, PassesOverAnOlderReading) {
  drop_counter sut;
  sut.observe(100);
  sut.observe(60);
  EXPECT_EQ(sut.total(), 100U);
  sut.observe(101);
  EXPECT_EQ(sut.total(), 101U);
}

TEST(DropCounter, GoesOnWhereTheKernelsCounterWraps) {
  drop_counter sut;
  sut.observe(0x7fff'ffff);
  sut.observe(0xffff'fff0);
  sut.observe(0x10);
  EXPECT_EQ(sut.total(), 0x1'0000'0010U);
}

}  // namespace
}  // namespace dgram
