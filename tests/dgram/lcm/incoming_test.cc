#include "caf_dgram/dgram/lcm/incoming.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "caf_dgram/dgram/lcm/cut.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {

void PrintTo(const lost_messages& lost, std::ostream* to) {
  *to << to_string(lost.place) << " [" << lost.which.first << ", " << lost.which.last << "] "
      << lost.channel;
}

namespace {

using gain = incoming::gain;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

auto lost(loss_place place, std::uint32_t first, std::uint32_t last,
          std::string_view channel = "") {
  return ::testing::AllOf(
      ::testing::Field("place", &lost_messages::place, place),
      ::testing::Field("which", &lost_messages::which, sequence_range{first, last}),
      ::testing::Field("channel", &lost_messages::channel, channel));
}

reassembly_limits two_messages() {
  reassembly_limits result;
  result.messages = 2;
  return result;
}

constexpr std::string_view text = "Sixty bytes, which six fragments of ten bytes each can hold.";
static_assert(text.size() == 60);

/// A fragment of ten bytes of `text`.
part fragment(std::uint32_t sequence, std::uint16_t index) {
  constexpr std::size_t length = 10;
  const auto offset = index * length;
  return {false,
          sequence,
          index == 0 ? "camera" : "",
          text.substr(offset, length),
          static_cast<std::uint32_t>(text.size()),
          static_cast<std::uint32_t>(offset),
          index,
          static_cast<std::uint16_t>(text.size() / length)};
}

constexpr std::uint16_t last_fragment = 5;

class LcmIncoming : public ::testing::Test {
 protected:
  gain add(const part& datagram) {
    auto result = sut.add(datagram, now);
    lost_at_once = std::move(result.lost);
    message = std::string(result.message.view());
    return result.what;
  }

  gain add_short(std::uint32_t sequence) {
    part datagram;
    datagram.is_short = true;
    datagram.sequence = sequence;
    datagram.channel = "temperature";
    datagram.bytes = "21";
    return add(datagram);
  }

  void add_fragments(std::uint32_t sequence, std::uint16_t first, std::uint16_t last) {
    for (auto i = first; i <= last; ++i) EXPECT_EQ(add(fragment(sequence, i)), gain::nothing);
  }

  /// After the patience, counted from now, at the latest.
  std::vector<lost_messages> give_up() {
    auto result = sut.give_up(now);
    for (int i = 0; i < 2; ++i) {
      now += patience;
      for (auto& each : sut.give_up(now)) result.push_back(std::move(each));
    }
    return result;
  }

  std::uint64_t counted(loss_place place) const {
    return sut.counted().lost[static_cast<std::size_t>(place)];
  }

  std::uint64_t accounted_for() const {
    const auto& places = sut.counted().lost;
    return std::accumulate(places.begin(), places.end(), sut.counted().delivered);
  }

  static constexpr milliseconds patience{100};
  incoming::clock::time_point now = incoming::clock::time_point(std::chrono::hours(1));
  incoming sut{two_messages(), patience};
  std::vector<lost_messages> lost_at_once;
  std::string message;
};

TEST_F(LcmIncoming, DeliversShortMessagesAtOnce) {
  EXPECT_EQ(add_short(5), gain::short_message);
  EXPECT_EQ(add_short(7), gain::short_message);
  EXPECT_EQ(add_short(6), gain::short_message);
  EXPECT_THAT(give_up(), IsEmpty());
  EXPECT_FALSE(sut.is_waiting());
  EXPECT_EQ(sut.counted().delivered, 3U);
  EXPECT_EQ(accounted_for(), 3U);
}

TEST_F(LcmIncoming, DeliversALongMessageWithItsLastFragment) {
  add_fragments(0, 1, last_fragment);
  EXPECT_GT(sut.bytes(), text.size());
  EXPECT_EQ(add(fragment(0, 0)), gain::long_message);
  EXPECT_EQ(message, text);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(add(fragment(0, 3)), gain::repetition);
  EXPECT_EQ(sut.counted().delivered, 1U);
  EXPECT_EQ(sut.counted().repeated, 1U);
}

TEST_F(LcmIncoming, DeliversNothingTwice) {
  add_short(5);
  EXPECT_EQ(add_short(5), gain::repetition);
  EXPECT_EQ(add(fragment(5, 0)), gain::repetition);
  add_fragments(6, 0, 0);
  EXPECT_EQ(add(fragment(6, 0)), gain::repetition);
  EXPECT_EQ(sut.counted().delivered, 1U);
  EXPECT_EQ(sut.counted().repeated, 3U);
}

TEST_F(LcmIncoming, TellsAGapOnceLaterMessagesHaveWaitedForThePatience) {
  add_short(5);
  add_short(9);
  EXPECT_THAT(sut.give_up(now), IsEmpty());
  now += patience - milliseconds(1);
  EXPECT_THAT(sut.give_up(now), IsEmpty());
  EXPECT_TRUE(sut.is_waiting());
  EXPECT_EQ(add_short(7), gain::short_message);
  now += milliseconds(1);
  EXPECT_THAT(sut.give_up(now),
              ElementsAre(lost(loss_place::network, 6, 6), lost(loss_place::network, 8, 8)));
  EXPECT_EQ(counted(loss_place::network), 2U);
  EXPECT_FALSE(sut.is_waiting());
  EXPECT_EQ(add_short(6), gain::repetition);
}

TEST_F(LcmIncoming, TellsALongGapAsOneRange) {
  add_short(1);
  add_short(100);
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 2, 99)));
  EXPECT_EQ(counted(loss_place::network), 98U);
}

