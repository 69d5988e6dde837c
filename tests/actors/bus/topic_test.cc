#include "caf_dgram/actors/bus/topic.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/actors/bus/robot.h"

namespace dgram {
namespace {

using ::testing::MatchesRegex;

template <class T>
std::string description_of() {
  value_describer describer;
  T value{};
  inspect_value(describer, value);
  return describer.description();
}

robot::state busy_one() {
  robot::state x;
  x.who = {7};
  x.name = "r";
  x.now = robot::mode::busy;
  x.is_ready = true;
  x.level = -2;
  x.letter = 'z';
  x.up = std::chrono::milliseconds(1500);
  x.speed = {1, -0.5F, 0};
  x.limits = {3, -1};
  x.target = robot::position{0.25, 2};
  x.path = {{1, 2}, {3, 4}};
  x.image = {1, 0xff};
  x.flags = {true, false, true};
  x.counts = {{"a", 1}, {"b", -1}};
  x.parts = {robot::state{}};
  return x;
}

std::string bytes_of(const publish& message) { return std::string(message.data.view()); }

// What follows is the same for every version of CAF; so programs with different ones share topics.

TEST(Topic, DescribesTypesByNamesAndParts) {
  EXPECT_EQ(description_of<robot::position>(), "robot::position{f64,f64}");
  EXPECT_EQ(description_of<robot::id>(), "u32");
  EXPECT_EQ(description_of<robot::state>(),
            "robot::state{u32,text,u8,bool,i16,char,i64*1/"
            "1000,3[f32],u8,i64,optional[robot::position{f64,"
            "f64}],[robot::position{f64,f64}],[u8],[bool],[text,i32],[^1]}");
}

TEST(Topic, WritesTheFingerprintTheNameAndTheParts) {
  const topic<robot::position> sut("P");
  EXPECT_EQ(absl::BytesToHexString(bytes_of(sut.message({1, -2}))),
            absl::BytesToHexString(absl::HexStringToBytes("3406713b84a32962") + "\x0f" +
                                   "robot::position") +
                "3ff0000000000000c000000000000000");
}

// clang-format off: a line for each part.
TEST(Topic, WritesEveryKindOfPart) {
  const topic<robot::state> sut("S");
  const auto bytes = bytes_of(sut.message(busy_one()));
  constexpr std::size_t header = 9 + std::string_view("robot::state").size();
  EXPECT_EQ(absl::BytesToHexString(bytes.substr(header)),
            "00000007"    // who
            "0000000172"  // name
            "01"
            "01"
            "fffe"
            "7a"                // now, is_ready, level, letter
            "00000000000005dc"  // up
            "3f800000"
            "bf000000"
            "00000000"  // speed
            "03"
            "ffffffffffffffff"  // limits
            "01"
            "3fd0000000000000"
            "4000000000000000"  // target
            "00000002"          // path
            "3ff0000000000000"
            "4000000000000000"
            "4008000000000000"
            "4010000000000000"
            "00000002"
            "01"
            "ff"  // image
            "00000003"
            "01"
            "00"
            "01"        // flags
            "00000002"  // counts
            "0000000161"
            "00000001"
            "0000000162"
            "ffffffff"
            "00000001"  // parts: one with default values
            "00000000"
            "00000000"
            "00"
            "00"
            "0000"
            "61"
            "0000000000000000"
            "000000000000000000000000"
            "000000000000000000"
            "00"
            "00000000"
            "00000000"
            "00000000"
            "00000000"
            "00000000");
}
// clang-format on

TEST(Topic, ReadsWhatItWrote) {
  const topic<robot::state> sut("S");
  const auto bytes = bytes_of(sut.message(busy_one()));
  const auto read = sut.read(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(bytes_of(sut.message(*read)), bytes);
  EXPECT_EQ(read->name, "r");
  EXPECT_EQ(read->now, robot::mode::busy);
  EXPECT_EQ(read->speed[1], -0.5F);
  EXPECT_EQ(read->target->y, 2);
  EXPECT_EQ(read->counts.at("b"), -1);
  EXPECT_EQ(read->parts.size(), 1U);
}

TEST(Topic, ReadsNothingElse) {
  const topic<robot::state> sut("S");
  const auto bytes = bytes_of(sut.message(busy_one()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(sut.read(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(sut.read(bytes + 'x'));
  EXPECT_FALSE(sut.read("just text that is long enough"));
}

TEST(Topic, ListsThatClaimMoreThanTheirBytesHoldAreNotRead) {
  const topic<std::vector<std::string>> sut("L");
  auto bytes = bytes_of(sut.message({}));
  bytes.replace(bytes.size() - 4, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(sut.read(bytes));
  EXPECT_FALSE(sut.read(bytes + std::string(100, '\0')));
}

TEST(Topic, ValuesWithinValuesAreReadToALimitedDepth) {
  const topic<robot::state> sut("S");
  robot::state value;
  // The innermost one has a type within it, too.
  for (int depth = 2; depth < value_reader::max_depth; ++depth) {
    robot::state outer;
    outer.parts.push_back(std::move(value));
    value = std::move(outer);
  }
  EXPECT_TRUE(sut.read(bytes_of(sut.message(value))));
  robot::state outer;
  outer.parts.push_back(std::move(value));
  EXPECT_FALSE(sut.read(bytes_of(sut.message(outer))));
}

TEST(Topic, ElementsWithoutBytesAreReadNoMoreOftenThanThereAreBytes) {
  const topic<std::vector<std::vector<std::tuple<>>>> sut("T");
  std::vector<std::vector<std::tuple<>>> value(2);
  value[0].resize(3);
  const auto read = sut.read(bytes_of(sut.message(value)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).size(), 3U);
  value[0].resize(100);
  EXPECT_FALSE(sut.read(bytes_of(sut.message(value))));
}

TEST(Topic, OfAnotherUnitHasAnotherFingerprint) {
  EXPECT_NE(topic<std::chrono::milliseconds>("T").type().fingerprint,
            topic<std::chrono::seconds>("T").type().fingerprint);
}

TEST(Topic, ValuesThatInspectRefusesAreNotRead) {
  const topic<robot::even> sut("E");
  EXPECT_TRUE(sut.read(bytes_of(sut.message({4}))));
  EXPECT_FALSE(sut.read(bytes_of(sut.message({5}))));
}

TEST(Topic, BooleansOfOtherBytesAreNotRead) {
  const topic<bool> sut("B");
  auto bytes = bytes_of(sut.message(true));
  EXPECT_TRUE(sut.read(bytes).value());
  bytes.back() = '\2';
  EXPECT_FALSE(sut.read(bytes));
}

TEST(Topic, OfAnotherTypeHasAnotherFingerprint) {
  const topic<robot::position> positions("P");
  const topic<robot::place> places("P");
  EXPECT_EQ(positions.type().name, places.type().name);
  EXPECT_NE(positions.type().fingerprint, places.type().fingerprint);
  const auto bytes = bytes_of(places.message({1, 2}));
  EXPECT_FALSE(positions.read(bytes));
  const auto found = topic_header::read(bytes);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->fingerprint, places.type().fingerprint);
  EXPECT_EQ(found->name, "robot::position");
}

TEST(Topic, MismatchesNameBothTypes) {
  const auto expected = topic<robot::position>("P").type();
  const auto found = topic<robot::even>("P").type();
  const auto sender = endpoint::loopback(family::udp4, 9);
  EXPECT_THAT(to_string(topic_mismatch{"P", sender, expected, found}),
              MatchesRegex("P from 127.0.0.1:9: robot::position \\([0-9a-f]{16}\\) expected, "
                           "robot::even \\([0-9a-f]{16}\\) came"));
  EXPECT_THAT(to_string(topic_mismatch{"P", sender, expected, std::nullopt}),
              MatchesRegex(".* expected, no message of a topic came"));
}

TEST(Topic, PublishesManyValuesInOrder) {
  const topic<int> sut("N");
  const auto many = sut.messages(std::vector<int>{3, 1, 2});
  EXPECT_EQ(many.channel, "N");
  std::vector<int> read;
  for (const auto& each : many.messages) read.push_back(sut.read(each.bytes).value());
  EXPECT_THAT(read, ::testing::ElementsAre(3, 1, 2));
}

TEST(Topic, PublishesManyValuesInFewRuns) {
  const topic<std::string> sut("T");
  const auto many = sut.messages(std::vector<std::string>{"ab", "cd", "efg", "h", "i"});
  EXPECT_EQ(many.messages.runs().size(), 3U);
  std::vector<std::string> read;
  for (const auto& each : many.messages) read.push_back(sut.read(each.bytes).value());
  EXPECT_THAT(read, ::testing::ElementsAre("ab", "cd", "efg", "h", "i"));
  EXPECT_TRUE(sut.messages(std::vector<std::string>{}).messages.empty());
}

TEST(Topic, SubscribesToItsChannelAloneWhateverItsName) {
  EXPECT_EQ(topic<int>("A_1").subscription({}).pattern, "A_1");
  EXPECT_EQ(topic<int>("a.b*").subscription({}).pattern, "a\\.b\\*");
}

}  // namespace
}  // namespace dgram
