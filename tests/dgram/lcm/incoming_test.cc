#include "caf_dgram/dgram/lcm/incoming.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

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
    channel = result.channel;
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

  /// A heartbeat heard a second after the receiver began to listen.
  std::vector<lost_messages> hear(std::uint64_t instance, std::uint32_t first, std::uint32_t latest,
                                  milliseconds age) {
    return sut.hear({instance, first, latest, age}, now, now - milliseconds(1000));
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
  std::string channel;
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
  EXPECT_EQ(channel, "camera");
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
  sut.expect(9, now);
  EXPECT_FALSE(sut.is_waiting());
  add_short(5);
  sut.expect(7, now);
  sut.expect(6, now);
  EXPECT_TRUE(sut.is_waiting());
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 6, 7)));
}

TEST_F(LcmIncoming, TellsTheHeadOfASenderThatSaidWhereItBegins) {
  EXPECT_THAT(sut.begin(3, now), IsEmpty());
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
  EXPECT_THAT(lost_at_once, ElementsAre(lost(loss_place::contradiction, 1, 1, "camera")));
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(accounted_for(), 1U);
}

TEST_F(LcmIncoming, FindsThatASilentSenderHasBegunAnew) {
  add_short(500);
  add_short(502);
  now += patience;
  EXPECT_EQ(add_short(2), gain::short_message);
  EXPECT_THAT(lost_at_once, ElementsAre(lost(loss_place::network, 501, 501)));
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(add_short(3), gain::short_message);
  EXPECT_EQ(accounted_for(), 5U);
}

TEST_F(LcmIncoming, TakesTheLatestMessageOfASilentSenderForARepetition) {
  add_short(500);
  give_up();
  EXPECT_EQ(add_short(500), gain::repetition);
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, TakesASenderThatOnlySaysWhereItIsForNoSilentOne) {
  sut.begin(100, now);
  EXPECT_EQ(add_short(99), gain::repetition);
  add_short(100);
  now += patience;
  sut.expect(100, now);
  EXPECT_EQ(add_short(98), gain::repetition);
  now += patience - milliseconds(1);
  EXPECT_EQ(add_short(99), gain::repetition);
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, FindsThatABusySenderHasBegunAnew) {
  add_short(500);
  give_up();
  add_short(501);
  EXPECT_EQ(add_short(0), gain::repetition);
  EXPECT_EQ(add_short(1), gain::repetition);
  // Once more, or a step back, shows nothing.
  EXPECT_EQ(add_short(1), gain::repetition);
  EXPECT_EQ(add_short(0), gain::repetition);
  EXPECT_EQ(add_short(1), gain::repetition);
  EXPECT_EQ(add_short(2), gain::short_message);
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(add_short(3), gain::short_message);
}

TEST_F(LcmIncoming, TakesLateDatagramsBetweenOthersForNoRestart) {
  add_short(500);
  give_up();
  for (std::uint32_t i = 0; i < 9; ++i) {
    EXPECT_EQ(add_short(501 + i), gain::short_message);
    EXPECT_EQ(add_short(400 + i), gain::repetition);
  }
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, TakesDatagramsThatComeTwiceForNoRestart) {
  for (const int times : {1, 2}) {
    for (std::uint32_t i = 0; i < 9; ++i) {
      EXPECT_EQ(add_short(i), times == 1 ? gain::short_message : gain::repetition);
    }
  }
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, TakesAPackThatComesTwiceForNoRestart) {
  add_short(500);
  give_up();
  add_short(501);
  for (std::uint32_t i = 0; i < 9; ++i) {
    part packed;
    packed.is_short = true;
    packed.sequence = i;
    packed.channel = "A";
    packed.follows = i > 0;
    EXPECT_EQ(sut.add(packed, now).what, gain::repetition);
  }
  EXPECT_EQ(sut.counted().restarts, 0U);
}

