#include "caf_dgram/dgram/lcm/heartbeat.h"

#include <string>
#include <string_view>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

std::string written(const heartbeat& what) {
  const auto bytes = what.write();
  return {bytes.begin(), bytes.end()};
}

std::optional<heartbeat> read(std::string_view datagram) {
  return read_heartbeat(std::get<part>(parse(datagram)));
}

TEST(LcmHeartbeat, IsAShortMessageOfLcm) {
  EXPECT_EQ(written({0x0102030405060708, 0x090a0b0c, 0x0d0e0f10, milliseconds(0x11121314)}),
            "LC02\x0d\x0e\x0f\x10"
            "CAF_DGRAM_HEARTBEAT\0"
            "\x01\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x11\x12\x13\x14"s);
}

TEST(LcmHeartbeat, IsReadAsItWasWritten) {
  const auto got = read(written({~std::uint64_t{1}, 0, 0xffff'ffff, milliseconds(1500)}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->instance, ~std::uint64_t{1});
  EXPECT_EQ(got->first, 0U);
  EXPECT_EQ(got->latest, 0xffff'ffffU);
  EXPECT_EQ(got->age, milliseconds(1500));
}

TEST(LcmHeartbeat, HasAnAgeWithinItsRange) {
  constexpr milliseconds oldest(0xffff'ffff);
  EXPECT_EQ(read(written({1, 1, 1, oldest}))->age, oldest);
  EXPECT_EQ(read(written({1, 1, 1, oldest + milliseconds(1)}))->age, oldest);
  EXPECT_EQ(read(written({1, 1, 1, milliseconds(-1)}))->age, milliseconds(0));
}

TEST(LcmHeartbeat, MayHaveMoreBytesInLaterVersionsOfTheProgram) {
  EXPECT_TRUE(read(written({}) + "more"));
}

TEST(LcmHeartbeat, IsNotReadFromAnythingElse) {
  const auto whole = written({});
  EXPECT_FALSE(read(whole.substr(0, whole.size() - 1)));
  auto other_version = whole;
  other_version[whole.size() - heartbeat::payload_size] = 2;
  EXPECT_FALSE(read(other_version));
  auto other_channel = whole;
  other_channel[short_header_size] = 'c';
  EXPECT_FALSE(read(other_channel));

  part fragment;
  fragment.channel = heartbeat::channel;
  const std::string bytes(heartbeat::payload_size, 1);
  fragment.bytes = bytes;
  EXPECT_FALSE(read_heartbeat(fragment));
  fragment.is_short = true;
  EXPECT_TRUE(read_heartbeat(fragment));
}

}  // namespace
}  // namespace dgram::lcm
