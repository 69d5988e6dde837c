#include "caf_dgram/dgram/memory/backlog.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto here = endpoint::loopback(family::udp4, 1);
const auto there = endpoint::loopback(family::udp4, 2);

std::vector<std::string> texts(const batch& datagrams) {
  std::vector<std::string> result;
  for (const datagram& each : datagrams) result.emplace_back(each.bytes);
  return result;
}

/// "aa", "bb", "c" in one run, then "d" and an empty one of another peer.
backlog five() {
  batch datagrams;
  datagrams.add_segments("aabbc", 2, here);
  datagrams.add("d", there);
  datagrams.add("", there);
  backlog sut;
  sut.add(datagrams);
  return sut;
}

TEST(Backlog, GivesBackTheOldestFirst) {
  auto sut = five();
  EXPECT_EQ(sut.size(), 5U);
  EXPECT_THAT(texts(sut.take(2)), ElementsAre("aa", "bb"));
  EXPECT_THAT(texts(sut.take(2)), ElementsAre("c", "d"));
  EXPECT_THAT(texts(sut.take(9)), ElementsAre(""));
  EXPECT_TRUE(sut.empty());
  EXPECT_THAT(texts(sut.take(1)), IsEmpty());
}

TEST(Backlog, KeepsSendersAndOrder) {
  auto sut = five();
  batch later;
  later.add("e", std::nullopt);
  sut.add(later);
  const auto got = sut.take(100);
  std::vector<const endpoint*> peers;
  for (const datagram& each : got) peers.push_back(each.peer);
  ASSERT_EQ(peers.size(), 6U);
  EXPECT_EQ(*peers[2], here);
  EXPECT_EQ(*peers[3], there);
  EXPECT_EQ(peers[5], nullptr);
  EXPECT_THAT(texts(got), ElementsAre("aa", "bb", "c", "d", "", "e"));
}

TEST(Backlog, DropsTheOldest) {
  for (std::size_t count = 0; count <= 5; ++count) {
    auto sut = five();
    auto expected = texts(five().take(5));
    expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(count));
    sut.drop_oldest(count);
    EXPECT_EQ(sut.size(), 5 - count);
    EXPECT_EQ(texts(sut.take(5)), expected) << count;
  }
}

TEST(Backlog, DropsTheNewest) {
  for (std::size_t count = 0; count <= 5; ++count) {
    auto sut = five();
    auto expected = texts(five().take(5));
    expected.resize(5 - count);
    sut.drop_newest(count);
    EXPECT_EQ(sut.size(), 5 - count);
    EXPECT_EQ(texts(sut.take(5)), expected) << count;
  }
}

TEST(Backlog, KeepsTheRealSizeOfATruncatedOne) {
  batch datagrams;
  datagrams.add_truncated("cut", 1000, here);
  backlog sut;
  sut.add(datagrams);
  const auto got = sut.take(1);
  EXPECT_EQ((*got.begin()).size, 1000U);
  EXPECT_EQ((*got.begin()).bytes, "cut");
}

TEST(Backlog, KeepsTheLocalAddress) {
  batch datagrams;
  datagrams.add_segments("aabb", 2, {here, ip_address::of(here)});
  backlog sut;
  sut.add(datagrams);
  EXPECT_EQ(*(*sut.take(1).begin()).local, ip_address::of(here));
  EXPECT_EQ(*(*sut.take(1).begin()).local, ip_address::of(here));
}

TEST(Backlog, LetsGoOfMemoryWithWhatItDrops) {
  auto bytes = std::make_shared<std::string>("aabbcc");
  batch datagrams;
  datagrams.add_segments(payload::view_of(bytes, *bytes), 2, here);
  backlog sut;
  sut.add(datagrams);
  datagrams.clear();
  sut.drop_oldest(2);
  EXPECT_GT(bytes.use_count(), 1);
  sut.drop_newest(1);
  EXPECT_EQ(bytes.use_count(), 1);
}

TEST(Backlog, CountsTheDatagramsThatBeginWithinSomeBytes) {
  backlog sut;
  EXPECT_EQ(sut.count_within(100, 0), 0U);
  batch datagrams;
  datagrams.add_segments(payload("aaaabbbbcc"), 4);
  datagrams.add(payload(""));
  sut.add(datagrams);
  EXPECT_EQ(sut.count_within(0, 6), 0U);
  EXPECT_EQ(sut.count_within(1, 6), 1U);
  EXPECT_EQ(sut.count_within(10, 6), 1U);
  EXPECT_EQ(sut.count_within(11, 6), 2U);
  EXPECT_EQ(sut.count_within(28, 6), 3U);
  EXPECT_EQ(sut.count_within(29, 6), 4U);
  EXPECT_EQ(sut.count_within(1'000, 6), 4U);
}

TEST(Backlog, CountsAShorterLastDatagramByItsOwnBytes) {
  backlog sut;
  batch datagrams;
  datagrams.add_segments(payload("aaaaaaaab"), 8);
  datagrams.add_segments(payload("ccccccccd"), 8);
  sut.add(datagrams);
  sut.take(1);
  EXPECT_EQ(sut.count_within(2, 0), 2U);
  EXPECT_EQ(sut.count_within(10, 0), 3U);
  sut.drop_newest(1);
  EXPECT_EQ(sut.count_within(2, 0), 2U);
}

TEST(Backlog, IsAsNewOnceItIsCleared) {
  auto bytes = std::make_shared<std::string>("aabb");
  batch datagrams;
  datagrams.add_segments(payload::view_of(bytes, *bytes), 2, here);
  backlog sut;
  sut.add(datagrams);
  datagrams.clear();
  sut.clear();
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.size(), 0U);
  EXPECT_EQ(bytes.use_count(), 1);
  datagrams.add("new", there);
  sut.add(datagrams);
  EXPECT_THAT(texts(sut.take(9)), ElementsAre("new"));
}

TEST(Backlog, CountsDatagramsThatTakeNoRoomAsBegun) {
  backlog sut;
  batch datagrams;
  datagrams.add(payload(""));
  datagrams.add_segments(payload("abcde"), 1);
  sut.add(datagrams);
  EXPECT_EQ(sut.count_within(0, 0), 0U);
  EXPECT_EQ(sut.count_within(1, 0), 2U);
  EXPECT_EQ(sut.count_within(3, 0), 4U);
}

}  // namespace
}  // namespace dgram
