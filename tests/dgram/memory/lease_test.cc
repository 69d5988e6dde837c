#include "caf_dgram/dgram/memory/lease.h"

#include <string>
#include <utility>

#include "caf_dgram/dgram/memory/chunk_pool.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

std::shared_ptr<memory_account> account() {
  return std::make_shared<memory_account>(1 << 20, [] {});
}

class Lease : public ::testing::Test {
 protected:
  /// The first bytes of a fresh chunk.
  payload received(std::size_t size) {
    auto memory = pool->take(size);
    const std::string_view bytes(memory->data(), size);
    return payload::view_of(chunk::share(std::move(memory)), bytes);
  }

  std::shared_ptr<chunk_pool> pool = chunk_pool::make(1 << 20);
  std::shared_ptr<memory_account> slow = account();
  std::shared_ptr<memory_account> fast = account();
  endpoint peer = endpoint::loopback(family::udp4, 1);
};

TEST_F(Lease, LendsTheSameDatagramsWithoutACopy) {
  batch owned;
  owned.add_segments(received(1000), 300, peer);
  owned.add_truncated(received(10), 5000, std::nullopt);
  owned.add({}, peer);
  const auto lent = lend(owned, slow, {});
  EXPECT_EQ(lent, owned);
  ASSERT_EQ(lent.size(), 6U);
  EXPECT_EQ((*lent.begin()).bytes.data(), (*owned.begin()).bytes.data());
  EXPECT_EQ(lent.runs()[1].size, 5000U);
  EXPECT_EQ(lent.peer_of(lent.runs()[1]), nullptr);
}

TEST_F(Lease, ChargesEachBorrowerForTheWholeMemoryUntilItHasLetGo) {
  batch owned;
  owned.add(received(1000), peer);
  auto a = lend(owned, slow, {});
  auto b = lend(owned, fast, {});
  const auto kept = (*a.begin()).share();
  owned.clear();
  a.clear();
  b.clear();
  EXPECT_EQ(fast->held(), 0U);
  EXPECT_EQ(slow->held(), 1024U);
  EXPECT_EQ(pool->in_use(), 1U);
}

TEST_F(Lease, ChargesWhatLiesInOnePieceOfMemoryOnce) {
  const auto memory = received(1000);
  batch owned;
  for (std::size_t i = 0; i < 10; ++i) owned.add(memory.slice(i * 100, 100), peer);
  const auto lent = lend(owned, slow, {});
  EXPECT_EQ(slow->held(), 1024U);
}

TEST_F(Lease, ChargesForMessagesToo) {
  batch owned;
  owned.add_segments(received(1000), 100, peer);
  owned.add({}, peer);
  const auto lent = lend(owned, slow, {7, 100});
  EXPECT_EQ(slow->held(), 1024U + 11 * 7 + 2 * 100);
}

TEST_F(Lease, GivesTheMemoryBackBeforeItIsTakenOffTheAccount) {
  std::size_t seen = 99;
  const auto watched = std::make_shared<memory_account>(1, [&] { seen = pool->in_use(); });
  batch owned;
  owned.add(received(1000), peer);
  auto lent = lend(owned, watched, {});
  owned.clear();
  ASSERT_TRUE(watched->await_room());
  lent.clear();
  EXPECT_EQ(seen, 0U);
}

TEST_F(Lease, ChargesNothingForMemoryOfUnknownSize) {
  batch owned;
  owned.add(payload::copy_of("text"), peer);
  const auto lent = lend(owned, slow, {});
  EXPECT_EQ(lent, owned);
  EXPECT_EQ(slow->held(), 0U);
}

}  // namespace
}  // namespace dgram
