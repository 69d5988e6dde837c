#include "caf_dgram/dgram/lcm/reassembly.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "caf_dgram/dgram/lcm/cut.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {

void PrintTo(reassembly::fate what, std::ostream* to) {
  constexpr const char* names[] = {"kept", "completed", "duplicate", "contradictory", "too_large"};
  *to << names[static_cast<std::size_t>(what)];
}

namespace {

using fate = reassembly::fate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string message_of(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed + 1);
  std::string result(size, '\0');
  for (auto& each : result) each = static_cast<char>(random());
  return result;
}

/// The fragments of a message; they refer to it.
std::vector<part> fragments_of(std::uint32_t sequence, const std::string& message) {
  const cut parts(sequence, "camera", message, 100);
  std::vector<part> result;
  for (std::size_t i = 0; i < parts.size(); ++i) result.push_back(parts[i]);
  return result;
}

part fragment(std::uint32_t sequence, std::uint32_t size, std::uint32_t offset, std::uint16_t index,
              std::uint16_t count, std::string_view bytes) {
  return {sequence, index == 0 ? "c" : "", bytes, size, offset, index, count};
}

std::vector<std::uint32_t> sequences(const std::vector<reassembly::loss>& lost) {
  std::vector<std::uint32_t> result;
  for (const auto& each : lost) result.push_back(each.sequence);
  return result;
}

