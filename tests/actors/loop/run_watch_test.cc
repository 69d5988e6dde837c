#include "caf_dgram/actors/loop/run_watch.h"

#include <chrono>
#include <thread>

#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

TEST(RunWatch, KnowsTheRunUnderWay) {
  run_watch sut;
  const auto one = sut.add("one");
  const auto two = sut.add("two");
  EXPECT_FALSE(sut.running());
  EXPECT_FALSE(sut.is_running());
  const auto before = run_watch::clock::now();
  sut.begin(two);
  ASSERT_TRUE(sut.running());
  EXPECT_TRUE(sut.is_running());
  EXPECT_EQ(sut.running()->actor, two);
  EXPECT_NE(sut.running()->actor, one);
  EXPECT_GE(sut.running()->since, before);
  EXPECT_LE(sut.running()->since, run_watch::clock::now());
  sut.end();
  EXPECT_FALSE(sut.running());
}

TEST(RunWatch, AddsUpRunsAndKeepsTheLongest) {
  run_watch sut;
  const auto one = sut.add("one");
  EXPECT_EQ(sut.busy().count(), 0);
  std::chrono::nanoseconds total{0};
  std::chrono::nanoseconds longest{0};
  for (const auto time : {milliseconds(1), milliseconds(5), milliseconds(2)}) {
    sut.begin(one);
    std::this_thread::sleep_for(time);
    const std::chrono::nanoseconds took = sut.end();
    EXPECT_GE(took, time);
    total += took;
    longest = std::max(longest, took);
  }
  EXPECT_EQ(sut.busy(), total);
  EXPECT_EQ(sut.longest(), longest);
}

TEST(RunWatch, AddsUpTheRunsOfAShare) {
  run_watch sut;
  const auto one = sut.add("one");
  const auto run = [&] {
    sut.begin(one);
    std::this_thread::sleep_for(milliseconds(1));
    return std::chrono::nanoseconds(sut.end());
  };
  run();
  sut.begin_share();
  EXPECT_EQ(sut.busy_in_share().count(), 0);
  auto total = run();
  EXPECT_EQ(sut.busy_in_share(), total);
  total += run();
  EXPECT_EQ(sut.busy_in_share(), total);
}

TEST(RunWatch, BeginsWhereTheLastRunEndedUnlessSomethingElseTookTime) {
  run_watch sut;
  const auto one = sut.add("one");
  const auto run_begins_before = [&](run_watch::clock::time_point now) {
    sut.begin(one);
    const auto since = sut.running()->since;
    sut.end();
    return since < now;
  };
  const auto later = [] {
    std::this_thread::sleep_for(milliseconds(1));
    return run_watch::clock::now();
  };
  EXPECT_FALSE(run_begins_before(later()));
  EXPECT_TRUE(run_begins_before(later()));
  EXPECT_TRUE(run_begins_before(later()));
  sut.interrupt();
  EXPECT_FALSE(run_begins_before(later()));
  sut.begin_share();
  EXPECT_FALSE(run_begins_before(later()));
}

TEST(RunWatch, LeavesTimeUntilRunsHaveTakenTheirShare) {
  run_watch sut;
  const auto one = sut.add("one");
  sut.begin_share();
  EXPECT_TRUE(sut.leaves_time());
  sut.begin(one);
  std::this_thread::sleep_for(milliseconds(1));
  sut.end();
  EXPECT_FALSE(sut.leaves_time());
  sut.begin_share();
  EXPECT_TRUE(sut.leaves_time());
}

TEST(RunWatch, KnowsActorsByNameUntilTheyAreRemoved) {
  run_watch sut;
  const auto one = sut.add("one");
  const auto two = sut.add("two");
  EXPECT_EQ(sut.name_of(one), "one");
  EXPECT_EQ(sut.name_of(two), "two");
  sut.remove(one);
  EXPECT_EQ(sut.name_of(one), "");
  EXPECT_EQ(sut.name_of(two), "two");
}

}  // namespace
}  // namespace dgram