TEST_F(LcmIncoming, KeepsAMessageThatIsTheLatestOneWhileFragmentsCome) {
  add_short(1);
  for (std::uint16_t i = 0; i < last_fragment; ++i) {
    add_fragments(2, i, i);
    now += patience - milliseconds(40);
    EXPECT_THAT(sut.give_up(now), IsEmpty());
  }
  EXPECT_EQ(add(fragment(2, last_fragment)), gain::long_message);
}

TEST_F(LcmIncoming, TellsEachOnceThatIsLostWhereAnotherSlidesTheWindow) {
  // Overdue together, the later one first in the order of numbers.
  sut.begin(0xffff'ffff, now);
  add_fragments(0xffff'ffff, 0, 0);
  add_fragments(0x2000, 0, 0);
  give_up();
  EXPECT_EQ(accounted_for(), 0x2002U);
  EXPECT_EQ(counted(loss_place::fragments), 2U);
}

TEST_F(LcmIncoming, TellsEachOnceThatIsEvictedWhereAnotherSlidesTheWindow) {
  reassembly_limits narrow;
  narrow.bytes = 1200;
  incoming small(narrow, patience);
  small.begin(0, now);
  const auto first_of = [](std::uint32_t sequence, std::uint32_t size) {
    auto result = fragment(sequence, 0);
    result.size = size;
    return result;
  };
  small.add(first_of(5000, 60), now);
  small.add(first_of(1, 60), now);
  const auto got = small.add(first_of(2, 900), now);
  EXPECT_THAT(got.lost,
              ::testing::UnorderedElementsAre(lost(loss_place::reassembly, 1, 1, "camera"),
                                              lost(loss_place::reassembly, 5000, 5000, "camera"),
                                              lost(loss_place::network, 0, 0),
                                              lost(loss_place::fragments, 2, 2, "camera"),
                                              lost(loss_place::network, 3, 904)));
}

TEST_F(LcmIncoming, DeliversAWholeMessageWhateverItEvicts) {
  reassembly_limits one;
  one.messages = 1;
  incoming small(one, patience);
  small.begin(0, now);
  small.add(fragment(5000, 0), now);
  auto whole = fragment(1, 0);
  whole.count = 1;
  whole.size = static_cast<std::uint32_t>(whole.bytes.size());
  const auto got = small.add(whole, now);
  EXPECT_EQ(got.what, gain::long_message);
  EXPECT_THAT(got.lost,
              ElementsAre(lost(loss_place::reassembly, 5000, 5000, "camera"),
                          lost(loss_place::network, 0, 0), lost(loss_place::network, 2, 904)));
}

TEST_F(LcmIncoming, TellsWhatMissedAndWhatWasUnfinishedInOneGap) {
  sut.begin(0, now);
  add_fragments(2, 0, 0);
  add_fragments(4, 0, 0);
  EXPECT_THAT(
      sut.begin(0, now),
      ElementsAre(lost(loss_place::network, 0, 1), lost(loss_place::fragments, 2, 2, "camera"),
                  lost(loss_place::network, 3, 3), lost(loss_place::fragments, 4, 4, "camera")));
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST_F(LcmIncoming, KeepsCountWhateverFarNumberASenderSaysItReached) {
  add_short(0);
  add_short(2);
  sut.expect(0x8000'0001, now);
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 1, 1)));
  EXPECT_FALSE(sut.is_waiting());
  EXPECT_EQ(add_short(2), gain::repetition);
  EXPECT_EQ(add_short(0x8000'0003), gain::repetition);
  EXPECT_EQ(add_short(3), gain::short_message);
  sut.expect(0x8000'0002, now);
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 4, 0x8000'0002)));
}

TEST_F(LcmIncoming, TellsWhatIsLostByARestart) {
  add_short(10);
  add_fragments(11, 0, 0);
  add_short(13);
  EXPECT_THAT(sut.begin(0, now), ElementsAre(lost(loss_place::fragments, 11, 11, "camera"),
                                             lost(loss_place::network, 12, 12)));
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(sut.bytes(), 0U);
  EXPECT_EQ(accounted_for(), 4U);
  EXPECT_EQ(add_short(0), gain::short_message);
}

TEST_F(LcmIncoming, TakesAHeartbeatForTheBeginningOfASenderThatIsYoungerThanTheReceiver) {
  EXPECT_THAT(hear(1, 0, 2, milliseconds(999)), IsEmpty());
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 0, 2)));
}

TEST_F(LcmIncoming, DoesNotMissWhatAnOlderSenderSentBefore) {
  EXPECT_THAT(hear(1, 0, 2, milliseconds(1000)), IsEmpty());
  EXPECT_FALSE(sut.is_waiting());
  EXPECT_EQ(add_short(2), gain::repetition);
  EXPECT_EQ(add_short(3), gain::short_message);
}

TEST_F(LcmIncoming, FindsTheHeadThatIsMissingOnceAHeartbeatTellsWhereTheSenderBegan) {
  add_short(2);
  EXPECT_THAT(hear(1, 0, 3, milliseconds(999)), ElementsAre(lost(loss_place::network, 0, 1)));
  EXPECT_THAT(hear(1, 0, 3, milliseconds(999)), IsEmpty());
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 3, 3)));
  EXPECT_EQ(accounted_for(), 4U);
}

