#include "caf_dgram/actors/socket/send_pacer.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

const send_pacer::clock::time_point start = send_pacer::clock::time_point(hours(1));

TEST(SendPacer, WithoutARateAllowsEverything) {
  send_pacer sut;
  sut.advance(start);
  sut.spend(1'000'000);
  EXPECT_EQ(sut.allowed(), std::numeric_limits<std::size_t>::max());
}

TEST(SendPacer, AfterASilenceAllowsABurstAndNoMore) {
  send_pacer sut(send_rate{1'000'000, 5000});
  for (const auto silence : {milliseconds(0), milliseconds(100)}) {
    sut.advance(start + silence);
    EXPECT_NEAR(static_cast<double>(sut.allowed()), 5000, 1);
    sut.spend(5000);
    EXPECT_EQ(sut.allowed(), 0U);
  }
}

TEST(SendPacer, ThenAllowsWhatTheRateGives) {
  send_pacer sut(send_rate{1'000'000, 5000});
  sut.advance(start);
  sut.spend(5000);
  sut.advance(start + milliseconds(2));
  EXPECT_NEAR(static_cast<double>(sut.allowed()), 2000, 1);
}

TEST(SendPacer, WhatExceededIsPaidForLater) {
  send_pacer sut(send_rate{1'000'000, 5000});
  sut.advance(start);
  sut.spend(8000);
  sut.advance(start + microseconds(2990));
  EXPECT_EQ(sut.allowed(), 0U);
  sut.advance(start + milliseconds(4));
  EXPECT_NEAR(static_cast<double>(sut.allowed()), 1000, 1);
}

TEST(SendPacer, NextIsWhenHalfABurstIsAllowed) {
  send_pacer sut(send_rate{1'000'000, 5000});
  sut.advance(start);
  sut.spend(8000);
  sut.advance(sut.next());
  EXPECT_NEAR(static_cast<double>(sut.allowed()), 2500, 1);
}

TEST(SendPacer, ByDefaultABurstIsWhatTheRateGivesInTwoMilliseconds) {
  send_pacer sut(send_rate{1'000'000, {}});
  sut.advance(start);
  EXPECT_NEAR(static_cast<double>(sut.allowed()), 2000, 1);
}

TEST(SendPacer, HoldsForTheLowestAndTheHighestRates) {
  send_pacer slow(send_rate{1, 1});
  slow.advance(start);
  EXPECT_EQ(slow.allowed(), 1U);
  slow.spend(10);
  slow.advance(start + std::chrono::seconds(8));
  EXPECT_EQ(slow.allowed(), 0U);
  slow.advance(slow.next());
  EXPECT_EQ(slow.allowed(), 1U);

  send_pacer fast(send_rate{std::numeric_limits<std::uint64_t>::max(),
                            std::numeric_limits<std::size_t>::max()});
  fast.advance(start);
  EXPECT_GT(fast.allowed(), 1'000'000U);
  fast.spend(1'000'000);
  EXPECT_GT(fast.allowed(), 0U);
}

}  // namespace
}  // namespace dgram
