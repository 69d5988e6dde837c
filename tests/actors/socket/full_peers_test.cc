#include "caf_dgram/actors/socket/full_peers.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;

class FullPeers : public ::testing::Test {
 protected:
  static endpoint peer(int number) {
    return *endpoint::unix_path("/peer/" + std::to_string(number));
  }

  void push(int number, const std::string& text = "x") {
    sut.push({payload(text), {}, text.size(), peer(number), {}}, now);
  }

  /// Tries what is due and takes nothing, or all; returns how many peers were due.
  int refuse_all() {
    int tried = 0;
    sut.try_due(now, [&](outgoing_queue&) { return ++tried, false; });
    return tried;
  }
  int take_all() {
    int tried = 0;
    sut.try_due(now, [&](outgoing_queue& waiting) {
      ++tried;
      while (!waiting.empty()) waiting.pop_front();
      return true;
    });
    return tried;
  }

  full_peers sut;
  full_peers::clock::time_point now = full_peers::clock::time_point() + std::chrono::hours(1);
};

TEST_F(FullPeers, AreThoseThatSomethingWaitsFor) {
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.next_try(), std::nullopt);
  push(1);
  EXPECT_TRUE(sut.contains(peer(1)));
  EXPECT_FALSE(sut.contains(peer(2)));
  now += milliseconds(1);
  EXPECT_EQ(take_all(), 1);
  EXPECT_TRUE(sut.empty());
  EXPECT_FALSE(sut.contains(peer(1)));
}

TEST_F(FullPeers, AreTriedWithDelaysThatDouble) {
  push(1);
  for (const int expected : {1, 2, 4, 8, 16, 32, 32}) {
    EXPECT_EQ(*sut.next_try() - now, milliseconds(expected));
    now = *sut.next_try() - full_peers::clock::duration(1);
    EXPECT_EQ(refuse_all(), 0);
    now += full_peers::clock::duration(1);
    EXPECT_EQ(refuse_all(), 1);
  }
}

TEST_F(FullPeers, ThatTookSomethingAreTriedSoonAgain) {
  push(1, "1");
  push(1, "2");
  for (int i = 0; i < 4; ++i) {
    now = *sut.next_try();
    refuse_all();
  }
  now = *sut.next_try();
  sut.try_due(now, [](outgoing_queue& waiting) {
    waiting.pop_front();
    return true;
  });
  EXPECT_EQ(*sut.next_try() - now, milliseconds(1));
}

TEST_F(FullPeers, InLargeNumbersAreTriedLessOften) {
  for (int i = 0; i < 5000; ++i) push(i);
  now += std::chrono::seconds(1);
  EXPECT_EQ(refuse_all(), 5000);
  EXPECT_EQ(*sut.next_try() - now, milliseconds(500));
}

TEST_F(FullPeers, GiveBackWhatWaitsInOrderForEach) {
  push(1, "1");
  push(2, "a");
  push(1, "2");
  std::vector<outgoing> left;
  sut.move_to(left);
  std::vector<std::string> first;
  for (const auto& what : left) {
    if (*what.to == peer(1)) first.emplace_back(what.data.view());
  }
  EXPECT_EQ(left.size(), 3U);
  EXPECT_THAT(first, ::testing::ElementsAre("1", "2"));
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.next_try(), std::nullopt);
}

}  // namespace
}  // namespace dgram
