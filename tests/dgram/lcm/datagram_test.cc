#include "caf_dgram/dgram/lcm/datagram.h"

#include <cstdint>
#include <string>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dgram::lcm {
namespace {

using namespace std::string_literals;

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
  EXPECT_TRUE(got.is_short);
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
  EXPECT_FALSE(got.is_short);
  EXPECT_EQ(got.sequence, 5U);
  EXPECT_EQ(got.channel, "pose");
  EXPECT_EQ(got.bytes, "abcd");
  EXPECT_EQ(got.size, 10U);
  EXPECT_EQ(got.count, 3U);
}

TEST(LcmDatagram, OfALaterFragmentHasBytesOnly) {
  const auto datagram = fragment("\0\0\0\x01"s, "\0\x01"s, "\0\x0a"s, "pos\0ab"s);
  const auto got = std::get<part>(parse(datagram));
  EXPECT_EQ(got.channel, "");
  EXPECT_EQ(got.bytes, "pos\0ab"s);
  EXPECT_EQ(got.offset, 1U);
  EXPECT_EQ(got.index, 1U);
  EXPECT_EQ(got.count, 10U);
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
  const auto whole = fragment("\0\0\0\0"s, "\0\0"s, "\0\x02"s, "c\0"s);
  EXPECT_EQ(flaw_of(whole.substr(0, fragment_header_size - 1)), flaw::too_short);
  EXPECT_EQ(flaw_of(whole.substr(0, fragment_header_size)), flaw::unterminated_channel);
  EXPECT_EQ(flaw_of(fragment("\0\0\0\0"s, "\0\0"s, "\0\0"s, "c\0"s)), flaw::no_fragments);
  EXPECT_EQ(flaw_of(fragment("\0\0\0\0"s, "\0\x03"s, "\0\x03"s, "x"s)), flaw::index_beyond_count);
}

TEST(LcmDatagram, HasNoMoreFragmentsThanBytes) {
  EXPECT_TRUE(
      std::holds_alternative<part>(parse(fragment("\0\0\0\x01"s, "\0\x01"s, "\0\x0a"s, "x"s))));
  EXPECT_EQ(flaw_of(fragment("\0\0\0\x01"s, "\0\x01"s, "\0\x0b"s, "x"s)), flaw::too_many_fragments);
  EXPECT_TRUE(
      std::holds_alternative<part>(parse("LC03\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\x01"
                                         "c\0"s)));
}

TEST(LcmDatagram, IsWhereAMessageInEqualPartsHasIt) {
  // The first begins the message.
  EXPECT_EQ(flaw_of(fragment("\0\0\0\x01"s, "\0\0"s, "\0\x03"s, "c\0x"s)), flaw::misplaced);
  // The last ends it.
  EXPECT_EQ(flaw_of(fragment("\0\0\0\x06"s, "\0\x02"s, "\0\x03"s, "xyz"s)), flaw::misplaced);
  EXPECT_EQ(flaw_of(fragment("\0\0\0\0"s, "\0\0"s, "\0\x01"s, "c\0abc"s)), flaw::misplaced);
  // Two of three bytes come before the third of them.
  EXPECT_TRUE(
      std::holds_alternative<part>(parse(fragment("\0\0\0\x06"s, "\0\x03"s, "\0\x05"s, "xyz"s))));
  EXPECT_EQ(flaw_of(fragment("\0\0\0\x05"s, "\0\x03"s, "\0\x05"s, "xyz"s)), flaw::misplaced);
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

std::string header_of(const part& what) {
  char text[max_header_size];
  return {text, write_header(what, text)};
}

TEST(LcmDatagram, IsWrittenAsItIsRead) {
  part whole;
  whole.is_short = true;
  whole.sequence = 0xfffffffeU;
  whole.channel = "status";
  EXPECT_EQ(header_of(whole), "LC02\xff\xff\xff\xfestatus\0"s);

  part first;
  first.sequence = 0x10203040U;
  first.channel = "status";
  first.size = 0x01020304U;
  first.count = 0xfffeU;
  EXPECT_EQ(header_of(first), "LC03\x10\x20\x30\x40\x01\x02\x03\x04\0\0\0\0\0\0\xff\xfestatus\0"s);

  auto later = first;
  later.channel = {};
  later.index = 0xabcdU;
  later.offset = 0x00f0e0d0U;
  EXPECT_EQ(header_of(later),
            "LC03\x10\x20\x30\x40\x01\x02\x03\x04\0\xf0\xe0\xd0\xab\xcd\xff\xfe"s);
}

TEST(LcmDatagram, HasAHeaderOfBoundedSize) {
  const std::string longest(max_channel, 'c');
  part first;
  first.channel = longest;
  EXPECT_EQ(header_of(first).size(), max_header_size);
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
