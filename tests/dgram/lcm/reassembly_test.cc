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
  constexpr const char* names[] = {"kept", "completed", "duplicate", "refused", "contradictory"};
  *to << names[static_cast<std::size_t>(what)];
}

namespace {

using fate = reassembly::fate;
using cause = reassembly::cause;
using std::chrono::milliseconds;
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
  return {false, sequence, index == 0 ? "c" : "", bytes, size, offset, index, count};
}

/// With a clock that the tests set.
class reassembling : public reassembly {
 public:
  using reassembly::reassembly;

  outcome add(const part& fragment) { return reassembly::add(fragment, now); }

  clock::time_point now{};
};

std::vector<std::uint32_t> sequences(const std::vector<reassembly::loss>& lost) {
  std::vector<std::uint32_t> result;
  for (const auto& each : lost) result.push_back(each.sequence);
  return result;
}

TEST(LcmReassembly, CompletesAMessageWithItsLastFragment) {
  reassembling sut;
  const auto message = message_of(1000, 1);
  const auto parts = fragments_of(1, message);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) EXPECT_EQ(sut.add(parts[i]).what, fate::kept);
  EXPECT_EQ(sut.messages(), 1U);
  EXPECT_GT(sut.bytes(), 1000U);
  const auto last = sut.add(parts.back());
  EXPECT_EQ(last.what, fate::completed);
  EXPECT_EQ(last.channel, "camera");
  EXPECT_EQ(last.message.view(), message);
  const auto whole = std::get<part>(parse(last.datagram.view()));
  EXPECT_TRUE(whole.is_short);
  EXPECT_EQ(whole.sequence, 1U);
  EXPECT_EQ(whole.channel, "camera");
  EXPECT_EQ(whole.bytes.data(), last.message.data());
  EXPECT_EQ(whole.bytes.size(), last.message.size());
  EXPECT_THAT(last.lost, IsEmpty());
  EXPECT_EQ(sut.messages(), 0U);
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(LcmReassembly, TakesFragmentsInAnyOrderAndOfManyMessages) {
  reassembling sut;
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
  reassembling sut;
  const auto one = sut.add(fragment(1, 3, 0, 0, 1, "abc"));
  EXPECT_EQ(one.what, fate::completed);
  EXPECT_EQ(one.message.view(), "abc");
  const auto none = sut.add(fragment(2, 0, 0, 0, 1, ""));
  EXPECT_EQ(none.what, fate::completed);
  EXPECT_TRUE(none.message.empty());
}

TEST(LcmReassembly, IgnoresDuplicates) {
  reassembling sut;
  const auto message = message_of(250, 1);
  const auto parts = fragments_of(1, message);
  for (const auto& each : {parts[0], parts[2], parts[1]}) {
    EXPECT_EQ(sut.add(each).what, fate::kept);
    const auto again = sut.add(each);
    EXPECT_EQ(again.what, fate::duplicate);
    EXPECT_THAT(again.lost, IsEmpty());
  }
  EXPECT_EQ(sut.add(parts.back()).message.view(), message);
}

/// Each pair cannot belong to one message.
struct contradiction {
  const char* name;
  part first;
  part second;
};

class LcmContradiction : public ::testing::TestWithParam<contradiction> {};

INSTANTIATE_TEST_SUITE_P(
    , LcmContradiction,
    ::testing::Values(
        contradiction{"Size", fragment(1, 6, 0, 0, 2, "abc"), fragment(1, 4, 2, 1, 2, "cd")},
        contradiction{"Count", fragment(1, 6, 0, 0, 3, "ab"), fragment(1, 6, 2, 1, 2, "cdef")},
        contradiction{"Overlap", fragment(1, 6, 0, 0, 2, "abcd"), fragment(1, 6, 3, 1, 2, "def")},
        contradiction{"Gap", fragment(1, 6, 0, 0, 2, "ab"), fragment(1, 6, 3, 1, 2, "def")},
        contradiction{"Bytes", fragment(1, 6, 3, 1, 2, "def"), fragment(1, 6, 3, 1, 2, "xyz")},
        contradiction{"OtherPlace", fragment(1, 9, 4, 2, 4, "bb"), fragment(1, 9, 3, 1, 4, "bb")},
        contradiction{"OtherLength", fragment(1, 9, 4, 2, 4, "bb"), fragment(1, 9, 2, 1, 4, "b")},
        contradiction{"First", fragment(1, 9, 4, 2, 4, "bb"), fragment(1, 9, 0, 0, 4, "a")},
        contradiction{"Last", fragment(1, 9, 4, 2, 4, "bb"), fragment(1, 9, 5, 3, 4, "cccc")}),
    [](const auto& info) { return info.param.name; });

