#include "caf_dgram/dgram/lcm/writer.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "caf_dgram/dgram/lcm/cut.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Bytes in each run, and of each of its datagrams.
std::vector<std::pair<std::size_t, std::size_t>> runs_of(const batch& what) {
  std::vector<std::pair<std::size_t, std::size_t>> result;
  for (const auto& run : what.runs()) result.emplace_back(run.bytes.size(), run.segment_size);
  return result;
}

/// Writes a message that is not cut.
bool add_short(writer& to, std::uint32_t sequence, std::string_view channel,
               const std::string& text) {
  return to.add(sequence, channel, text, []() -> payload {
    ADD_FAILURE() << "shared";
    return {};
  });
}

part part_in(std::string_view datagram) { return std::get<part>(parse(datagram)); }

TEST(LcmWriter, WritesShortMessages) {
  writer sut(1472);
  EXPECT_TRUE(sut.empty());
  ASSERT_TRUE(add_short(sut, 7, "A", "abc"));
  EXPECT_FALSE(sut.empty());
  EXPECT_EQ(sut.bytes(), short_header_size + 2 + 3);
  const auto written = sut.take();
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(sut.bytes(), 0U);
  ASSERT_EQ(written.size(), 1U);
  const auto got = part_in((*written.begin()).bytes);
  EXPECT_TRUE(got.is_short);
  EXPECT_EQ(got.sequence, 7U);
  EXPECT_EQ(got.channel, "A");
  EXPECT_EQ(got.bytes, "abc");
}

TEST(LcmWriter, JoinsDatagramsOfOneSizeToARun) {
  writer sut(1472);
  for (std::uint32_t i = 0; i < 10; ++i) add_short(sut, i, "A", "abc");
  EXPECT_THAT(runs_of(sut.take()), ElementsAre(std::pair(130U, 13U)));
}

TEST(LcmWriter, EndsARunWithAShorterDatagramAndBeforeALongerOne) {
  writer sut(1472);
  for (const auto* text : {"abc", "abc", "a", "abc", "abcd", "a", "a"})
    add_short(sut, 0, "A", text);
  EXPECT_THAT(runs_of(sut.take()), ElementsAre(std::pair(37U, 13U), std::pair(13U, 13U),
                                               std::pair(25U, 14U), std::pair(11U, 11U)));
}

TEST(LcmWriter, CutsALongMessageWithoutCopyingIt) {
  const payload message(std::string(1'000'000, 'x'));
  writer sut(1472);
  add_short(sut, 6, "A", "before");
  ASSERT_TRUE(sut.add(7, "CAMERA", message.view(), [&] { return message; }));
  add_short(sut, 8, "A", "behind");
  EXPECT_FALSE(sut.empty());
  const auto size = sut.bytes();
  const auto written = sut.take();
  EXPECT_EQ(written.bytes(), size);
  EXPECT_TRUE(sut.empty());
  // The first fragment, whose header has the channel, and the others.
  ASSERT_THAT(written.runs(), SizeIs(4));
  EXPECT_EQ(written.size(), 2 + cut(7, "CAMERA", message.view(), 1472).size());
  std::size_t bytes = 0;
  for (const auto& each : written) {
    const auto whole = each.joined();
    const auto got = part_in(whole);
    EXPECT_EQ(got.is_short, got.sequence != 7);
    if (got.is_short) continue;
    if (got.index + 1 < got.count) {
      EXPECT_EQ(each.size, 1472U);
    }
    EXPECT_EQ(each.bytes.data(), message.data() + bytes);
    EXPECT_EQ(got.offset, bytes);
    bytes += got.bytes.size();
  }
  EXPECT_EQ(bytes, message.size());
}

TEST(LcmWriter, KeepsTheOrderOfPacksAndLongMessages) {
  const payload message(std::string(5000, 'x'));
  writer sut(1472, true);
  for (std::uint32_t i = 0; i < 2; ++i) add_short(sut, i, "A", "before");
  ASSERT_TRUE(sut.add(2, "A", message.view(), [&] { return message; }));
  for (std::uint32_t i = 3; i < 5; ++i) add_short(sut, i, "A", "behind");
  std::vector<std::size_t> sizes;
  for (const auto& each : sut.take()) sizes.push_back(each.size);
  // A pack, four fragments, a pack.
  ASSERT_THAT(sizes, SizeIs(6));
  EXPECT_EQ(sizes.front(), sizes.back());
  EXPECT_LT(sizes.front(), 100U);
  EXPECT_EQ(sizes[1], 1472U);
}

TEST(LcmWriter, WritesMoreHeadersThanABlockHoldsAndKeepsThemWhenItIsGone) {
  // More than 64 KiB of headers.
  const payload message(std::string(6'000'000, 'x'));
  std::optional<writer> sut(std::in_place, 1472U);
  ASSERT_TRUE(sut->add(7, "CAMERA", message.view(), [&] { return message; }));
  const auto written = sut->take();
  add_short(*sut, 8, "A", "behind");
  sut.reset();
  std::size_t bytes = 0;
  for (const auto& each : written) {
    const auto whole = each.joined();
    EXPECT_EQ(part_in(whole).offset, bytes);
    bytes += part_in(whole).bytes.size();
  }
  EXPECT_EQ(bytes, message.size());
}

TEST(LcmWriter, CutsAMessageIntoTwo) {
  const payload message(std::string(1500, 'x'));
  writer sut(1472);
  ASSERT_TRUE(sut.add(7, "CAMERA", message.view(), [&] { return message; }));
  EXPECT_EQ(sut.take().size(), 2U);
}

TEST(LcmWriter, KeepsWhatWasTaken) {
  writer sut(1472);
  add_short(sut, 0, "A", "first");
  const auto first = sut.take();
  add_short(sut, 1, "A", "other");
  const auto second = sut.take();
  EXPECT_EQ(part_in((*first.begin()).bytes).bytes, "first");
  EXPECT_EQ(part_in((*second.begin()).bytes).bytes, "other");
}

TEST(LcmWriter, TakesMoreThanOneBlock) {
  writer sut(1472);
  const std::string text(1000, 'x');
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(add_short(sut, i, "A", text));
  const auto written = sut.take();
  std::uint32_t next = 0;
  for (const auto& each : written) EXPECT_EQ(part_in(each.bytes).sequence, next++);
  EXPECT_EQ(next, 1000U);
}

TEST(LcmWriter, WritesDatagramsAsTheyAre) {
  writer sut(1472);
  ASSERT_TRUE(sut.add("heartbeat"));
  EXPECT_EQ((*sut.take().begin()).bytes, "heartbeat");
}

}  // namespace
}  // namespace dgram::lcm
