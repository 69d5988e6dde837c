#include "caf_dgram/actors/socket/allowance.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto peer = endpoint::loopback(family::udp4, 1);

batch of(const std::vector<std::string>& texts) {
  batch result;
  for (const auto& text : texts) result.add(payload(text), peer);
  return result;
}

std::vector<std::string> texts(const batch& datagrams) {
  std::vector<std::string> result;
  for (const datagram& each : datagrams) result.emplace_back(each.bytes);
  return result;
}

constexpr auto has_room = [] { return false; };

/// Offers and trims, with memory enough.
std::vector<std::string> offer(allowance& sut, const std::vector<std::string>& what) {
  auto passed = texts(sut.offer(of(what)));
  sut.trim(has_room);
  return passed;
}

TEST(Allowance, WithoutLimitsLetsEverythingPass) {
  allowance sut;
  EXPECT_TRUE(sut.is_plain());
  EXPECT_THAT(offer(sut, {"1", "2"}), ElementsAre("1", "2"));
  EXPECT_FALSE(sut.holds_up());
  EXPECT_EQ(sut.credits(), allowance::unlimited);
  sut.grant(5);
  EXPECT_EQ(sut.credits(), allowance::unlimited);
}

TEST(Allowance, LetsExactlyItsCreditsPassAndKeepsTheRest) {
  allowance sut({3, excess::pause, 0});
  EXPECT_THAT(offer(sut, {"1", "2"}), ElementsAre("1", "2"));
  EXPECT_FALSE(sut.holds_up());
  EXPECT_THAT(offer(sut, {"3", "4", "5"}), ElementsAre("3"));
  EXPECT_TRUE(sut.is_exhausted());
  EXPECT_TRUE(sut.holds_up());
  EXPECT_EQ(sut.waiting(), 2U);
  EXPECT_THAT(texts(sut.release()), IsEmpty());
  sut.grant(1);
  EXPECT_THAT(texts(sut.release()), ElementsAre("4"));
  sut.grant(10);
  EXPECT_THAT(texts(sut.release()), ElementsAre("5"));
  EXPECT_EQ(sut.credits(), 9);
  EXPECT_EQ(sut.passed(), 5U);
  EXPECT_EQ(sut.lost(), 0U);
}

TEST(Allowance, WhatWaitsComesBeforeWhatIsNew) {
  allowance sut({0, excess::pause, 0});
  EXPECT_THAT(offer(sut, {"1", "2"}), IsEmpty());
  sut.grant(3);
  EXPECT_THAT(offer(sut, {"3", "4"}), ElementsAre("1", "2", "3"));
}

TEST(Allowance, LosesTheNewestBeyondItsBacklog) {
  allowance sut({1, excess::lose_newest, 2});
  EXPECT_THAT(offer(sut, {"1", "2", "3", "4", "5"}), ElementsAre("1"));
  EXPECT_FALSE(sut.holds_up());
  EXPECT_EQ(sut.lost(), 2U);
  sut.grant(10);
  EXPECT_THAT(texts(sut.release()), ElementsAre("2", "3"));
}

TEST(Allowance, LosesTheOldestBeyondItsBacklog) {
  allowance sut({1, excess::lose_oldest, 2});
  EXPECT_THAT(offer(sut, {"1", "2", "3", "4", "5"}), ElementsAre("1"));
  EXPECT_EQ(sut.lost(), 2U);
  sut.grant(10);
  EXPECT_THAT(texts(sut.release()), ElementsAre("4", "5"));
}

TEST(Allowance, WithoutABacklogLosesAllThatIsTooMuch) {
  for (const auto beyond : {excess::lose_newest, excess::lose_oldest}) {
    allowance sut({1, beyond, 0});
    EXPECT_THAT(offer(sut, {"1", "2", "3"}), ElementsAre("1"));
    EXPECT_EQ(sut.waiting(), 0U);
    EXPECT_EQ(sut.lost(), 2U);
  }
}

TEST(Allowance, LosesMoreWhileItHoldsTooMuchMemory) {
  for (const auto beyond : {excess::lose_newest, excess::lose_oldest}) {
    allowance sut({0, beyond, 100});
    EXPECT_THAT(texts(sut.offer(of({"1", "2", "3"}))), IsEmpty());
    int full = 2;
    sut.trim([&full] { return full-- > 0; });
    EXPECT_EQ(sut.lost(), 2U);
    sut.grant(3);
    const auto* expected = beyond == excess::lose_newest ? "1" : "3";
    EXPECT_THAT(texts(sut.release()), ElementsAre(expected));
  }
}