TEST_F(LcmIncoming, TellsAGapAtOnceThatTheWindowCannotHold) {
  add_short(0);
  add_short(100'000);
  ASSERT_THAT(lost_at_once, ElementsAre(lost(loss_place::network, 1, 100'000 - 4096)));
  give_up();
  EXPECT_EQ(accounted_for(), 100'001U);
}

TEST_F(LcmIncoming, TellsTheTailThatASenderSaysItSent) {
  sut.expect(9);
  EXPECT_FALSE(sut.is_waiting());
  add_short(5);
  sut.expect(7);
  sut.expect(6);
  EXPECT_TRUE(sut.is_waiting());
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 6, 7)));
}

TEST_F(LcmIncoming, TellsTheHeadOfASenderThatSaidWhereItBegins) {
  EXPECT_THAT(sut.begin(3), IsEmpty());
  EXPECT_FALSE(sut.is_waiting());
  add_short(5);
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 3, 4)));
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, TellsAMessageWithoutSomeFragmentsOnceNoneCame) {
  add_short(1);
  add_fragments(2, 0, 1);
  add_short(4);
  now += patience;
  sut.give_up(now);
  add_fragments(2, 2, 3);
  // What follows an unfinished message waits for it, as its fragments may.
  EXPECT_THAT(sut.give_up(now += patience), IsEmpty());
  EXPECT_THAT(sut.give_up(now += milliseconds(1)),
              ElementsAre(lost(loss_place::fragments, 2, 2, "camera")));
  EXPECT_EQ(add(fragment(2, 4)), gain::repetition);
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 3, 3)));
  EXPECT_EQ(accounted_for(), 4U);
}

TEST_F(LcmIncoming, TellsAMessageThatWasEvicted) {
  add_fragments(1, 0, 0);
  add_fragments(2, 1, 1);
  add_fragments(3, 0, 0);
  EXPECT_THAT(lost_at_once, ElementsAre(lost(loss_place::reassembly, 1, 1, "camera")));
  EXPECT_EQ(add(fragment(1, 1)), gain::repetition);
  EXPECT_EQ(counted(loss_place::reassembly), 1U);
}

TEST_F(LcmIncoming, TellsAMessageBeyondTheLimitsOnce) {
  auto first = fragment(1, 0);
  first.size = 1U << 28U;
  EXPECT_EQ(add(first), gain::nothing);
  EXPECT_THAT(lost_at_once, ElementsAre(lost(loss_place::reassembly, 1, 1, "camera")));
  EXPECT_EQ(add(first), gain::repetition);
  EXPECT_EQ(accounted_for(), 1U);
}

TEST_F(LcmIncoming, TellsAContradictoryMessageOnce) {
  add_fragments(1, 0, 2);
  auto odd = fragment(1, 3);
  odd.size += 1;
  EXPECT_EQ(add(odd), gain::nothing);
  EXPECT_THAT(lost_at_once, ElementsAre(lost(loss_place::contradiction, 1, 1, "camera")));
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(add(fragment(1, 3)), gain::repetition);
  EXPECT_THAT(give_up(), IsEmpty());
  EXPECT_EQ(accounted_for(), 1U);
}

