#include "caf_dgram/dgram/lcm/writer.h"

#include <string>
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

part part_in(std::string_view datagram) { return std::get<part>(parse(datagram)); }

TEST(LcmWriter, WritesShortMessages) {
  writer sut(1472);
  EXPECT_TRUE(sut.empty());
  ASSERT_TRUE(sut.add(7, "A", "abc"));
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
  for (std::uint32_t i = 0; i < 10; ++i) sut.add(i, "A", "abc");
  EXPECT_THAT(runs_of(sut.take()), ElementsAre(std::pair(130U, 13U)));
}

TEST(LcmWriter, EndsARunWithAShorterDatagramAndBeforeALongerOne) {
  writer sut(1472);
  for (const auto* text : {"abc", "abc", "a", "abc", "abcd", "a", "a"}) sut.add(0, "A", text);
  EXPECT_THAT(runs_of(sut.take()), ElementsAre(std::pair(37U, 13U), std::pair(13U, 13U),
                                               std::pair(25U, 14U), std::pair(11U, 11U)));
}

TEST(LcmWriter, CutsALongMessageIntoOneRun) {
  const std::string text(1'000'000, 'x');
  writer sut(1472);
  ASSERT_TRUE(sut.add(7, "CAMERA", text));
  const auto written = sut.take();
  EXPECT_THAT(written.runs(), SizeIs(1));
  EXPECT_EQ(written.runs()[0].segment_size, 1472U);
  EXPECT_EQ(written.size(), cut(7, "CAMERA", text, 1472).size());
  std::size_t bytes = 0;
  for (const auto& each : written) {
    const auto got = part_in(each.bytes);
    EXPECT_FALSE(got.is_short);
    EXPECT_EQ(got.offset, bytes);
    bytes += got.bytes.size();
  }
  EXPECT_EQ(bytes, text.size());
}

TEST(LcmWriter, KeepsWhatWasTaken) {
  writer sut(1472);
  sut.add(0, "A", "first");
  const auto first = sut.take();
  sut.add(1, "A", "other");
  const auto second = sut.take();
  EXPECT_EQ(part_in((*first.begin()).bytes).bytes, "first");
  EXPECT_EQ(part_in((*second.begin()).bytes).bytes, "other");
}

TEST(LcmWriter, TakesMoreThanOneBlock) {
  writer sut(1472);
  const std::string text(1000, 'x');
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(sut.add(i, "A", text));
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
