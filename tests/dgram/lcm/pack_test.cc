#include "caf_dgram/dgram/lcm/pack.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/dgram/lcm/datagram.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

part message(std::uint32_t sequence, std::string_view channel, std::string_view bytes) {
  part result;
  result.is_short = true;
  result.sequence = sequence;
  result.channel = channel;
  result.bytes = bytes;
  result.size = static_cast<std::uint32_t>(bytes.size());
  return result;
}

class Pack : public ::testing::Test {
 protected:
  /// What the datagram carries: channel and bytes of each message, and whether it is damaged.
  std::vector<std::pair<std::string, std::string>> read(std::string_view datagram) {
    std::vector<std::pair<std::string, std::string>> result;
    pack_reader reader(datagram);
    while (const auto group = reader.next()) {
      ++groups;
      for (std::size_t at = 0; at < group->messages.size(); at += group->size) {
        const auto each = std::get<part>(parse(group->messages.substr(at, group->size)));
        result.emplace_back(each.channel, each.bytes);
      }
    }
    is_damaged = reader.is_damaged();
    return result;
  }

  std::string close() { return {memory.data(), sut.close()}; }

  std::array<char, 100> memory{};
  pack_writer sut;
  int groups = 0;
  bool is_damaged = false;
};

TEST_F(Pack, CarriesMessagesInOrder) {
  sut.open(memory.data(), memory.size());
  ASSERT_TRUE(sut.add(message(1, "A", "one")));
  ASSERT_TRUE(sut.add(message(2, "B", "two")));
  ASSERT_TRUE(sut.add(message(3, "A", "three")));
  EXPECT_EQ(sut.size(), 4 + 4 + 2 * 13 + 4 + 15U);
  const auto datagram = close();
  ASSERT_TRUE(is_pack(datagram));
  EXPECT_THAT(read(datagram), ElementsAre(Pair("A", "one"), Pair("B", "two"), Pair("A", "three")));
  // Those of one size together.
  EXPECT_EQ(groups, 2);
  EXPECT_FALSE(is_damaged);
}

TEST_F(Pack, TakesWhatItHasRoomForAndNoMore) {
  sut.open(memory.data(), 4 + 4 + 3 * 13);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(sut.add(message(0, "A", "abc")));
  EXPECT_FALSE(sut.add(message(0, "A", "abc")));
  EXPECT_FALSE(sut.add(message(0, "A", "")));
  EXPECT_THAT(read(close()), ::testing::SizeIs(3));
}

TEST_F(Pack, TakesNoMoreMessagesThanAReceiverDoes) {
  std::vector<char> large(65'507);
  sut.open(large.data(), large.size());
  for (std::size_t i = 0; i < max_packed; ++i) ASSERT_TRUE(sut.add(message(0, "A", "")));
  EXPECT_FALSE(sut.add(message(0, "A", "")));
  const std::string datagram(large.data(), sut.close());
  EXPECT_THAT(read(datagram), ::testing::SizeIs(max_packed));
  EXPECT_FALSE(is_damaged);
  // One more than allowed, in a group of its own.
  read(datagram + std::string("\0\x0a\0\1", 4) + datagram.substr(8, 10));
  EXPECT_TRUE(is_damaged);
}

TEST_F(Pack, OfOneMessageIsThatMessage) {
  sut.open(memory.data(), memory.size());
  ASSERT_TRUE(sut.add(message(1, "A", "one")));
  const auto datagram = close();
  EXPECT_FALSE(is_pack(datagram));
  EXPECT_EQ(std::get<part>(parse(datagram)).bytes, "one");
  EXPECT_FALSE(sut.is_open());
}

TEST_F(Pack, HasNoRoomForAMessageAsLongAsItself) {
  sut.open(memory.data(), 20);
  EXPECT_FALSE(sut.add(message(1, "A", "1234567890")));
  EXPECT_TRUE(sut.is_open());
  EXPECT_EQ(sut.size(), 0U);
}

TEST_F(Pack, IsReadUpToWhatIsNoGroup) {
  sut.open(memory.data(), memory.size());
  for (const auto* text : {"one", "two", "three", "four"}) sut.add(message(1, "A", text));
  const auto datagram = close();
  for (std::size_t size = 4; size < datagram.size(); ++size) {
    read(datagram.substr(0, size));
    const bool is_between_groups =
        size == 4 || size == 4 + 4 + 2 * 13 || size == 4 + 4 + 26 + 4 + 15;
    EXPECT_EQ(is_damaged, !is_between_groups) << size;
  }
  using namespace std::string_literals;
  for (const auto& group : {"\0\0\0\1"s, "\0\1\0\0x"s, "\0\2\0\2abc"s, "x"s}) {
    EXPECT_THAT(read("CDP1" + group), IsEmpty());
    EXPECT_TRUE(is_damaged);
  }
}

}  // namespace
}  // namespace dgram::lcm