TEST(Allowance, RefusesWhatIsNewWhileItHoldsTooMuchMemoryUnlessOlderOnesCanBeLost) {
  EXPECT_TRUE(allowance({5, excess::lose_newest, 9}).must_refuse(true));
  EXPECT_TRUE(allowance({allowance::unlimited, excess::lose_newest, 9}).must_refuse(true));
  EXPECT_TRUE(allowance({allowance::unlimited, excess::lose_oldest, 9}).must_refuse(true));
  allowance oldest({1, excess::lose_oldest, 9});
  EXPECT_TRUE(oldest.must_refuse(true));
  oldest.offer(of({"1", "2"}));
  EXPECT_FALSE(oldest.must_refuse(true));
  EXPECT_FALSE(allowance({5, excess::lose_newest, 9}).must_refuse(false));
  EXPECT_FALSE(allowance().must_refuse(true));
}

TEST(Allowance, CountsALossAsNewsOnlyOnceBetweenPassages) {
  allowance sut({1, excess::lose_newest, 0});
  EXPECT_FALSE(sut.is_due_to_report());
  offer(sut, {"1", "2"});
  EXPECT_TRUE(sut.is_due_to_report());
  EXPECT_EQ(sut.take_unreported(), 1U);
  offer(sut, {"3", "4"});
  EXPECT_FALSE(sut.is_due_to_report());
  sut.grant(1);
  offer(sut, {"5", "6"});
  EXPECT_TRUE(sut.is_due_to_report());
  EXPECT_EQ(sut.take_unreported(), 3U);
  EXPECT_EQ(sut.take_unreported(), 0U);
  EXPECT_EQ(sut.lost(), 4U);
}

TEST(Allowance, ALossBeforeAnythingPassedIsNewsToo) {
  allowance sut({0, excess::lose_newest, 0});
  offer(sut, {"1"});
  EXPECT_TRUE(sut.is_due_to_report());
}

TEST(Allowance, LosesWhatWaitsWhenItIsAbandoned) {
  allowance sut({0, excess::pause, 0});
  offer(sut, {"1", "2"});
  sut.abandon();
  EXPECT_EQ(sut.lost(), 2U);
  EXPECT_EQ(sut.waiting(), 0U);
}

TEST(Allowance, KeepsWhatWaitsWhenItsTermsChange) {
  allowance sut({0, excess::pause, 0});
  offer(sut, {"1", "2"});
  sut.renew({allowance::unlimited, excess::pause, 0});
  EXPECT_THAT(texts(sut.release()), ElementsAre("1", "2"));
}

TEST(Allowance, LetsPassWhatBeginsWithinItsWindow) {
  allowance sut;
  sut.window() = acknowledged_window(2 * acknowledged_window::overhead);
  EXPECT_FALSE(sut.is_plain());
  EXPECT_THAT(offer(sut, {"1", "2", "3"}), ElementsAre("1", "2"));
  sut.window().count(2 * acknowledged_window::overhead);
  EXPECT_TRUE(sut.holds_up());
  EXPECT_FALSE(sut.is_exhausted());
  EXPECT_THAT(texts(sut.release()), IsEmpty());
  sut.window().expect(1);
  ASSERT_TRUE(sut.window().acknowledge(1));
  EXPECT_THAT(texts(sut.release()), ElementsAre("3"));
}

TEST(Allowance, LosesBehindAClosedWindowAsWithoutCredits) {
  allowance sut({allowance::unlimited, excess::lose_oldest, 1});
  sut.window() = acknowledged_window(1);
  sut.window().count(1);
  EXPECT_THAT(offer(sut, {"1", "2", "3"}), IsEmpty());
  EXPECT_FALSE(sut.holds_up());
  EXPECT_EQ(sut.lost(), 2U);
}

TEST(Allowance, CreditsEndAtTheLargestNumber) {
  allowance sut({5, excess::pause, 0});
  sut.grant(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(sut.credits(), std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(offer(sut, {"1"}), ElementsAre("1"));
}

}  // namespace
}  // namespace dgram