TEST_F(LcmIncoming, FindsNoHeadMissingOfAnOlderSender) {
  add_short(2);
  EXPECT_THAT(hear(1, 0, 2, milliseconds(1000)), IsEmpty());
  EXPECT_THAT(give_up(), IsEmpty());
}

TEST_F(LcmIncoming, TakesAnotherInstanceForARestart) {
  for (std::uint32_t i = 0; i < 5; ++i) add_short(i);
  hear(1, 0, 5, milliseconds(0));
  EXPECT_THAT(hear(2, 0, 1, milliseconds(0)), ElementsAre(lost(loss_place::network, 5, 5)));
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_THAT(give_up(), ElementsAre(lost(loss_place::network, 0, 1)));
  EXPECT_EQ(accounted_for(), 8U);
}

TEST_F(LcmIncoming, MissesNothingOfARestartWhoseMessagesMayHaveComeBefore) {
  hear(1, 0, 1, milliseconds(0));
  for (std::uint32_t i = 0; i < 4; ++i) add_short(i);
  EXPECT_THAT(hear(2, 0, 3, milliseconds(0)), IsEmpty());
  EXPECT_THAT(give_up(), IsEmpty());
  EXPECT_EQ(add_short(3), gain::repetition);
  EXPECT_EQ(add_short(4), gain::short_message);
  EXPECT_EQ(accounted_for(), 5U);
}

TEST_F(LcmIncoming, MissesNothingAfterARestartThatWasNone) {
  for (std::uint32_t i = 0; i < 10; ++i) add_short(i);
  hear(1, 0, 9, milliseconds(0));
  now += patience;
  add_short(5);
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_THAT(hear(1, 0, 9, milliseconds(0)), IsEmpty());
}

TEST_F(LcmIncoming, TakesTheGreatestAgeForAnOlderSender) {
  now = incoming::clock::time_point(std::chrono::hours(24 * 365));
  add_short(2);
  EXPECT_THAT(sut.hear({1, 0, 2, heartbeat::max_age}, now, incoming::clock::time_point()),
              IsEmpty());
}

TEST_F(LcmIncoming, TellsAtTheEndWhatIsMissing) {
  EXPECT_THAT(sut.finish(), IsEmpty());
  add_short(0);
  add_short(2);
  add_fragments(3, 0, 0);
  EXPECT_THAT(sut.finish(), ElementsAre(lost(loss_place::network, 1, 1),
                                        lost(loss_place::fragments, 3, 3, "camera")));
  EXPECT_THAT(sut.finish(), IsEmpty());
}