TEST_F(LcmIncoming, TellsAContradictionThatIsAWholeMessageOnce) {
  add_fragments(1, 0, 0);
  auto only = fragment(1, 0);
  only.count = 1;
  only.size = static_cast<std::uint32_t>(only.bytes.size());
  EXPECT_EQ(add(only), gain::nothing);
  EXPECT_EQ(counted(loss_place::contradiction), 1U);
  EXPECT_EQ(accounted_for(), 1U);
}

TEST_F(LcmIncoming, TellsFragmentsWhoseNumberIsAShortMessages) {
  add_fragments(1, 0, 0);
  EXPECT_EQ(add_short(1), gain::nothing);
  EXPECT_THAT(lost_at_once, ElementsAre(lost(loss_place::fragments, 1, 1, "camera")));
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(accounted_for(), 1U);
}

TEST_F(LcmIncoming, FindsThatASilentSenderHasBegunAnew) {
  add_short(500);
  give_up();
  EXPECT_EQ(add_short(2), gain::short_message);
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(add_short(3), gain::short_message);
  EXPECT_EQ(accounted_for(), 3U);
}

TEST_F(LcmIncoming, TakesALateDatagramForNoRestart) {
  add_short(500);
  add_short(502);
  give_up();
  add_short(503);
  EXPECT_EQ(add_short(501), gain::repetition);
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, FindsThatABusySenderHasBegunAnew) {
  add_short(5000);
  EXPECT_EQ(add_short(4999), gain::repetition);
  EXPECT_EQ(add_short(5000 - 4096), gain::repetition);
  EXPECT_EQ(add_short(5000 - 4097), gain::short_message);
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(add_short(0), gain::short_message);
  EXPECT_EQ(sut.counted().restarts, 2U);
}

TEST_F(LcmIncoming, TellsWhatIsLostByARestart) {
  add_short(10);
  add_fragments(11, 0, 0);
  add_short(13);
  EXPECT_THAT(sut.begin(0), ElementsAre(lost(loss_place::network, 12, 12),
                                        lost(loss_place::fragments, 11, 11, "camera")));
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(accounted_for(), 4U);
  EXPECT_EQ(add_short(0), gain::short_message);
}

TEST_F(LcmIncoming, CountsAcrossTheWrap) {
  sut.begin(0xffff'fffe);
  add_short(0xffff'fffe);
  add_fragments(0xffff'ffff, 0, 0);
  add_short(1);
  EXPECT_THAT(give_up(),
              ElementsAre(lost(loss_place::fragments, 0xffff'ffff, 0xffff'ffff, "camera"),
                          lost(loss_place::network, 0, 0)));
  EXPECT_EQ(accounted_for(), 4U);
}

TEST_F(LcmIncoming, AccountsForEveryMessageHoweverDatagramsAreLostAndMixed) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::minstd_rand random(seed + 1);
    constexpr std::uint32_t messages = 40;
    std::vector<part> sent;
    for (std::uint32_t i = 0; i < messages; ++i) {
      if (random() % 2 == 0) {
        part datagram;
        datagram.is_short = true;
        datagram.sequence = i;
        datagram.channel = "c";
        sent.push_back(datagram);
      } else {
        for (std::uint16_t each = 0; each <= last_fragment; ++each)
          sent.push_back(fragment(i, each));
      }
    }
    // Neighbours change places, some come twice, and one in ten does not come.
    for (std::size_t i = 1; i < sent.size(); ++i) {
      if (random() % 4 == 0)
        std::swap(sent[i], sent[i - 1 - random() % std::min<std::size_t>(i, 8)]);
    }
    sut.begin(0);
    const auto before = sut.counted();
    const auto accounted_before = accounted_for();
    std::uint64_t delivered = before.delivered;
    for (const auto& each : sent) {
      now += milliseconds(random() % 8);
      sut.give_up(now);
      for (auto times = random() % 10 == 0 ? 0 : 1 + random() % 2; times > 0; --times) {
        const auto got = add(each);
        delivered += got == gain::short_message || got == gain::long_message ? 1 : 0;
      }
    }
    sut.expect(messages - 1);
    for (int i = 0; i < 4; ++i) give_up();
    ASSERT_FALSE(sut.is_waiting()) << seed;
    ASSERT_EQ(sut.counted().delivered, delivered) << seed;
    ASSERT_EQ(sut.counted().restarts, before.restarts) << seed;
    ASSERT_EQ(accounted_for(), accounted_before + messages) << seed;
    ASSERT_EQ(sut.bytes(), 0U) << seed;
  }
}

}  // namespace
}  // namespace dgram::lcm
