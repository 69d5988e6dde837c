#include "caf_dgram/dgram/memory/chunk_pool.h"

#include <thread>
#include <utility>
#include <vector>

#include "caf_dgram/dgram/payload.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

payload share(std::unique_ptr<chunk> what) {
  const std::string_view bytes(what->data(), what->capacity());
  return payload::view_of(chunk::share(std::move(what)), bytes);
}

TEST(ChunkPool, GivesAtLeastWhatWasAskedFor) {
  const auto sut = chunk_pool::make(1 << 20);
  for (const std::size_t size : {0, 1, 256, 257, 1024, 5000, 65'535, 65'536, 65'537, 300'000}) {
    EXPECT_GE(sut->take(size)->capacity(), size);
  }
}

TEST(ChunkPool, TakesAChunkBackWithItsLastPayload) {
  const auto sut = chunk_pool::make(1 << 20);
  auto memory = sut->take(1000);
  const char* where = memory->data();
  auto whole = share(std::move(memory));
  auto part = whole.slice(10, 10);
  whole = {};
  EXPECT_EQ(sut->cached(), 0U);
  part = {};
  EXPECT_EQ(sut->cached(), 1024U);
  const auto again = sut->take(900);
  EXPECT_EQ(again->data(), where);
  EXPECT_EQ(sut->cached(), 0U);
}

TEST(ChunkPool, KeepsNoMoreThanItsLimit) {
  const auto sut = chunk_pool::make(100'000);
  std::vector<payload> held;
  for (int i = 0; i < 5; ++i) held.push_back(share(sut->take(65'536)));
  held.push_back(share(sut->take(1'000'000)));
  held.clear();
  EXPECT_EQ(sut->cached(), 65'536U);
}

TEST(ChunkPool, MayBeOutlivedByItsChunks) {
  auto sut = chunk_pool::make(1 << 20);
  auto held = share(sut->take(1000));
  const std::weak_ptr<chunk_pool> watch = sut;
  sut.reset();
  EXPECT_FALSE(watch.expired());
  held = {};
  EXPECT_TRUE(watch.expired());
}

TEST(ChunkPool, TakesChunksBackFromOtherThreads) {
  const auto sut = chunk_pool::make(1 << 20);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto memory = sut->take(1000);
        memory->data()[0] = 'x';
        auto shared = share(std::move(memory));
        std::thread([part = shared.slice(0, 1)] { EXPECT_EQ(part.view(), "x"); }).join();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(sut->cached(), 0U);
  EXPECT_LE(sut->cached(), 4 * 1024U);
}

TEST(ChunkPool, CountsChunksInUseWhetherTheyWereSharedOrNot) {
  const auto sut = chunk_pool::make(1 << 20);
  {
    const auto never_shared = sut->take(1000);
    auto shared = share(sut->take(1000));
    EXPECT_EQ(sut->in_use(), 2U);
    shared = {};
    EXPECT_EQ(sut->in_use(), 1U);
  }
  EXPECT_EQ(sut->in_use(), 0U);
  EXPECT_EQ(sut->cached(), 1024U);
}

TEST(ChunkPool, TakesAChunkBackEveryTimeItWasUsed) {
  const auto sut = chunk_pool::make(1 << 20);
  for (int round = 0; round < 3; ++round) {
    auto held = share(sut->take(1000));
    EXPECT_EQ(sut->cached(), 0U);
    { const auto copy = held; }
    EXPECT_EQ(sut->in_use(), 1U) << round;
    held = {};
    EXPECT_EQ(sut->in_use(), 0U) << round;
    EXPECT_EQ(sut->cached(), 1024U) << round;
  }
}

TEST(ChunkPool, KeepsWhatJustFitsItsLimit) {
  const auto sut = chunk_pool::make(65'536);
  share(sut->take(65'536));
  EXPECT_EQ(sut->cached(), 65'536U);
}

}  // namespace
}  // namespace dgram
