#include "caf_dgram/dgram/memory/memory_account.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace dgram {
namespace {

class MemoryAccount : public ::testing::Test {
 protected:
  std::atomic<int> told{0};
  std::shared_ptr<memory_account> sut = std::make_shared<memory_account>(100, [this] { ++told; });
};

TEST_F(MemoryAccount, CountsWhatIsHeld) {
  memory_charge a(sut, 30);
  EXPECT_EQ(sut->held(), 30U);
  a.add(10);
  EXPECT_EQ(sut->held(), 40U);
  EXPECT_EQ(sut->room(), 60U);
  memory_charge b = std::move(a);
  EXPECT_EQ(sut->held(), 40U);
  b = memory_charge(sut, 5);
  EXPECT_EQ(sut->held(), 5U);
  b = {};
  EXPECT_EQ(sut->held(), 0U);
}

TEST_F(MemoryAccount, IsFullAtItsLimitAndTakesMoreAllTheSame) {
  const memory_charge a(sut, 99);
  EXPECT_FALSE(sut->is_full());
  const memory_charge b(sut, 50);
  EXPECT_TRUE(sut->is_full());
  EXPECT_EQ(sut->room(), 0U);
  EXPECT_EQ(sut->held(), 149U);
}

TEST_F(MemoryAccount, TellsOnceWhenHalfOfItIsFreeAgain) {
  memory_charge a(sut, 50);
  memory_charge b(sut, 40);
  memory_charge c(sut, 10);
  ASSERT_TRUE(sut->await_room());
  c = {};
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(sut->is_awaited());
  b = {};
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(sut->is_awaited());
  a = {};
  EXPECT_EQ(told, 1);
}

TEST_F(MemoryAccount, DoesNotTellWhatIsSoAlready) {
  const memory_charge a(sut, 50);
  EXPECT_FALSE(sut->await_room());
  EXPECT_FALSE(sut->is_awaited());
  EXPECT_EQ(told, 0);
}

TEST_F(MemoryAccount, TellsNobodyWhoDoesNotWait) {
  { const memory_charge a(sut, 1000); }
  EXPECT_EQ(told, 0);
}

TEST_F(MemoryAccount, NeverMissesTheMomentWhoeverGivesBack) {
  for (int round = 0; round < 500; ++round) {
    const int before = told;
    std::vector<memory_charge> held;
    for (int i = 0; i < 4; ++i) held.emplace_back(sut, 25);
    std::vector<std::thread> threads;
    for (auto& each : held) threads.emplace_back([&each] { each = memory_charge(); });
    const bool waits = sut->await_room();
    for (auto& each : threads) each.join();
    EXPECT_EQ(told - before, waits ? 1 : 0);
    EXPECT_EQ(sut->held(), 0U);
  }
}

TEST(MemoryAccountUnderContention, CallsOnceForEachWaitHoweverReleasesFallTogetherWithIt) {
  // One thread holds and releases all of it while another asks to be called.
  std::atomic<int> called{0};
  const auto account = std::make_shared<memory_account>(100, [&] { ++called; });
  int pending = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto held = std::make_unique<memory_charge>(account, 100);
    std::thread releasing;
    std::atomic<bool> go{false};
    if (round % 100 == 0) {
      releasing = std::thread([&] {
        while (!go) {
        }
        held.reset();
      });
      go = true;
      if (account->await_room()) ++pending;
      releasing.join();
    } else {
      if (account->await_room()) ++pending;
      held.reset();
    }
    ASSERT_FALSE(account->is_awaited()) << round;
    ASSERT_EQ(called, pending) << round;
  }
}

}  // namespace
}  // namespace dgram
