#include "caf_dgram/dgram/lcm/datagram.h"

#include <cstdint>
#include <string>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

using std::string_literals::operator""s;

std::string short_message(const std::string& rest) { return "LC02\x01\x02\x03\x04"s + rest; }

/// A fragment of message 5, of 10 bytes.
std::string fragment(const std::string& offset, const std::string& index, const std::string& count,
                     const std::string& rest) {
  return "LC03\0\0\0\x05\0\0\0\x0a"s + offset + index + count + rest;
}

flaw flaw_of(const std::string& datagram) {
  const auto parsed = parse(datagram);
  const auto* found = std::get_if<flaw>(&parsed);
  EXPECT_NE(found, nullptr) << ::testing::PrintToString(datagram);
  return found != nullptr ? *found : flaw{};
}

TEST(LcmDatagram, OfAShortMessageHasItsChannelAndPayload) {
  const auto datagram = short_message("pose\0hello\0x"s);
  const auto got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.sequence, 0x01020304U);
  EXPECT_EQ(got.channel, "pose");
  EXPECT_EQ(got.bytes, "hello\0x"s);
  EXPECT_EQ(got.size, 7U);
  EXPECT_EQ(got.offset, 0U);
  EXPECT_EQ(got.index, 0U);
  EXPECT_EQ(got.count, 1U);
}

TEST(LcmDatagram, MayHaveNoPayload) {
  const auto datagram = short_message("c\0"s);
  const auto got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.channel, "c");
  EXPECT_EQ(got.bytes, "");
}

TEST(LcmDatagram, OfTheFirstFragmentHasTheChannelBeforeItsBytes) {
  const auto datagram = fragment("\0\0\0\0"s, "\0\0"s, "\0\x03"s, "pose\0abcd"s);
  const auto got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.sequence, 5U);
  EXPECT_EQ(got.channel, "pose");
  EXPECT_EQ(got.bytes, "abcd");
  EXPECT_EQ(got.size, 10U);
  EXPECT_EQ(got.count, 3U);
}

TEST(LcmDatagram, OfALaterFragmentHasBytesOnly) {
  const auto datagram = fragment("\0\0\0\x04"s, "\0\x02"s, "\x01\x03"s, "pos\0ab"s);
  const auto got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.channel, "");
  EXPECT_EQ(got.bytes, "pos\0ab"s);
  EXPECT_EQ(got.offset, 4U);
  EXPECT_EQ(got.index, 2U);
  EXPECT_EQ(got.count, 0x103U);
}

TEST(LcmDatagram, IsRejectedByKind) {
  const std::string longest(max_channel, 'c');
  EXPECT_TRUE(std::holds_alternative<part>(parse(short_message(longest + "\0"s))));
  EXPECT_EQ(flaw_of(""), flaw::too_short);
  EXPECT_EQ(flaw_of("LC0"), flaw::too_short);
  EXPECT_EQ(flaw_of("LC02\0\0\0"s), flaw::too_short);
  EXPECT_EQ(flaw_of("LC04\0\0\0\0c\0"s), flaw::wrong_magic);
  EXPECT_EQ(flaw_of(short_message("\0x"s)), flaw::no_channel);
  EXPECT_EQ(flaw_of(short_message(longest + "c\0"s)), flaw::channel_too_long);
  EXPECT_EQ(flaw_of(short_message(longest + "cc")), flaw::channel_too_long);
  EXPECT_EQ(flaw_of(short_message("")), flaw::unterminated_channel);
  EXPECT_EQ(flaw_of(short_message(longest)), flaw::unterminated_channel);
  const auto whole = fragment("\0\0\0\0"s, "\0\0"s, "\0\x01"s, "c\0"s);
  EXPECT_EQ(flaw_of(whole.substr(0, fragment_header_size - 1)), flaw::too_short);
  EXPECT_EQ(flaw_of(whole.substr(0, fragment_header_size)), flaw::unterminated_channel);
  EXPECT_EQ(flaw_of(fragment("\0\0\0\0"s, "\0\0"s, "\0\0"s, "c\0"s)), flaw::no_fragments);
  EXPECT_EQ(flaw_of(fragment("\0\0\0\0"s, "\0\x03"s, "\0\x03"s, "x"s)), flaw::index_beyond_count);
}

TEST(LcmDatagram, KeepsItsBytesWithinTheSize) {
  const auto at = [](const std::string& offset, const std::string& bytes) {
    return parse(fragment(offset, "\0\x01"s, "\0\x02"s, bytes));
  };
  EXPECT_TRUE(std::holds_alternative<part>(at("\0\0\0\x07"s, "abc")));
  EXPECT_TRUE(std::holds_alternative<part>(at("\0\0\0\x0a"s, "")));
  const auto fails = ::testing::VariantWith<flaw>(flaw::beyond_size);
  EXPECT_THAT(at("\0\0\0\x08"s, "abc"), fails);
  EXPECT_THAT(at("\0\0\0\x0b"s, ""), fails);
  EXPECT_THAT(at("\xff\xff\xff\xff", "abc"), fails);
}

TEST(LcmDatagram, IsWrittenAsItIsRead) {
  auto datagram = short_header(0xfffffffeU, "status");
  EXPECT_EQ(datagram.size(), short_header_size + 7);
  datagram += "data";
  const auto whole = std::get<part>(parse(datagram));
  EXPECT_EQ(whole.sequence, 0xfffffffeU);
  EXPECT_EQ(whole.channel, "status");
  EXPECT_EQ(whole.bytes, "data");

  part first;
  first.sequence = 0x10203040U;
  first.channel = "status";
  first.size = 0x01020304U;
  first.count = 0xfffeU;
  datagram = fragment_header(first);
  EXPECT_EQ(datagram.size(), fragment_header_size + 7);
  auto got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.sequence, first.sequence);
  EXPECT_EQ(got.channel, "status");
  EXPECT_EQ(got.size, first.size);
  EXPECT_EQ(got.count, first.count);

  auto later = first;
  later.channel = {};
  later.index = 0xabcdU;
  later.offset = 0x00f0e0d0U;
  datagram = fragment_header(later);
  EXPECT_EQ(datagram.size(), fragment_header_size);
  got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.index, later.index);
  EXPECT_EQ(got.offset, later.offset);
}

TEST(LcmChannel, IsOneTo63BytesWithoutNul) {
  EXPECT_TRUE(is_channel("c"));
  EXPECT_TRUE(is_channel(std::string(63, 'c')));
  EXPECT_FALSE(is_channel(""));
  EXPECT_FALSE(is_channel(std::string(64, 'c')));
  EXPECT_FALSE(is_channel("a\0b"s));
}

}  // namespace
}  // namespace dgram::lcm
