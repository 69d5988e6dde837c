#include "caf_dgram/actors/socket/mailbox_budget.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dgram {
namespace {

TEST(MailboxBudget, AdmitsUntilItsLimitIsReached) {
  mailbox_budget sut(100);
  EXPECT_TRUE(sut.admit(99));
  EXPECT_TRUE(sut.admit(50));
  EXPECT_FALSE(sut.admit(1));
  EXPECT_EQ(sut.waiting(), 149U);
}

TEST(MailboxBudget, AdmitsAgainWhatHasLeft) {
  mailbox_budget sut(100);
  ASSERT_TRUE(sut.admit(100));
  ASSERT_FALSE(sut.admit(1));
  EXPECT_TRUE(sut.leave(100));
  EXPECT_TRUE(sut.admit(1));
}

TEST(MailboxBudget, MakesRoomForSeveralTogether) {
  mailbox_budget sut(1600);
  ASSERT_TRUE(sut.admit(1600));
  EXPECT_FALSE(sut.leave(99));
  EXPECT_EQ(sut.waiting(), 1600U);
  EXPECT_TRUE(sut.leave(1));
  EXPECT_EQ(sut.waiting(), 1500U);
}

TEST(MailboxBudget, CountsRefusedDatagramsAndTheUnansweredOnes) {
  mailbox_budget sut(1);
  ASSERT_TRUE(sut.admit(1));
  const auto none = sut.take_refused();
  EXPECT_EQ(none.datagrams, 0U);
  EXPECT_EQ(none.unanswered, 0U);
  EXPECT_TRUE(sut.refuse(5, false));
  EXPECT_FALSE(sut.refuse(2, true));
  const auto refused = sut.take_refused();
  EXPECT_EQ(refused.datagrams, 7U);
  EXPECT_EQ(refused.unanswered, 5U);
  EXPECT_EQ(sut.take_refused().datagrams, 0U);
  // The first since then has to be reminded of.
  EXPECT_TRUE(sut.refuse(1, true));
  EXPECT_EQ(sut.take_refused().unanswered, 0U);
}

TEST(MailboxBudget, IsHalfEmptyUpToHalfOfItsLimit) {
  mailbox_budget sut(1600);
  EXPECT_TRUE(sut.is_half_empty());
  ASSERT_TRUE(sut.admit(801));
  EXPECT_FALSE(sut.is_half_empty());
  ASSERT_TRUE(sut.admit(799));
  ASSERT_TRUE(sut.leave(800));
  EXPECT_TRUE(sut.is_half_empty());
}

TEST(MailboxBudget, CountsEveryDatagramOfManySenders) {
  mailbox_budget sut(1000);
  constexpr std::uint64_t each = 20'000;
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<bool> done{false};
  std::uint64_t refused = 0;
  std::thread actor([&] {
    for (std::uint64_t left = 0; !done || left < admitted;) {
      if (left < admitted) {
        sut.leave(10);
        ++left;
      }
      refused += sut.take_refused().datagrams;
    }
  });
  std::vector<std::thread> senders;
  for (int i = 0; i < 3; ++i) {
    senders.emplace_back([&] {
      for (std::uint64_t n = 0; n < each; ++n) {
        if (sut.admit(10)) {
          ++admitted;
        } else {
          sut.refuse(1, false);
        }
      }
    });
  }
  for (auto& sender : senders) sender.join();
  done = true;
  actor.join();
  refused += sut.take_refused().datagrams;
  EXPECT_EQ(admitted + refused, 3 * each);
}

TEST(MailboxBudget, TellsASingleRefusalToo) {
  mailbox_budget sut(1);
  ASSERT_TRUE(sut.admit(1));
  ASSERT_FALSE(sut.admit(1));
  EXPECT_TRUE(sut.refuse(1, false));
  const auto refused = sut.take_refused();
  EXPECT_EQ(refused.datagrams, 1U);
  EXPECT_EQ(refused.unanswered, 1U);
  EXPECT_TRUE(sut.refuse(1, false));
}

}  // namespace
}  // namespace dgram