TEST_P(LcmContradiction, GivesUpTheMessage) {
  reassembling sut;
  EXPECT_EQ(sut.add(GetParam().first).what, fate::kept);
  const auto got = sut.add(GetParam().second);
  EXPECT_EQ(got.what, fate::contradictory);
  ASSERT_EQ(got.lost.size(), 1U);
  EXPECT_EQ(got.lost[0].why, cause::contradictory);
  EXPECT_EQ(got.lost[0].sequence, 1U);
  EXPECT_EQ(got.lost[0].channel, GetParam().first.channel);
  EXPECT_EQ(got.lost[0].fragments, GetParam().first.count);
  EXPECT_EQ(got.lost[0].missing, GetParam().first.count - 1U);
  EXPECT_EQ(sut.messages(), 0U);
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST_P(LcmContradiction, CostsNoOtherMessage) {
  reassembly_limits limits;
  limits.messages = 2;
  reassembling sut(limits);
  auto other = GetParam().first;
  other.sequence = 9;
  sut.add(other);
  sut.add(GetParam().first);
  EXPECT_EQ(sut.add(GetParam().second).lost.size(), 1U);
  EXPECT_EQ(sut.add(other).what, fate::duplicate);
}

TEST(LcmReassembly, GivesUpWhatNoFragmentCameOf) {
  reassembling sut;
  const auto start = sut.now;
  sut.add(fragment(1, 9, 0, 0, 3, "abc"));
  sut.now += milliseconds(10);
  sut.add(fragment(2, 6, 3, 1, 2, "def"));
  EXPECT_THAT(sut.give_up_before(start), IsEmpty());
  // A duplicate is no progress.
  sut.now += milliseconds(10);
  sut.add(fragment(2, 6, 3, 1, 2, "def"));
  sut.add(fragment(1, 9, 3, 1, 3, "def"));
  const auto lost = sut.give_up_before(start + milliseconds(11));
  EXPECT_THAT(sequences(lost), ElementsAre(2U));
  EXPECT_EQ(lost[0].why, cause::overdue);
  EXPECT_EQ(lost[0].missing, 1U);
  EXPECT_EQ(sut.add(fragment(1, 9, 6, 2, 3, "ghi")).what, fate::completed);
}

TEST(LcmReassembly, DropsWhatNobodyWants) {
  reassembling sut;
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  sut.add(fragment(2, 6, 0, 0, 2, "abc"));
  const auto dropped = sut.drop({1, 1});
  EXPECT_THAT(sequences(dropped), ElementsAre(1U));
  EXPECT_EQ(dropped[0].why, cause::dropped);
  EXPECT_THAT(sut.drop({3, 1}), IsEmpty());
  EXPECT_THAT(sequences(sut.drop({1, 2})), ElementsAre(2U));
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(LcmReassembly, DropsInTheOrderOfNumbersThatWrap) {
  reassembling sut;
  for (const std::uint32_t each : {1U, 0xffff'ffffU, 0U, 9U}) {
    sut.add(fragment(each, 6, 0, 0, 2, "abc"));
  }
  EXPECT_EQ(sut.first_from(0xffff'fff0), 0xffff'ffffU);
  EXPECT_EQ(sut.first_from(2), 9U);
  EXPECT_EQ(sut.first_from(10), 0xffff'ffffU);
  EXPECT_THAT(sequences(sut.drop({0xffff'fff0, 1})), ElementsAre(0xffff'ffffU, 0U, 1U));
  EXPECT_EQ(sut.messages(), 1U);
}

TEST(LcmReassembly, ChargesWhatAMessageHolds) {
  reassembling sut;
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  const auto got = sut.add(fragment(1, 6, 3, 1, 2, "def"));
  EXPECT_EQ(got.message.owner().get()->footprint(), max_short_header_size + 6);
}

TEST(LcmReassembly, EvictsTheOldestMessageForRoom) {
  reassembly_limits limits;
  limits.messages = 2;
  reassembling sut(limits);
  // The oldest is not that of the lowest number.
  EXPECT_THAT(sut.add(fragment(9, 6, 0, 0, 2, "abc")).lost, IsEmpty());
  EXPECT_THAT(sut.add(fragment(5, 6, 3, 1, 2, "def")).lost, IsEmpty());
  EXPECT_THAT(sequences(sut.add(fragment(6, 6, 3, 1, 2, "def")).lost), ElementsAre(9U));
  const auto next = sut.add(fragment(7, 6, 3, 1, 2, "def"));
  EXPECT_THAT(sequences(next.lost), ElementsAre(5U));
  EXPECT_EQ(next.lost[0].why, cause::evicted);
  EXPECT_EQ(next.lost[0].channel, "");
  EXPECT_EQ(sut.messages(), 2U);
}

TEST(LcmReassembly, NeverHoldsMoreThanItsBytes) {
  reassembly_limits limits;
  limits.bytes = 10'000;
  reassembling sut(limits);
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
  reassembling sut(limits);
  sut.add(fragment(1, 6, 0, 0, 2, "abc"));
  EXPECT_EQ(sut.add(fragment(2, 5'000, 0, 0, 2, "abc")).what, fate::kept);
  for (const auto& refused :
       {fragment(3, 5'001, 0, 0, 2, "abc"), fragment(4, 0xffffffffU, 0, 0, 2, "abc")}) {
    const auto got = sut.add(refused);
    EXPECT_EQ(got.what, fate::refused);
    EXPECT_THAT(got.lost, IsEmpty());
  }
  EXPECT_EQ(sut.add(fragment(1, 6, 3, 1, 2, "def")).what, fate::completed);
}

}  // namespace
}  // namespace dgram::lcm