TEST(LcmReassembly, CompletesAMessageWithItsLastFragment) {
  reassembly sut;
  const auto message = message_of(1000, 1);
  const auto parts = fragments_of(1, message);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) EXPECT_EQ(sut.add(parts[i]).what, fate::kept);
  EXPECT_EQ(sut.messages(), 1U);
  EXPECT_GT(sut.bytes(), 1000U);
  const auto last = sut.add(parts.back());
  EXPECT_EQ(last.what, fate::completed);
  EXPECT_EQ(last.channel, "camera");
  EXPECT_EQ(last.message.view(), message);
  EXPECT_THAT(last.lost, IsEmpty());
  EXPECT_EQ(sut.messages(), 0U);
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(LcmReassembly, TakesFragmentsInAnyOrderAndOfManyMessages) {
  reassembly sut;
  std::vector<std::string> messages;
  for (unsigned i = 0; i < 20; ++i) messages.push_back(message_of(100 + 97 * i, i));
  std::vector<part> all;
  for (unsigned i = 0; i < 20; ++i) {
    for (const auto& each : fragments_of(i, messages[i])) all.push_back(each);
  }
  std::shuffle(all.begin(), all.end(), std::minstd_rand(7));
  std::size_t completed = 0;
  for (const auto& each : all) {
    const auto got = sut.add(each);
    if (got.what != fate::completed) continue;
    ++completed;
    EXPECT_EQ(got.message.view(), messages[each.sequence]);
  }
  EXPECT_EQ(completed, messages.size());
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(LcmReassembly, TakesAMessageOfOneFragmentAndOneWithoutBytes) {
  reassembly sut;
  const auto one = sut.add(fragment(1, 3, 0, 0, 1, "abc"));
  EXPECT_EQ(one.what, fate::completed);
  EXPECT_EQ(one.message.view(), "abc");
  const auto none = sut.add(fragment(2, 0, 0, 0, 1, ""));
  EXPECT_EQ(none.what, fate::completed);
  EXPECT_TRUE(none.message.empty());
}

TEST(LcmReassembly, IgnoresDuplicatesBeforeAndAfterCompletion) {
  reassembly sut;
  const auto message = message_of(250, 1);
  const auto parts = fragments_of(1, message);
  EXPECT_EQ(sut.add(parts[0]).what, fate::kept);
  EXPECT_EQ(sut.add(parts[0]).what, fate::duplicate);
  for (std::size_t i = 1; i < parts.size(); ++i) sut.add(parts[i]);
  EXPECT_EQ(sut.add(parts[1]).what, fate::duplicate);
  EXPECT_EQ(sut.messages(), 0U);
}

TEST(LcmReassembly, AMessageOfAnotherSizeReplacesTheEarlierOfItsNumber) {
  reassembly sut;
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  const auto other = sut.add(fragment(1, 4, 0, 0, 2, "ab"));
  EXPECT_EQ(other.what, fate::contradictory);
  ASSERT_EQ(other.lost.size(), 1U);
  EXPECT_EQ(other.lost[0].sequence, 1U);
  EXPECT_EQ(other.lost[0].channel, "c");
  const auto last = sut.add(fragment(1, 4, 2, 1, 2, "cd"));
  EXPECT_EQ(last.what, fate::completed);
  EXPECT_EQ(last.message.view(), "abcd");
  sut.add(fragment(2, 6, 0, 0, 2, "abc"));
  EXPECT_EQ(sut.add(fragment(2, 6, 0, 0, 3, "abc")).what, fate::contradictory);
}

TEST(LcmReassembly, RejectsFragmentsThatOverlapOrLeaveGaps) {
  reassembly sut;
  sut.add(fragment(1, 6, 0, 0, 2, "abcd"));
  const auto overlapping = sut.add(fragment(1, 6, 3, 1, 2, "def"));
  EXPECT_EQ(overlapping.what, fate::contradictory);
  EXPECT_THAT(sequences(overlapping.lost), ElementsAre(1U));
  sut.add(fragment(2, 6, 0, 0, 2, "ab"));
  EXPECT_EQ(sut.add(fragment(2, 6, 3, 1, 2, "def")).what, fate::contradictory);
  sut.add(fragment(3, 6, 0, 0, 2, "abc"));
  EXPECT_EQ(sut.add(fragment(3, 6, 3, 1, 2, "de")).what, fate::contradictory);
  sut.add(fragment(4, 6, 1, 0, 2, "bc"));
  EXPECT_EQ(sut.add(fragment(4, 6, 3, 1, 2, "def")).what, fate::contradictory);
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(LcmReassembly, EvictsTheOldestMessageForRoom) {
  reassembly_limits limits;
  limits.messages = 2;
  reassembly sut(limits);
  // The oldest is not that of the lowest number.
  EXPECT_THAT(sut.add(fragment(9, 6, 0, 0, 2, "abc")).lost, IsEmpty());
  EXPECT_THAT(sut.add(fragment(5, 6, 3, 1, 2, "def")).lost, IsEmpty());
  EXPECT_THAT(sequences(sut.add(fragment(6, 6, 3, 1, 2, "def")).lost), ElementsAre(9U));
  const auto next = sut.add(fragment(7, 6, 3, 1, 2, "def"));
  EXPECT_THAT(sequences(next.lost), ElementsAre(5U));
  EXPECT_EQ(next.lost[0].channel, "");
  EXPECT_EQ(sut.messages(), 2U);
  // What was given up does not begin anew.
  EXPECT_EQ(sut.add(fragment(5, 6, 0, 0, 2, "abc")).what, fate::duplicate);
}

TEST(LcmReassembly, NeverHoldsMoreThanItsBytes) {
  reassembly_limits limits;
  limits.bytes = 10'000;
  reassembly sut(limits);
  std::size_t lost = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    lost += sut.add(fragment(i, 2000, 0, 0, 2, "abc")).lost.size();
    EXPECT_LE(sut.bytes(), limits.bytes);
  }
  EXPECT_EQ(lost + sut.messages(), 100U);
  EXPECT_GE(sut.messages(), 3U);
}

TEST(LcmReassembly, RefusesAMessageBeyondItsLimitsAndKeepsTheOthers) {
  reassembly_limits limits;
  limits.bytes = 10'000;
  limits.message_size = 5'000;
  reassembly sut(limits);
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  EXPECT_EQ(sut.add(fragment(2, 5'000, 0, 0, 2, "abc")).what, fate::kept);
  for (const auto& refused :
       {fragment(3, 5'001, 0, 0, 2, "abc"), fragment(4, 0xffffffffU, 0, 0, 2, "abc"),
        // What is noted about its fragments takes more than there is.
        fragment(5, 10, 0, 0, 65'535, "a")}) {
    const auto got = sut.add(refused);
    EXPECT_EQ(got.what, fate::too_large);
    EXPECT_THAT(got.lost, IsEmpty());
  }
  EXPECT_EQ(sut.add(fragment(1, 6, 3, 1, 2, "def")).what, fate::completed);
}

TEST(LcmReassembly, BeginsAnewAfterTheSenderHas) {
  reassembly sut;
  sut.add(fragment(0, 3, 0, 0, 1, "abc"));
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  EXPECT_THAT(sequences(sut.clear()), ElementsAre(1U));
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(sut.add(fragment(0, 3, 0, 0, 1, "abc")).what, fate::completed);
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  EXPECT_EQ(sut.add(fragment(1, 6, 3, 1, 2, "def")).what, fate::completed);
}

}  // namespace
}  // namespace dgram::lcm
