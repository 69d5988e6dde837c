#include "caf_dgram/actors/socket/outgoing.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "caf_dgram/actors/socket/outgoing_queue.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

outgoing run(const std::string& text, std::size_t segment_size) {
  return {payload(text), {}, segment_size, std::nullopt, {}};
}

TEST(Outgoing, CountsItsDatagramsAndBytes) {
  EXPECT_EQ(run("", 0).count(), 1U);
  EXPECT_EQ(run("aabbc", 2).count(), 3U);
  EXPECT_EQ(run("aabbc", 2).bytes(), 5U);
  const outgoing gathered{{}, {payload("ab"), payload("c")}, 0, std::nullopt, {}};
  EXPECT_EQ(gathered.count(), 1U);
  EXPECT_EQ(gathered.bytes(), 3U);
}

TEST(Outgoing, SplitsOffItsFirstDatagrams) {
  auto rest = run("aabbc", 2);
  const auto front = rest.take(2);
  EXPECT_EQ(front.data.view(), "aabb");
  EXPECT_EQ(front.count(), 2U);
  EXPECT_EQ(rest.data.view(), "c");
}

TEST(Outgoing, SplitsOffDatagramsWithTheirHeads) {
  auto rest = run("aabbc", 2);
  rest.heads = {"123", 1};
  EXPECT_EQ(rest.count(), 3U);
  EXPECT_EQ(rest.bytes(), 8U);
  EXPECT_EQ(rest.full_size(), 3U);
  EXPECT_EQ(rest.bytes_of(2), 6U);
  EXPECT_EQ(rest.bytes_of(3), 8U);
  const auto front = rest.take(1);
  EXPECT_EQ(front.data.view(), "aa");
  EXPECT_EQ(front.heads.bytes.view(), "1");
  EXPECT_EQ(rest.data.view(), "bbc");
  EXPECT_EQ(rest.heads.bytes.view(), "23");
  rest.keep(1);
  EXPECT_EQ(rest.data.view(), "bb");
  EXPECT_EQ(rest.heads.bytes.view(), "2");
}

TEST(Outgoing, KeepsAsManyDatagramsAsAsked) {
  auto what = run("aabbc", 2);
  what.keep(1);
  EXPECT_EQ(what.data.view(), "aa");
  EXPECT_EQ(what.count(), 1U);
}

TEST(OutgoingQueue, IsFirstInFirstOut) {
  outgoing_queue sut;
  EXPECT_TRUE(sut.empty());
  for (int i = 0; i < 3; ++i) sut.push(run(std::to_string(i), 1));
  EXPECT_EQ(sut.size(), 3U);
  EXPECT_EQ(sut[2].data.view(), "2");
  sut.pop_front();
  EXPECT_EQ(sut.front().data.view(), "1");
  EXPECT_EQ(sut[1].data.view(), "2");
  std::vector<outgoing> rest;
  sut.move_to(rest);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].data.view(), "1");
  EXPECT_TRUE(sut.empty());
}

TEST(OutgoingQueue, DoesNotGrowWhileItNeverRunsEmpty) {
  outgoing_queue sut;
  sut.push(run("x", 1));
  for (int i = 0; i < 100'000; ++i) {
    sut.push(run("x", 1));
    sut.pop_front();
  }
  EXPECT_EQ(sut.size(), 1U);
  EXPECT_LT(sut.capacity(), 5000U);
}

TEST(OutgoingQueue, GivesTheMemoryOfABurstBackWhenItIsEmpty) {
  outgoing_queue sut;
  for (int i = 0; i < 10'000; ++i) sut.push(run("x", 1));
  while (!sut.empty()) sut.pop_front();
  EXPECT_LE(sut.capacity(), 256U);
}

TEST(OutgoingQueue, TakesMemoryAtOnceForAsMuchAsItHeldLastWithinReason) {
  outgoing_queue sut;
  const auto fill_and_empty = [&](int entries) {
    for (int i = 0; i < entries; ++i) sut.push(run("x", 1));
    while (!sut.empty()) sut.pop_front();
  };
  fill_and_empty(1000);
  sut.push(run("x", 1));
  EXPECT_GE(sut.capacity(), 1000U);
  sut.pop_front();
  sut.push(run("x", 1));
  EXPECT_LT(sut.capacity(), 1000U);
  fill_and_empty(100'000);
  sut.push_plain(payload("x"), nullptr, {});
  EXPECT_EQ(sut.capacity(), 4096U);
}

TEST(OutgoingQueue, MakesPlainDatagramsInPlace) {
  outgoing_queue sut;
  const auto to = endpoint::loopback(family::udp4, 7);
  const auto from = ip_address::of(endpoint::loopback(family::udp4, 0));
  sut.push_plain(payload("abc"), &to, from);
  sut.push_plain(payload(), nullptr, {});
  EXPECT_EQ(sut.front().data.view(), "abc");
  EXPECT_EQ(sut.front().count(), 1U);
  EXPECT_EQ(sut.front().bytes(), 3U);
  EXPECT_EQ(sut.front().to, to);
  EXPECT_EQ(sut.front().from, from);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(sut.front().done));
  EXPECT_EQ(sut[1].count(), 1U);
  EXPECT_FALSE(sut[1].to.has_value());
}

TEST(OutgoingQueue, ReleasesWhatLeavesAtOnce) {
  auto owner = std::make_shared<const std::string>("bytes");
  const std::weak_ptr<const std::string> watch = owner;
  outgoing_queue sut;
  sut.push({payload::view_of(owner, *owner), {}, 5, std::nullopt, {}});
  sut.push(run("x", 1));
  owner.reset();
  sut.pop_front();
  EXPECT_TRUE(watch.expired());
}

TEST(OutgoingQueue, ReleasesBuffersAndReceiptsOfWhatLeavesAtOnce) {
  auto owner = std::make_shared<const std::string>("bytes");
  const std::weak_ptr<const std::string> bytes = owner;
  auto made = std::make_shared<batch_receipt>(reply<batch_result>(), std::size_t{1});
  const std::weak_ptr<batch_receipt> receipt = made;
  outgoing_queue sut;
  sut.push({{}, {payload::view_of(owner, *owner)}, 0, std::nullopt, std::move(made)});
  sut.push(run("x", 1));
  owner.reset();
  sut.pop_front();
  EXPECT_TRUE(bytes.expired());
  EXPECT_TRUE(receipt.expired());
}

TEST(OutgoingQueue, ReleasesHeadsOfWhatLeavesAtOnce) {
  auto owner = std::make_shared<const std::string>("bytes");
  const std::weak_ptr<const std::string> bytes = owner;
  outgoing_queue sut;
  auto headed = run("xxxxx", 1);
  headed.heads = {payload::view_of(owner, *owner), 1};
  sut.push(std::move(headed));
  sut.push(run("x", 1));
  owner.reset();
  sut.pop_front();
  EXPECT_TRUE(bytes.expired());
}

}  // namespace
}  // namespace dgram