TEST_F(LcmIncoming, CountsARestartOnceThatDatagramsShowBeforeAHeartbeatDoes) {
  hear(1, 0, 9, milliseconds(0));
  for (std::uint32_t i = 0; i < 10; ++i) add_short(i);
  now += patience;
  EXPECT_EQ(add_short(1), gain::short_message);
  EXPECT_THAT(hear(2, 0, 1, milliseconds(0)), ElementsAre(lost(loss_place::network, 0, 0)));
  EXPECT_EQ(sut.counted().restarts, 1U);
  EXPECT_EQ(accounted_for(), 12U);
}

TEST_F(LcmIncoming, CountsAcrossTheWrap) {
  sut.begin(0xffff'fffe, now);
  add_short(0xffff'fffe);
  add_fragments(0xffff'ffff, 0, 0);
  add_short(1);
  EXPECT_THAT(give_up(),
              ElementsAre(lost(loss_place::fragments, 0xffff'ffff, 0xffff'ffff, "camera"),
                          lost(loss_place::network, 0, 0)));
  EXPECT_EQ(accounted_for(), 4U);
}

/// What became of each message, told or delivered.
class ledger {
 public:
  explicit ledger(std::uint32_t first) : first_(first) {}

  void add(const std::vector<lost_messages>& lost) {
    for (const auto& each : lost) {
      for (auto i = each.which.first; i != each.which.last + 1; ++i) deliver(i);
    }
  }

  void deliver(std::uint32_t sequence) {
    const std::size_t place = sequence - first_;
    if (place >= times_.size()) times_.resize(place + 1);
    ++times_[place];
  }

  /// Whether each message up to the last was accounted for once.
  bool is_exact() const {
    return !times_.empty() && std::count(times_.begin(), times_.end(), 1) ==
                                  static_cast<std::ptrdiff_t>(times_.size());
  }

 private:
  const std::uint32_t first_;
  std::vector<int> times_;
};

TEST_F(LcmIncoming, AccountsForEachMessageOnceHoweverDatagramsAreLostAndMixed) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::minstd_rand random(seed);
    const auto less_than = [&](unsigned limit) {
      return static_cast<std::uint32_t>(random() % limit);
    };
    reassembly_limits limits;
    limits.messages = 1 + less_than(4);
    limits.bytes = 500 + less_than(2000);
    incoming judge(limits, patience);
    // Near the wrap, with jumps beyond the window in every other run.
    const auto first = ~std::uint32_t{0} - less_than(6000);
    const unsigned jump = seed % 2 == 0 ? 3000 : 3;
    judge.begin(first, now);
    ledger book(first);
    auto next = first;
    for (int i = 0; i < 200; ++i) {
      const auto back = std::min(next - first, less_than(10));
      const auto sequence = i % 2 == 0 && less_than(2) == 0 ? next - back : next++;
      part datagram = fragment(sequence, static_cast<std::uint16_t>(less_than(last_fragment + 1)));
      if (less_than(2) == 0) {
        datagram = {};
        datagram.is_short = true;
        datagram.sequence = sequence;
        datagram.channel = "c";
      } else if (less_than(20) == 0) {
        datagram.size += 1;
      }
      if (less_than(12) == 0) next += less_than(jump);
      const auto got = judge.add(datagram, now);
      if (got.what == gain::short_message || got.what == gain::long_message) book.deliver(sequence);
      book.add(got.lost);
      if (less_than(15) == 0) judge.expect(next - 1, now);
      now += milliseconds(less_than(40));
      if (less_than(3) == 0) book.add(judge.give_up(now));
    }
    for (int i = 0; i < 9; ++i) book.add(judge.give_up(now += patience));
    ASSERT_FALSE(judge.is_waiting()) << seed;
    ASSERT_EQ(judge.bytes(), 0U) << seed;
    ASSERT_EQ(judge.counted().restarts, 0U) << seed;
    ASSERT_TRUE(book.is_exact()) << seed;
  }
}

}  // namespace
}  // namespace dgram::lcm
