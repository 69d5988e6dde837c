#include "caf_dgram/actors/bus/core/publishing.h"

#include <string>
#include <variant>
#include <vector>

#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/heartbeat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Publishing : public ::testing::Test {
 protected:
  static publishing::terms terms() {
    publishing::terms result;
    result.datagram_size = 1472;
    result.max_message = 1'000'000;
    result.first_heartbeat = milliseconds(20);
    result.longest_heartbeat = milliseconds(100);
    result.instance = 4711;
    return result;
  }

  /// Publishes a message that is not cut.
  static absl::StatusOr<std::uint32_t> add_to(publishing& out, std::string_view channel,
                                              const std::string& text,
                                              publishing::clock::time_point when) {
    return out.add(
        channel, text, [] { return payload(); }, when);
  }

  void add(const std::string& text) { EXPECT_TRUE(add_to(sut, "A", text, now).ok()); }

  /// The heartbeats among what was written, after that long.
  std::vector<lcm::heartbeat> beats_after(milliseconds time) {
    now += time;
    sut.beat_if_due(now);
    std::vector<lcm::heartbeat> result;
    for (const auto& each : sut.take()) {
      const auto said = lcm::read_heartbeat(std::get<lcm::part>(lcm::parse(each.bytes)));
      if (said) result.push_back(*said);
    }
    return result;
  }

  bus_statistics counted() const {
    bus_statistics result;
    sut.count_into(result);
    return result;
  }

  publishing sut{terms()};
  publishing::clock::time_point now = publishing::clock::time_point(std::chrono::hours(1));
};

TEST_F(Publishing, NumbersMessages) {
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(*add_to(sut, "A", "abc", now), 0U);
  EXPECT_EQ(*add_to(sut, "B", "de", now), 1U);
  EXPECT_FALSE(sut.empty());
  EXPECT_EQ(sut.bytes(), 2 * (8 + 2) + 5U);
  EXPECT_EQ(sut.take().size(), 2U);
  EXPECT_TRUE(sut.empty());
  EXPECT_EQ(counted().published, 2U);
  EXPECT_EQ(counted().published_bytes, 5U);
}

TEST_F(Publishing, RefusesWhatIsTooLong) {
  EXPECT_TRUE(sut.check("publish", "A", 1'000'000).ok());
  const auto refused = sut.check("publish", "A", 1'000'001);
  EXPECT_EQ(code_of(refused), errc::payload_too_large);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("publish 1000001 bytes: at most 1000000"));
  auto small = terms();
  small.datagram_size = 85;
  EXPECT_EQ(
      code_of(publishing(small).check("publish", std::string(63, 'x'), std::size_t{65'535} * 65)),
      errc::payload_too_large);
}

TEST_F(Publishing, RefusesWhatIsNoChannel) {
  for (const auto& name : {std::string(), std::string(64, 'x'), std::string("a\0b", 3)}) {
    EXPECT_EQ(code_of(sut.check("publish", name, 0)), errc::invalid_channel);
  }
  EXPECT_EQ(code_of(sut.check("publish", lcm::heartbeat::channel, 0)), errc::invalid_channel);
}

TEST_F(Publishing, BeatsSoonAfterTheLastMessageAndThenLessOften) {
  EXPECT_FALSE(sut.next_heartbeat());
  add("x");
  now += milliseconds(5);
  add("y");
  EXPECT_EQ(sut.next_heartbeat(), now + milliseconds(20));
  EXPECT_THAT(beats_after(milliseconds(19)), IsEmpty());
  const auto first = beats_after(milliseconds(1));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].instance, 4711U);
  EXPECT_EQ(first[0].first, 0U);
  EXPECT_EQ(first[0].latest, 1U);
  EXPECT_EQ(first[0].age, milliseconds(25));
  for (const auto interval : {40, 80, 100, 100}) {
    EXPECT_THAT(beats_after(milliseconds(interval - 1)), IsEmpty());
    EXPECT_EQ(beats_after(milliseconds(1)).size(), 1U);
  }
  EXPECT_EQ(counted().heartbeats, 5U);
  // Anew with the next message.
  add("z");
  EXPECT_EQ(sut.next_heartbeat(), now + milliseconds(20));
}

TEST_F(Publishing, BeatsNowAndThenBetweenManyMessages) {
  int beats = 0;
  for (int i = 0; i < 1000; ++i) {
    add("x");
    beats += static_cast<int>(beats_after(milliseconds(1)).size());
  }
  EXPECT_EQ(beats, 10);
}

TEST_F(Publishing, NeverBeatsWithoutHeartbeats) {
  auto none = terms();
  none.first_heartbeat = milliseconds(0);
  publishing silent(none);
  EXPECT_TRUE(add_to(silent, "A", "x", now).ok());
  EXPECT_FALSE(silent.next_heartbeat());
  silent.beat(now);
  EXPECT_EQ(silent.take().size(), 1U);
}

TEST_F(Publishing, NeverBeatsBeforeTheFirstMessage) {
  sut.beat(now);
  EXPECT_TRUE(sut.empty());
}

}  // namespace
}  // namespace dgram
