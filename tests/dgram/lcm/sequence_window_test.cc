#include "caf_dgram/dgram/lcm/sequence_window.h"

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {

void PrintTo(const sequence_range& range, std::ostream* to) {
  *to << "[" << range.first << ", " << range.last << "]";
}

namespace {

using state = sequence_window::state;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ranges = std::vector<sequence_range>;

class LcmSequenceWindow : public ::testing::Test {
 protected:
  ranges mark(std::uint32_t sequence) {
    ranges missed;
    window.mark(sequence, missed);
    return missed;
  }

  ranges settle(std::uint32_t upto) {
    ranges missed;
    window.settle(upto, missed);
    return missed;
  }

  sequence_window window;
};

TEST_F(LcmSequenceWindow, BeginsWithTheFirstNumberItIsShown) {
  EXPECT_FALSE(window.has_begun());
  EXPECT_EQ(window.of(7), state::fresh);
  EXPECT_THAT(settle(7), IsEmpty());
  EXPECT_THAT(mark(7), IsEmpty());
  EXPECT_TRUE(window.has_begun());
  EXPECT_EQ(window.newest(), 7U);
  EXPECT_EQ(window.of(6), state::past);
  EXPECT_EQ(window.of(7), state::seen);
  EXPECT_EQ(window.of(8), state::fresh);
}

TEST_F(LcmSequenceWindow, TakesNoNumberForFreshThatItCannotMark) {
  mark(0);
  mark(2);
  constexpr std::uint32_t half = 0x8000'0000;
  EXPECT_EQ(window.of(half - 1), state::fresh);
  for (const auto each : {half, half + 1, half + 2}) {
    EXPECT_EQ(window.of(each), state::past);
    EXPECT_THAT(mark(each), IsEmpty());
  }
}

TEST_F(LcmSequenceWindow, BeginsWhereItIsTold) {
  mark(7);
  window.begin(3);
  EXPECT_EQ(window.unsettled(), 3U);
  EXPECT_EQ(window.of(2), state::past);
  EXPECT_EQ(window.of(7), state::fresh);
  EXPECT_THAT(settle(2), IsEmpty());
  EXPECT_THAT(mark(5), IsEmpty());
  EXPECT_THAT(settle(5), ElementsAre(sequence_range{3, 4}));
  EXPECT_EQ(window.unsettled(), 6U);
}

TEST_F(LcmSequenceWindow, TakesNumbersInAnyOrder) {
  mark(1);
  EXPECT_THAT(mark(4), IsEmpty());
  EXPECT_EQ(window.of(2), state::fresh);
  EXPECT_THAT(mark(2), IsEmpty());
  EXPECT_EQ(window.newest(), 4U);
  mark(3);
  EXPECT_THAT(settle(4), IsEmpty());
}

TEST_F(LcmSequenceWindow, SettlesWhatWasMissedOnce) {
  for (const std::uint32_t each : {1, 3, 6, 7, 9}) mark(each);
  EXPECT_THAT(settle(7), ElementsAre(sequence_range{2, 2}, sequence_range{4, 5}));
  EXPECT_THAT(settle(7), IsEmpty());
  // What comes now is too late.
  EXPECT_EQ(window.of(5), state::past);
  EXPECT_THAT(mark(5), IsEmpty());
  EXPECT_EQ(window.of(5), state::past);
  EXPECT_EQ(window.of(8), state::fresh);
  EXPECT_THAT(settle(9), ElementsAre(sequence_range{8, 8}));
  EXPECT_EQ(window.newest(), 9U);
}

TEST_F(LcmSequenceWindow, SettlesBeyondTheNewest) {
  mark(1);
  EXPECT_THAT(settle(5), ElementsAre(sequence_range{2, 5}));
  EXPECT_EQ(window.newest(), 5U);
  EXPECT_EQ(window.of(5), state::past);
  EXPECT_THAT(mark(6), IsEmpty());
  mark(8);
  EXPECT_THAT(settle(10), ElementsAre(sequence_range{7, 7}, sequence_range{9, 10}));
}

TEST_F(LcmSequenceWindow, SettlesWhatFallsOutOfIt) {
  constexpr auto size = static_cast<std::uint32_t>(sequence_window::size);
  mark(0);
  EXPECT_THAT(mark(size), IsEmpty());
  EXPECT_EQ(window.of(0), state::past);
  EXPECT_EQ(window.of(1), state::fresh);
  EXPECT_THAT(mark(size + 2), ElementsAre(sequence_range{1, 2}));
  EXPECT_EQ(window.of(2), state::past);
  EXPECT_EQ(window.of(3), state::fresh);
  // Far ahead: all that it held, and all between.
  EXPECT_THAT(mark(10 * size),
              ElementsAre(sequence_range{3, size - 1}, sequence_range{size + 1, size + 1},
                          sequence_range{size + 3, 9 * size}));
  EXPECT_EQ(window.of(9 * size + 1), state::fresh);
}

TEST_F(LcmSequenceWindow, Wraps) {
  mark(0xfffffffeU);
  mark(1);
  EXPECT_EQ(window.newest(), 1U);
  EXPECT_EQ(window.of(0xffffffffU), state::fresh);
  EXPECT_EQ(window.of(0xfffffffdU), state::past);
  const auto missed = settle(1);
  EXPECT_THAT(missed, ElementsAre(sequence_range{0xffffffffU, 0}));
  EXPECT_EQ(missed[0].size(), 2U);
}

TEST_F(LcmSequenceWindow, AccountsForEachNumberOnce) {
  std::minstd_rand random(3);
  const std::uint32_t start = 0xffffff00U;
  std::uint64_t seen = 1;
  std::uint64_t missed = 0;
  mark(start);
  std::uint32_t newest = start;
  const auto count = [&](const ranges& all) {
    for (const auto& each : all) missed += each.size();
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto number = newest + 5 - static_cast<std::uint32_t>(random() % 12);
    if (window.of(number) == state::fresh) ++seen;
    count(mark(number));
    EXPECT_NE(window.of(number), state::fresh);
    newest = window.newest();
    if (random() % 50 == 0) count(settle(newest - static_cast<std::uint32_t>(random() % 8)));
  }
  count(settle(newest));
  EXPECT_EQ(seen + missed, std::uint64_t{newest - start} + 1);
  EXPECT_GT(missed, 100U);
}

}  // namespace
}  // namespace dgram::lcm
