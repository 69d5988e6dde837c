#include "caf_dgram/dgram/lcm/senders.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

using gain = incoming::gain;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LcmSenders : public ::testing::Test {
 protected:
  static endpoint at(int port) { return *endpoint::ip("192.0.2.1", port); }

  static senders::limits two_senders() {
    senders::limits result;
    result.senders = 2;
    result.patience = patience;
    return result;
  }

  gain add_short(int port, std::uint32_t sequence) {
    part datagram;
    datagram.is_short = true;
    datagram.sequence = sequence;
    datagram.channel = "A";
    now += milliseconds(1);
    return sut.add(at(port), datagram, now).what;
  }

  static constexpr milliseconds patience{100};
  incoming::clock::time_point now = incoming::clock::time_point(std::chrono::hours(1));
  std::vector<std::string> told;
  senders sut{two_senders(), [this](const endpoint& sender, const lost_messages& lost) {
                told.push_back(std::to_string(sender.port()) + ": " +
                               std::to_string(lost.which.first) + " to " +
                               std::to_string(lost.which.last));
              }};
};

TEST_F(LcmSenders, CountEachSendersMessages) {
  EXPECT_EQ(add_short(1, 7), gain::short_message);
  EXPECT_EQ(add_short(2, 7), gain::short_message);
  EXPECT_EQ(add_short(1, 7), gain::repetition);
  EXPECT_EQ(sut.delivered(), 2U);
  const auto counts = sut.counts();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].sender, at(1));
  EXPECT_EQ(counts[0].counted.repeated, 1U);
  EXPECT_EQ(counts[1].sender, at(2));
  EXPECT_EQ(counts[1].counted.repeated, 0U);
}

TEST_F(LcmSenders, KeepWithinOneLimitAtTheCostOfTheOneWithMost) {
  auto limits = two_senders();
  limits.bytes = 350'000;
  senders narrow(limits, [this](const endpoint& sender, const lost_messages& lost) {
    EXPECT_EQ(lost.place, loss_place::reassembly);
    told.push_back(std::to_string(sender.port()) + ": " + std::to_string(lost.which.first));
  });
  const auto begin = [&](int port, std::uint32_t sequence, std::uint32_t size) {
    part first;
    first.sequence = sequence;
    first.channel = "A";
    first.bytes = "x";
    first.size = size;
    first.count = 2;
    return narrow.add(at(port), first, now).what;
  };
  const auto bytes = [&] {
    std::size_t sum = 0;
    for (const auto& each : narrow.counts()) sum += each.bytes;
    return sum;
  };
  begin(1, 0, 100'000);
  begin(1, 1, 100'000);
  begin(2, 0, 100'000);
  EXPECT_THAT(told, IsEmpty());
  begin(2, 1, 60'000);
  EXPECT_THAT(told, ElementsAre("1: 0"));
  EXPECT_GT(bytes(), 260'000U);
  EXPECT_LE(bytes(), limits.bytes);
  // Its own is the oldest of the one with most.
  begin(1, 2, 340'000);
  EXPECT_THAT(told, ElementsAre("1: 0", "1: 1", "1: 2"));
  EXPECT_LE(bytes(), limits.bytes);
  EXPECT_EQ(narrow.lost(), 3U);
}

TEST_F(LcmSenders, TellWhatEachLost) {
  add_short(1, 1);
  add_short(1, 4);
  add_short(2, 4);
  EXPECT_TRUE(sut.is_waiting());
  for (int i = 0; i < 2; ++i) sut.give_up(now += patience);
  EXPECT_THAT(told, ElementsAre("1: 2 to 3"));
  EXPECT_EQ(sut.lost(), 2U);
  EXPECT_FALSE(sut.is_waiting());
}

TEST_F(LcmSenders, HearWhereASenderIs) {
  sut.hear(at(1), {1, 0, 2, milliseconds(0)}, now, now - milliseconds(1));
  for (int i = 0; i < 2; ++i) sut.give_up(now += patience);
  EXPECT_THAT(told, ElementsAre("1: 0 to 2"));
}

TEST_F(LcmSenders, ForgetTheOneThatIsSilentForLongest) {
  add_short(1, 0);
  add_short(2, 0);
  add_short(1, 1);
  add_short(1, 3);
  add_short(3, 0);
  EXPECT_EQ(sut.forgotten(), 1U);
  ASSERT_EQ(sut.counts().size(), 2U);
  EXPECT_EQ(sut.counts()[0].sender, at(1));
  EXPECT_EQ(sut.counts()[1].sender, at(3));
  EXPECT_EQ(sut.delivered(), 5U);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(LcmSenders, TellWhatAForgottenOneLost) {
  add_short(1, 0);
  add_short(1, 2);
  add_short(2, 0);
  add_short(3, 0);
  EXPECT_THAT(told, ElementsAre("1: 1 to 1"));
  EXPECT_EQ(sut.lost(), 1U);
  EXPECT_EQ(sut.delivered(), 4U);
  // It is a stranger now.
  EXPECT_EQ(add_short(1, 0), gain::short_message);
}

TEST_F(LcmSenders, DoNotMissWhatAForgottenOneSentBefore) {
  const auto since = now;
  for (std::uint32_t i = 0; i < 3; ++i) add_short(1, i);
  add_short(2, 0);
  add_short(3, 0);
  const auto age = std::chrono::duration_cast<milliseconds>(now - since);
  sut.hear(at(1), {1, 0, 2, age}, now, since - milliseconds(1));
  sut.finish();
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(LcmSenders, TellAtTheEndWhatIsMissing) {
  add_short(1, 0);
  add_short(1, 2);
  add_short(2, 5);
  add_short(2, 7);
  sut.finish();
  EXPECT_THAT(told, ::testing::UnorderedElementsAre("1: 1 to 1", "2: 6 to 6"));
}

}  // namespace
}  // namespace dgram::lcm
